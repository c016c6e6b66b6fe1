/**
 * Clients that play through the balancer while a test does harm: patient ones, whose games are judged at the end, and strict ones.
 *
 * Role: REST clients with keys that retry; WebSocket clients that follow `reconnect`, resume and ask again; strict clients that
 * try everything once, so that what a planned step promises ("no failed request") can be counted.
 * Why not the client library: it hides single attempts, and the checker needs each of them with its time.
 */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { expectStatus, persist, send } from '../../support/client.ts';
import { type Patience, type Pick, RecordedGame } from '../../support/recorded-game.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { pauseBetweenTries, waitFor } from '../../support/wait.ts';

const patientGames = 12;
const strictGames = Array.from({ length: 12 }, (_, index) => `S${index}`);
const patientClients = 6;
const strictClients = 4;
const thinkMs = 60;
const patience: Patience = { withinMs: 180_000, attemptMs: 6_000 };
const week = 604_800;

interface Attempt {
  readonly at: number;
  readonly ms: number;
  /** Null: it was answered well. */
  readonly failure: string | null;
}

/** One game as an admin sees it. */
export interface Look {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  /** The newest version that any client was told of before. */
  readonly acknowledged: number;
  readonly game: { readonly stateVersion: number; readonly season?: number };
}

interface ActionAnswer {
  readonly actionId: string;
  readonly version: number;
}

export class Traffic {
  readonly games: readonly RecordedGame[];
  readonly sockets: readonly SocketClient[];
  /** What the strict clients got. */
  readonly attempts: Attempt[] = [];
  readonly #surprises: string[] = [];
  readonly #front: Pick;
  readonly #ops: Pick | null;
  readonly #clients: Promise<void>[] = [];
  #stopping = false;

  private constructor(games: readonly RecordedGame[], front: Pick, ops: Pick | null) {
    this.games = games;
    this.#front = front;
    this.#ops = ops;
    this.sockets = games.map(({ id }) => new SocketClient(id, front));
  }

  /** Starts games and clients; `ops` is where rounds can be ended (null: no round is ended). */
  static async start(url: string, ops: Pick | null): Promise<Traffic> {
    const front = () => url;
    const ids = Array.from({ length: patientGames }, (_, index) => `P${index}`);
    const traffic = new Traffic(await Promise.all(ids.map((id) => RecordedGame.start(front, id))), front, ops);
    for (const id of strictGames) await startPlain(front, id);
    const connected = () => traffic.sockets.every(({ versions }) => versions.length > 0);
    await waitFor('every socket has its game', connected);
    for (let client = 0; client < patientClients; client++) {
      const own = traffic.games.filter((_, index) => index % 3 === client % 3);
      traffic.#clients.push(traffic.#playPatiently(own, `p${client}`));
    }
    for (let client = 0; client < strictClients; client++) {
      traffic.#clients.push(traffic.#playStrictly(`p${client}`));
    }
    for (const [index, game] of traffic.games.entries()) {
      const socket = traffic.sockets[index];
      if (socket) traffic.#clients.push(traffic.#playOverSocket(game, socket));
    }
    return traffic;
  }

