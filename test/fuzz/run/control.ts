/**
 * A client as it should be, all the while: its game works, whatever others send.
 *
 * Role: what it sees go wrong is a finding, and so is an answer that takes too long.
 */
import { adminToken, send } from '../../support/client.ts';
import { pauseBetweenTries } from '../../support/wait.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';

const everyMs = 50;
/** A member that is kept from answering for so long is as good as dead. */
const slowMs = 5_000;

export class Control implements AsyncDisposable {
  readonly #cluster: FuzzCluster;
  readonly #complaints: string[] = [];
  readonly #running: Promise<void>;
  #ended = false;
  #slowestMs = 0;
  #rounds = 0;

  /** Begins at once. */
  constructor(cluster: FuzzCluster) {
    this.#cluster = cluster;
    this.#running = this.#run().catch((error: unknown) => {
      this.#complaints.push(`the control client: ${error instanceof Error ? error.message : error}`);
    });
  }

  /** What went wrong since it was asked last. */
  takeComplaints(): string[] {
    return this.#complaints.splice(0);
  }

  line(): string {
    return `control client: ${this.#rounds} rounds of its game played, slowest answer ${Math.round(this.#slowestMs)} ms`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const settings = { table: { lastRound: 10_000 } };
    const { game, playerId, token } = await this.ask(0, 'POST', '/v1/games', 201, {
      body: { displayName: 'Control', settings },
    });
    const path = `/v1/games/${game.id}`;
    await this.ask(0, 'POST', `${path}/start`, 200, { token });
    for (let round = 1; !this.#ended; round += 1) {
      await this.#play(path, { playerId, token }, round);
      this.#rounds += 1;
      await pauseBetweenTries(everyMs);
    }
  }

  async #play(path: string, { playerId, token }: { playerId: string; token: string }, round: number): Promise<void> {
    const { members } = this.#cluster;
    for (const index of members.keys()) await this.ask(index, 'GET', '/livez', 200, { token: null });
    const body = { type: 'move', vector: { q: round % 7, r: 0 }, round };
    const { actionId } = await this.ask(round, 'POST', `${path}/actions`, 200, { token, body });
    const seen = await this.ask(round + 1, 'GET', path, 200, { token });
    const actions = seen.game.registeredActions[playerId] ?? [];
    if (seen.game.round !== round || actions.length !== 1 || actions[0].id !== actionId) {
      throw new Error(`round ${round}, action ${actionId}: it sees ${JSON.stringify(seen)}`);
    }
    await this.ask(round, 'POST', `${path}/rounds/${round}/commit`, 200, { token });
  }

  /** One request as it should be; rejects unless it is answered with this status. Members are counted round. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer, as documented.
  async ask(through: number, method: string, path: string, status: number, options: Asked): Promise<any> {
    const { members } = this.#cluster;
    const member = this.#cluster.member(through % members.length);
    const began = performance.now();
    const reply = await send(member.url, method, path, { token: adminToken, timeoutMs: slowMs, ...options });
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
    if (reply.status === status) return reply.json;
    throw new Error(`${method} ${path} by ${member.id}: ${reply.status} ${reply.text}`);
  }
}

interface Asked {
  readonly body?: unknown;
  readonly token?: string | null;
}
