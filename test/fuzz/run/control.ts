/**
 * A client as it should be, all the while: its games work, whatever others send.
 *
 * Role: what it sees go wrong is a finding, and so is an answer that takes too long.
 */
import { adminToken, send } from '../../support/client.ts';
import { pauseBetweenTries } from '../../support/wait.ts';
import { legalAction } from './as-player.ts';
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
    return `control client: ${this.#rounds} rounds of its games played, slowest answer ${Math.round(this.#slowestMs)} ms`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#ended) await this.#playGame();
  }

  /** Until it is over. */
  async #playGame(): Promise<void> {
    const body = { displayName: 'Control' };
    const { game, ...host } = await this.ask(0, 'POST', '/v1/games', 201, { body });
    const path = `/v1/games/${game.id}`;
    const seats: Seated[] = [host];
    while (seats.length < this.#cluster.game.players.min) {
      const displayName = `Control ${seats.length}`;
      seats.push(await this.ask(0, 'POST', `${path}/players`, 201, { body: { displayName } }));
    }
    await this.ask(0, 'POST', `${path}/start`, 200, { token: host.token });
    for (let round = 1; !this.#ended; round += 1) {
      const goesOn = await this.#playRound(path, seats, round);
      this.#rounds += 1;
      if (!goesOn) return;
      await pauseBetweenTries(everyMs);
    }
  }

  /** Everybody acts, and says that it is done, until the round is over. False: so is the game. */
  async #playRound(path: string, seats: readonly Seated[], round: number): Promise<boolean> {
    const { members, game: module } = this.#cluster;
    for (const index of members.keys()) await this.ask(index, 'GET', '/livez', 200, { token: null });
    for (const { playerId, token } of seats) {
      const before = await this.ask(round, 'GET', path, 200, { token });
      const action = legalAction(module, before.game, playerId);
      if (action !== null) {
        const body = { ...action, round };
        const { actionId } = await this.ask(round, 'POST', `${path}/actions`, 200, { token, body });
        const seen = await this.ask(round + 1, 'GET', path, 200, { token });
        if (hasEnded(seen.game, round)) return seen.game.status === 'active';
        const actions = seen.game.registeredActions[playerId] ?? [];
        if (actions.length !== 1 || actions[0].id !== actionId) {
          throw new Error(`round ${round}, action ${actionId}: it sees ${JSON.stringify(seen)}`);
        }
      }
      if (!before.game.turn.players.includes(playerId)) continue;
      await this.ask(round, 'POST', `${path}/rounds/${round}/commit`, 200, { token });
    }
    const { game } = await this.ask(round, 'GET', path, 200, { token: seats[0]?.token ?? null });
    if (hasEnded(game, round)) return game.status === 'active';
    throw new Error(`round ${round}: all are done, and it goes on: ${JSON.stringify(game)}`);
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

interface Seated {
  readonly playerId: string;
  readonly token: string;
}

/** By the next one, or with the game. */
function hasEnded(game: { readonly status: string; readonly round: number }, round: number): boolean {
  if (game.status === 'active' && game.round === round) return false;
  if (game.round === round + 1 || game.status === 'concluded') return true;
  throw new Error(`after round ${round} comes ${JSON.stringify(game)}`);
}

interface Asked {
  readonly body?: unknown;
  readonly token?: string | null;
}
