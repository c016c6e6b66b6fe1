/**
 * A Gateway in memory, for tests of the edge: games are what `put` says; every operation is kept for a look.
 *
 * Role: answers as a member would in shape, with no rules and no cluster behind it. `answerWith` replaces the next answers.
 */
import { problem } from '../../src/errors.ts';
import type {
  Answer,
  ClusterReport,
  GamePage,
  GameUpdate,
  Gateway,
  ListQuery,
  Location,
  Measurements,
  Operation,
  Readiness,
} from '../../src/member/gateway.ts';
import type { Viewer } from '../../src/session/rules.ts';

interface FakeGame {
  readonly version: number;
  /** JSON text. */
  readonly game: string;
}

interface Watcher {
  readonly gameId: string;
  readonly viewer: Viewer;
  readonly onUpdate: (update: GameUpdate) => void;
}

export class FakeGateway implements Gateway {
  readonly self = { id: 'm1', incarnation: 'i1' };
  draining = false;
  readiness: Readiness = { ready: true, reasons: [] };
  incidents = new Map<string, number>();
  owner: string | null = 'm2';
  /** Used instead of the games, when set. */
  answerWith: ((operation: Operation) => Promise<Answer> | Answer) | null = null;
  /** Makes `cluster`, `listGames`, `round` and `setDrain` reject, when set. */
  failure: Error | null = null;
  readonly operations: Operation[] = [];
  readonly listed: ListQuery[] = [];
  readonly drained = new Map<string, boolean>();
  readonly rounds = new Map<string, string>();
  readonly #games = new Map<string, FakeGame>();
  readonly #watchers = new Set<Watcher>();

  measurements(): Measurements {
    const { ready } = this.readiness;
    return { ready, slotsHeld: 85, slotsUnowned: 1, sessions: 3, members: 3, incidents: this.incidents };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Sets a game, at `version`, and tells whoever watches it. */
  put(gameId: string, version: number, game: unknown = { id: gameId }): void {
    const stored = { version, game: JSON.stringify(game) };
    this.#games.set(gameId, stored);
    this.#tell(gameId, stored.version, stored.game);
  }

  /** Ends a game for whoever watches it. */
  remove(gameId: string): void {
    const version = this.#games.get(gameId)?.version ?? 0;
    this.#games.delete(gameId);
    this.#tell(gameId, version + 1, null);
  }

  async execute(operation: Operation): Promise<Answer> {
    this.operations.push(operation);
    if (this.answerWith !== null) return this.answerWith(operation);
    const { gameId, viewer } = operation;
    const stored = this.#games.get(gameId);
    if (operation.kind === 'continue' && stored === undefined && operation.document !== undefined) {
      this.put(gameId, 1, operation.document);
      return { ...this.#read(gameId, viewer), status: 201 };
    }
    if (stored === undefined) {
      return { status: 404, body: JSON.stringify(problem('game_not_alive', gameId)), owner: this.owner };
    }
    if (operation.kind !== 'command') return this.#read(gameId, viewer);
    this.put(gameId, stored.version + 1, JSON.parse(stored.game));
    if (operation.input.type === 'retract_action') return { status: 204, body: '', owner: this.owner };
    const version = stored.version + 1;
    return { status: 200, body: JSON.stringify({ actionId: `a${version}`, version }), owner: this.owner };
  }

  location(gameId: string): Location {
    return { gameId, slot: 7, owner: this.owner, desiredOwner: this.owner, epoch: 3 };
  }

  async cluster(): Promise<ClusterReport> {
    if (this.failure) throw this.failure;
    return { self: this.self.id, revision: 5, members: [], slots: 256, unowned: 0 };
  }

  async listGames(query: ListQuery): Promise<GamePage> {
    if (this.failure) throw this.failure;
    this.listed.push(query);
    return { games: [...this.#games.keys()].map((id) => ({ id })), nextCursor: null, partial: false };
  }

  async round(gameId: string, round: number): Promise<string | null> {
    if (this.failure) throw this.failure;
    return this.rounds.get(`${gameId}.${round}`) ?? null;
  }

  async setDrain(memberId: string, on: boolean): Promise<boolean> {
    if (this.failure) throw this.failure;
    if (memberId !== this.self.id) return false;
    this.drained.set(memberId, on);
    return true;
  }

  watch(gameId: string, viewer: Viewer, onUpdate: (update: GameUpdate) => void): () => void {
    const watcher = { gameId, viewer, onUpdate };
    this.#watchers.add(watcher);
    const stored = this.#games.get(gameId);
    if (stored) queueMicrotask(() => onUpdate({ ...stored, viewer }));
    return () => this.#watchers.delete(watcher);
  }

  #read(gameId: string, viewer: Viewer): Answer {
    const { version, game } = this.#games.get(gameId) as FakeGame;
    const body = `{"game":${game},"view":"${viewer}","version":${version},"owner":${JSON.stringify(this.owner)}}`;
    return { status: 200, body, owner: this.owner };
  }

  #tell(gameId: string, version: number, game: string | null): void {
    for (const watcher of this.#watchers) {
      if (watcher.gameId === gameId) watcher.onUpdate({ version, viewer: watcher.viewer, game });
    }
  }
}
