/**
 * Clients that think for seconds between two requests, on a connection that they keep, and try everything once.
 *
 * Role: whom a closing server may cut just as they ask: a client that asks all the time hears `Connection: close` in time, these do not.
 * Each stays with its connection as long as that lasts, as a client of a Kubernetes Service does.
 */
import { Agent } from 'node:http';
import { send } from './client.ts';
import type { Pick } from './recorded-game.ts';
import { pauseBetweenTries } from './wait.ts';

export interface SlowClientsOptions {
  readonly count: number;
  /** Each keeps to one of these. */
  readonly picks: readonly Pick[];
  readonly path: string;
  readonly thinkMs: { readonly least: number; readonly most: number };
}

export class SlowClients {
  answered = 0;
  /** Connections that ended while they were kept, without a word before: each might have met a request. */
  cut = 0;
  readonly failures: string[] = [];
  readonly #options: SlowClientsOptions;
  readonly #clients: Promise<void>[];
  #stopped = false;

  constructor(options: SlowClientsOptions) {
    this.#options = options;
    const { count, picks } = options;
    this.#clients = Array.from({ length: count }, (_, index) => this.#run(picks[index % picks.length] as Pick));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #run(pick: Pick): Promise<void> {
    const { path, thinkMs } = this.#options;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let base: string | null = null;
    let isKept = false;
    while (!this.#stopped) {
      if (Object.keys(agent.freeSockets).length === 0) {
        if (isKept) this.cut += 1;
        base = pick();
      }
      isKept = false;
      try {
        if (base === null) throw new Error('no member is ready');
        const { status, text, headers } = await send(base, 'GET', path, { agent });
        if (status !== 200) throw new Error(`${status} ${text}`);
        this.answered += 1;
        isKept = headers.connection !== 'close';
      } catch (error) {
        this.failures.push(`${base}: ${(error as Error).message}`);
      }
      await pauseBetweenTries(thinkMs.least + Math.random() * (thinkMs.most - thinkMs.least));
    }
    agent.destroy();
  }
}
