/**
 * One game that is played and read by the clients of a test, with everything that they saw recorded for the checker.
 *
 * Role: turns requests of the wire contract into the commands and reads of `GameHistory`.
 * Why not the client library: the checker judges every answer, and when it was asked for; the library shows the last one. And the games are
 * bare sessions, which an administrator plays.
 * Invariant: each (game, player) has one caller at a time, so the client rules of the contract's idempotency hold.
 */
import { randomUUID } from 'node:crypto';
import { expectStatus, NoAnswer, persist, type Reply, send } from './client.ts';
import { type Command, type CommandKind, type Ending, GameHistory, type GameSeen } from './history.ts';

/** Where the next attempt goes: a base address, or null if there is nowhere just now. */
export type Pick = () => string | null;

export interface Patience {
  /** Until a command is given up and its outcome is unknown. */
  readonly withinMs: number;
  /** For one attempt at one member. */
  readonly attemptMs: number;
}

const patience: Patience = { withinMs: 40_000, attemptMs: 4_000 };
const week = 604_800;

interface GameAnswer {
  readonly version: number;
  readonly game: { round: number; status: string; registeredActions: Record<string, { id: string }[]> };
}

export class RecordedGame {
  readonly id: string;
  readonly history: GameHistory;
  /** Every answer to a read or a command that was neither success nor a rejection that the rules allow. */
  readonly surprises: string[] = [];
  #round = 1;

  private constructor(id: string, startVersion: number, clockEnds: number) {
    this.id = id;
    this.history = new GameHistory(id, { startVersion, clockEnds });
  }

  /**
   * Starts a game in which anybody may act, by `continue_game`. Its rounds last a week, unless the first is to end at
   * `firstRoundEndsAt` (ms since the epoch).
   */
  static async start(pick: Pick, id: string, firstRoundEndsAt?: number): Promise<RecordedGame> {
    const game = {
      id,
      settings: { roundSeconds: week, actionPoints: 1_000 },
      ...(firstRoundEndsAt !== undefined && { roundEndTime: new Date(firstRoundEndsAt).toISOString() }),
    };
    const options = { pick, withinMs: 30_000, key: randomUUID(), body: { game } };
    expectStatus(await persist('POST', `/v1/games/${id}/continue`, options), 201);
    const read = expectStatus(await persist('GET', `/v1/games/${id}`, { pick, withinMs: 30_000 }), 200);
    return new RecordedGame(id, (read as GameAnswer).version, firstRoundEndsAt === undefined ? 0 : 1);
  }

  /** Registers a move. Resolves with the action's id; null if it was rejected or its outcome is unknown. */
  async register(pick: Pick, playerId: string, limits: Patience = patience): Promise<string | null> {
    const body = { type: 'move', vector: { q: 1, r: -1 }, playerId };
    const { command, repeat } = await this.#command('register', { playerId }, 'POST', '/actions', body, pick, limits);
    // Now and then a client that was answered asks again all the same: it must get the same answer.
    if (Math.random() < 0.05) await repeat();
    return command.results[0]?.actionId ?? null;
  }

  async retract(pick: Pick, actionId: string, limits: Patience = patience): Promise<void> {
    await this.#command('retract', { target: actionId }, 'DELETE', `/actions/${actionId}`, undefined, pick, limits);
  }

  /** Ends the round that the last read showed. */
  async endRound(pick: Pick, limits: Patience = patience): Promise<void> {
    const round = this.#round;
    await this.#command('endRound', { target: round }, 'POST', `/rounds/${round}/end`, {}, pick, limits);
  }

  /** One attempt at a strong read; recorded if it was answered. Resolves with the reply, null without one. */
  async read(base: string, timeoutMs = patience.attemptMs): Promise<Reply | null> {
    const invokedAt = performance.now();
    try {
      const reply = await send(base, 'GET', `/v1/games/${this.id}`, { timeoutMs });
      const answeredAt = performance.now();
      if (reply.status === 200) {
        const seen = asSeen(reply.json);
        this.#round = Math.max(this.#round, seen.round);
        this.history.read({ ...seen, invokedAt, answeredAt, member: String(reply.headers['x-minotaur-member']) });
      } else if (reply.status !== 503) {
        this.surprises.push(`read of ${this.id}: ${reply.status} ${reply.text}`);
      }
      return reply;
    } catch (error) {
      if (error instanceof NoAnswer) return null;
      throw error;
    }
  }

  /** Reads the game and all of its records, and judges. */
  async verdict(pick: Pick): Promise<string[]> {
    return [...this.surprises, ...this.history.check(await this.ending(pick))];
  }

  /** The game and all of its records, as they are now. */
  async ending(pick: Pick): Promise<Ending> {
    const get = (path: string) => persist('GET', path, { pick, withinMs: 30_000 });
    const game = asSeen(expectStatus(await get(`/v1/games/${this.id}`), 200));
    const records = new Map<number, Map<string, string[]>>();
    for (let round = 1; round <= game.round; round++) {
      const reply = await get(`/v1/games/${this.id}/rounds/${round}`);
      if (reply?.status === 404) continue;
      const { actions } = expectStatus(reply, 200) as { actions: { playerId: string; id: string }[] };
      const byPlayer = new Map<string, string[]>();
      for (const { playerId, id } of actions) byPlayer.set(playerId, [...(byPlayer.get(playerId) ?? []), id]);
      records.set(round, byPlayer);
    }
    return { game, records };
  }

  async #command(
    kind: CommandKind,
    about: { playerId?: string; target?: string | number },
    method: string,
    path: string,
    body: unknown,
    pick: Pick,
    limits: Patience,
  ): Promise<{ command: Command; repeat: () => Promise<void> }> {
    const key = randomUUID();
    const command = this.history.invoke({ key, kind, ...about });
    const attempt = async (withinMs: number) => {
      const options = { pick, key, withinMs, timeoutMs: limits.attemptMs, ...(body !== undefined && { body }) };
      this.#record(command, await persist(method, `/v1/games/${this.id}${path}`, options));
    };
    await attempt(limits.withinMs);
    return { command, repeat: () => attempt(limits.attemptMs) };
  }

  #record(command: Command, reply: Reply | null): void {
    // A repetition that is too old to be recognised says nothing of the first copy.
    if (reply === null || reply.code === 'too_late') return;
    if (reply.status < 300) {
      const { version = null, actionId = null } = (reply.json ?? {}) as { version?: number; actionId?: string };
      this.history.answer(command, { applied: true, version, actionId });
      return;
    }
    this.history.answer(command, { applied: false, version: null, actionId: null });
    const expected = command.kind !== 'register' && reply.code === 'round_over';
    if (!expected) this.surprises.push(`${command.kind} ${command.key} of ${this.id}: ${reply.status} ${reply.text}`);
  }
}

function asSeen(json: unknown): GameSeen {
  const { version, game } = json as GameAnswer;
  const ids = Object.entries(game.registeredActions).map(
    ([id, actions]) => [id, actions.map((one) => one.id)] as const,
  );
  return { version, round: game.round, actions: new Map(ids) };
}
