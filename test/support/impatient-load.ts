/**
 * Clients that try everything once: over HTTP (keep-alive, no repetition) and over WebSockets (that follow `reconnect`).
 *
 * Role: the load under which something planned happens that nobody may notice. Whatever goes wrong once is a failure.
 * Why not the client library: it tries until it is answered; here the first failure counts.
 * Why no history: what was acknowledged is counted, and must be there in the end.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { send } from './client.ts';
import { type Pick, RecordedGame } from './recorded-game.ts';
import { SocketClient } from './socket-client.ts';
import { pauseBetweenTries, waitFor } from './wait.ts';

export interface ImpatientLoadOptions {
  readonly games: number;
  readonly httpClients: number;
  /** The proxies; each client stays with one. */
  readonly picks: readonly Pick[];
  /** Between two requests of one client. */
  readonly thinkMs: number;
}

export class ImpatientLoad {
  readonly sockets: readonly SocketClient[];
  readonly failures: string[] = [];
  answered = 0;
  /** How long the slowest request took, ms. */
  slowestMs = 0;
  /** Acknowledged registrations of each game. */
  readonly #registered = new Map<string, number>();
  readonly #ids: readonly string[];
  readonly #options: ImpatientLoadOptions;
  #clients: Promise<void>[] = [];
  #stopped = false;

  private constructor(ids: readonly string[], options: ImpatientLoadOptions) {
    this.#ids = ids;
    this.#options = options;
    this.sockets = ids.map((id, index) => new SocketClient(id, this.#pick(index)));
  }

  /** Starts the games, one socket on each, and the clients. */
  static async start(options: ImpatientLoadOptions): Promise<ImpatientLoad> {
    const ids = Array.from({ length: options.games }, (_, index) => `R${index}`);
    for (const [index, id] of ids.entries()) {
      await RecordedGame.start(options.picks[index % options.picks.length] as Pick, id);
    }
    const load = new ImpatientLoad(ids, options);
    await waitFor('every socket has its game', () => load.sockets.every(({ versions }) => versions.length > 0));
    load.#clients = [
      ...Array.from({ length: options.httpClients }, (_, index) => load.#playOverHttp(load.#pick(index))),
      ...load.sockets.map((socket) => load.#playOverSocket(socket)),
    ];
    return load;
  }

  /** Lets every client finish what it has open, then looks whether every game holds exactly what was acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    for (const [index, id] of this.#ids.entries()) {
      await this.#attempt(`the last look at ${id}`, () => this.#compare(id, this.#pick(index)));
    }
  }

  /** Ends the sockets too. */
  close(): void {
    this.#stopped = true;
    for (const socket of this.sockets) socket.close();
  }

  #pick(client: number): Pick {
    return this.#options.picks[client % this.#options.picks.length] as Pick;
  }

  async #playOverHttp(pick: Pick): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    for (let turn = 0; !this.#stopped; turn++) {
      const id = this.#ids[Math.floor(Math.random() * this.#ids.length)] ?? '';
      const base = pick();
      const body = { type: 'move', vector: { q: 0, r: 1 }, playerId: 'p0' };
      await this.#attempt(`${id} at ${base}`, async () => {
        if (base === null) throw new Error('no member is ready');
        const registers = turn % 3 === 0;
        const reply = registers
          ? await send(base, 'POST', `/v1/games/${id}/actions`, { agent, key: randomUUID(), body })
          : await send(base, 'GET', `/v1/games/${id}`, { agent });
        if (reply.status !== 200) {
          throw new Error(`${reply.status} ${reply.text} by ${reply.headers['x-minotaur-member']}`);
        }
        if (registers) this.#count(id);
      });
      await pauseBetweenTries(this.#options.thinkMs);
    }
    agent.destroy();
  }

  async #playOverSocket(client: SocketClient): Promise<void> {
    const body = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p1' };
    const ask = async (type: string, content: object) => {
      const reply = await client.request(type, content);
      if (!reply.ok) throw new Error(JSON.stringify(reply));
    };
    while (!this.#stopped) {
      await this.#attempt(`register_action on ${client.gameId}`, async () => {
        await ask('register_action', body);
        this.#count(client.gameId);
      });
      await this.#attempt(`get_game on ${client.gameId}`, () => ask('get_game', {}));
      await pauseBetweenTries(this.#options.thinkMs * 4);
    }
  }

  async #compare(id: string, pick: Pick): Promise<void> {
    const { json } = await send(pick() ?? '', 'GET', `/v1/games/${id}`);
    const { registeredActions } = (json as { game: { registeredActions: Record<string, unknown[]> } }).game;
    const stored = Object.values(registeredActions).reduce((sum, actions) => sum + actions.length, 0);
    const acknowledged = this.#registered.get(id) ?? 0;
    if (stored !== acknowledged) throw new Error(`it holds ${stored} actions, ${acknowledged} were acknowledged`);
  }

  async #attempt(what: string, run: () => Promise<void>): Promise<void> {
    const started = performance.now();
    const tookMs = () => performance.now() - started;
    try {
      await run();
      this.answered += 1;
      this.slowestMs = Math.max(this.slowestMs, tookMs());
    } catch (error) {
      this.failures.push(`${what} after ${Math.round(tookMs())} ms: ${(error as Error).message}`);
    }
  }

  #count(id: string): void {
    this.#registered.set(id, (this.#registered.get(id) ?? 0) + 1);
  }
}

/** What planned moves must not do to sockets; empty: every client was only ever sent elsewhere, and never back in time. */
export function socketProblems(sockets: readonly SocketClient[]): string[] {
  return sockets.flatMap(({ gameId, versions, closes, failedConnections }) => {
    const falls = versions.filter((version, index) => index > 0 && version <= (versions[index - 1] ?? 0));
    const found = [
      ...closes.filter((code) => code !== 1012).map((code) => `closed with ${code}`),
      ...(failedConnections > 0 ? [`${failedConnections} connections were refused`] : []),
      ...(falls.length > 0 ? [`versions fell to ${falls}`] : []),
    ];
    return found.map((problem) => `socket of ${gameId}: ${problem}`);
  });
}