  /** Resolves when every game has acknowledged a command that was first sent now. */
  async everyGameAnswers(): Promise<void> {
    await Promise.all(this.games.map((game) => game.register(this.#front, 'probe', patience)));
  }

  /** Looks at every game, the strict clients' too. */
  async look(): Promise<readonly Look[]> {
    const newest = ({ history }: RecordedGame) =>
      Math.max(0, ...history.commands.map(({ results }) => results[0]?.version ?? 0));
    const told = new Map(this.games.map((game) => [game.id, newest(game)]));
    const ids = [...told.keys(), ...strictGames];
    return Promise.all(
      ids.map(async (id) => {
        const reply = await persist('GET', `/v1/games/${id}`, { pick: this.#front, withinMs: 30_000 });
        const { version, game, owner } = expectStatus(reply, 200) as Omit<Look, 'id' | 'acknowledged'>;
        return { id, owner, version, acknowledged: told.get(id) ?? 0, game };
      }),
    );
  }

  /** Failed attempts of the strict clients, of those that were answered after `since`. */
  failuresSince(since: number): string[] {
    return this.attempts.flatMap(({ at, ms, failure }) =>
      at + ms >= since && failure !== null ? [`${failure}, after ${Math.round(ms)} ms`] : [],
    );
  }

  slowestSince(since: number): number {
    return Math.max(0, ...this.attempts.filter(({ at, ms }) => at + ms >= since).map(({ ms }) => ms));
  }

  /** Lets every client finish what it has open. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  close(): void {
    this.#stopping = true;
    for (const socket of this.sockets) socket.close();
  }

  /** What is wrong with what the clients saw: commands lost or doubled, stale reads, versions or events that sockets missed. */
  async verdict(): Promise<string[]> {
    const problems = (await Promise.all(this.games.map((game) => game.verdict(this.#front)))).flat();
    for (const socket of this.sockets) problems.push(...(await this.#socketProblems(socket)));
    return [...this.#surprises, ...problems];
  }

  async #socketProblems({ gameId, versions, seqs, closes }: SocketClient): Promise<string[]> {
    const problems: string[] = [];
    const reply = await persist('GET', `/v1/games/${gameId}`, { pick: this.#front, withinMs: 30_000 });
    const { version } = expectStatus(reply, 200) as { version: number };
    const arrived = () => (versions.at(-1) ?? 0) >= version;
    await waitFor(`the socket of ${gameId} has version ${version}`, arrived).catch((error: Error) => {
      problems.push(`${error.message}: it has ${versions.at(-1)}`);
    });
    if (versions.some((one, index) => index > 0 && one <= (versions[index - 1] ?? 0))) {
      problems.push(`socket of ${gameId}: versions do not rise`);
    }
    const gap = seqs.findIndex((seq, index) => index > 0 && seq !== (seqs[index - 1] ?? 0) + 1);
    if (gap !== -1) problems.push(`socket of ${gameId}: event ${seqs[gap]} came after ${seqs[gap - 1]}`);
    const refused = closes.filter((code) => code >= 4_000);
    if (refused.length > 0) problems.push(`socket of ${gameId}: closed with ${refused}`);
    return problems;
  }

  async #playPatiently(own: readonly RecordedGame[], playerId: string): Promise<void> {
    while (!this.#stopping) {
      const game = own[Math.floor(Math.random() * own.length)];
      if (game === undefined) return;
      const dice = Math.random();
      const front = this.#front() ?? '';
      if (dice < 0.4) await game.read(front, patience.attemptMs);
      else if (dice < 0.45 && this.#ops !== null) await game.endRound(this.#ops, patience);
      else {
        const action = await game.register(this.#front, playerId, patience);
        if (action !== null && dice > 0.9) await game.retract(this.#front, action, patience);
      }
      await pauseBetweenTries(thinkMs * (0.5 + Math.random()));
    }
  }

  /** One frame at a time; a 503 is asked again under its key, as everything that was not answered. */
  async #playOverSocket(game: RecordedGame, socket: SocketClient): Promise<void> {
    const playerId = 'socket';
    while (!this.#stopping) {
      const key = randomUUID();
      const command = game.history.invoke({ key, kind: 'register', playerId });
      const body = { type: 'move', vector: { q: 1, r: 0 }, playerId };
      const deadline = performance.now() + patience.withinMs;
      for (;;) {
        const reply = await socket.request('register_action', body, patience.withinMs, key);
        if (reply.ok) {
          const { actionId, version } = reply.body as ActionAnswer;
          game.history.answer(command, { applied: true, version, actionId });
          break;
        }
        if (reply.status !== 503 || performance.now() > deadline) {
          this.#surprises.push(`socket of ${game.id}: ${JSON.stringify(reply)}`);
          if (reply.status !== 503) game.history.answer(command, { applied: false, version: null, actionId: null });
          break;
        }
        await pauseBetweenTries(thinkMs);
      }
      await pauseBetweenTries(thinkMs * 8);
    }
  }

  /** Reads, registers and takes back; nothing is tried twice. */
  async #playStrictly(playerId: string): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    const body = { type: 'move', vector: { q: 0, r: 1 }, playerId };
    while (!this.#stopping) {
      const path = `/v1/games/${strictGames[Math.floor(Math.random() * strictGames.length)]}`;
      await this.#once(agent, 'GET', path, 200);
      const registered = await this.#once(agent, 'POST', `${path}/actions`, 200, body);
      const { actionId } = (registered ?? {}) as Partial<ActionAnswer>;
      if (actionId !== undefined) await this.#once(agent, 'DELETE', `${path}/actions/${actionId}`, 204);
      await pauseBetweenTries(thinkMs * (0.5 + Math.random()));
    }
    agent.destroy();
  }

  async #once(agent: Agent, method: string, path: string, status: number, body?: unknown): Promise<unknown> {
    const at = performance.now();
    const options = { agent, key: randomUUID(), ...(body !== undefined && { body }) };
    try {
      const reply = await send(this.#front() ?? '', method, path, options);
      const bad = reply.status !== status && reply.status !== 200;
      const failure = bad
        ? `${method} ${path}: ${reply.status} by ${reply.headers['x-minotaur-member']} ${reply.text}`
        : null;
      this.attempts.push({ at, ms: performance.now() - at, failure });
      return bad ? null : reply.json;
    } catch (error) {
      this.attempts.push({ at, ms: performance.now() - at, failure: (error as Error).message });
      // As a client would: not at once where nobody listens.
      await pauseBetweenTries(thinkMs * 4);
      return null;
    }
  }
}

async function startPlain(pick: Pick, id: string): Promise<void> {
  const body = { game: { id, settings: { roundSeconds: week, actionPoints: 1_000 } } };
  const options = { pick, withinMs: 30_000, key: randomUUID(), body };
  expectStatus(await persist('POST', `/v1/games/${id}/continue`, options), 201);
}
