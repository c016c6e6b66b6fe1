/**
 * A Gateway in memory, for tests of the edge: games are what `put` says; every operation is kept for a look.
 *
 * Role: answers as a member would in shape, with no rules, no permissions and no cluster behind it. `answerWith` replaces the next answers.
 */
import type { SlotMap } from '../../src/cluster/slot-map.ts';
import { type ErrorCode, problem } from '../../src/errors.ts';
import type { GameCommand } from '../../src/game/commands.ts';
import type {
  Answer,
  ClusterPicture,
  CreateOperation,
  EventsQuery,
  GamePage,
  GameUpdate,
  Gateway,
  ListQuery,
  Location,
  Measurements,
  MemberReport,
  Operation,
  PagedGame,
  Readiness,
  ReadOperation,
  RoundQuery,
  WatchSubject,
} from '../../src/member/contract/gateway.ts';
import type { Followed, Trace } from '../../src/ports/tracing.ts';
import { type Caller, viewerOf, viewName } from '../../src/session/permission.ts';
import type { Grant } from '../../src/session/rules.ts';

interface FakeGame {
  readonly version: number;
  /** JSON text. */
  readonly game: string;
  /** JSON texts; the first has `seq` 1. */
  readonly events: readonly string[];
}

interface Watcher {
  readonly subject: WatchSubject;
  readonly onUpdate: (update: GameUpdate) => void;
  /** How many events it has been given, or had. */
  seen: number;
}

/** What a fake says of the time, until it is told another. */
export const fakeTime = '2030-01-31T11:59:30.000Z';

export class FakeGateway implements Gateway {
  readonly self = { id: 'm1', incarnation: 'i1' };
  draining = false;
  renewedMsAgo: number | null = 40;
  /** The time of games. */
  now = Date.parse(fakeTime);
  readiness: Readiness = { ready: true, reasons: [] };
  incidents = new Map<string, number>();
  retries = new Map<string, number>();
  stuck = new Map<string, number>();
  owner: string | null = 'm2';
  /** Used instead of the games, when set. */
  answerWith: ((operation: Operation) => Promise<Answer> | Answer) | null = null;
  /** Makes `cluster`, `listGames`, `events`, `round` and `setDrain` reject, when set. */
  failure: Error | null = null;
  /** Reads are answered at once. */
  atOnce = false;
  readonly memberCount = 3;
  readonly buckets = new Map([
    ['sessions', true],
    ['archive', false],
  ]);
  members: readonly MemberReport[] = [];
  slotMap: SlotMap | null = null;
  /** Of everything that is kept below, in order: no two are the same. */
  readonly traces: (Trace | undefined)[] = [];
  readonly operations: Operation[] = [];
  readonly listed: ListQuery[] = [];
  readonly eventQueries: EventsQuery[] = [];
  readonly roundQueries: RoundQuery[] = [];
  readonly drained = new Map<string, boolean>();
  readonly rounds = new Map<string, string>();
  readonly #games = new Map<string, FakeGame>();
  readonly #createdBy = new Map<string, CreateOperation>();
  readonly #watchers = new Set<Watcher>();

  /** By status. */
  readonly games = new Map([['suspended', 1]]);

  measurements(): Measurements {
    const { ready } = this.readiness;
    return {
      ready,
      connected: true,
      slotsHeld: 85,
      slotsWanted: 86,
      slotsUnowned: 1,
      sessions: 3,
      games: this.games,
      members: this.memberCount,
      clockHeldMs: 0,
      webhookGames: 0,
      webhookOldestMs: 0,
      deadlines: 2,
      loads: 0,
      loadsAtOnce: 64,
      claims: 0,
      buckets: this.buckets,
      incidents: this.incidents,
      stuck: this.stuck,
      retries: this.retries,
    };
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Sets a game, at `version`, with what has happened since it was last set, and tells whoever watches it. */
  put(gameId: string, version: number, game: unknown = { id: gameId }, news: readonly object[] = []): void {
    const events = [...(this.#games.get(gameId)?.events ?? [])];
    for (const event of news) events.push(JSON.stringify({ seq: events.length + 1, ...event }));
    this.#games.set(gameId, { version, game: JSON.stringify(game), events });
    for (const watcher of this.#watching(gameId)) this.#show(watcher);
  }

  /** Puts a game back to an older state, in which only these events have happened; whoever watches it starts over. */
  putBack(gameId: string, version: number, game: unknown, happened: readonly object[]): void {
    const events = happened.map((event, index) => JSON.stringify({ seq: index + 1, ...event }));
    this.#games.set(gameId, { version, game: JSON.stringify(game), events });
    for (const watcher of this.#watching(gameId)) {
      watcher.seen = 0;
      this.#show(watcher, true);
    }
  }

  /** Tells whoever watches a game who follows it. */
  follow(gameId: string, players: object, spectators: number): void {
    const update = { kind: 'presence', players: JSON.stringify(players), spectators } as const;
    for (const { onUpdate } of this.#watching(gameId)) onUpdate(update);
  }

  /** Ends a game for whoever watches it. */
  remove(gameId: string): void {
    this.#games.delete(gameId);
    for (const { onUpdate } of this.#watching(gameId)) onUpdate({ kind: 'gone' });
  }

  /** Tells whoever watches the game with a token of `playerId` that it holds no more. */
  revoke(gameId: string, playerId: string, code: ErrorCode = 'unauthorized', detail = 'ended'): void {
    for (const { subject, onUpdate } of this.#watching(gameId)) {
      const { caller } = subject;
      if (caller.kind === 'player' && caller.playerId === playerId) onUpdate({ kind: 'refused', code, detail });
    }
  }

  protected noted<Asked extends Followed>({ trace, ...asked }: Asked): Asked {
    this.traces.push(trace);
    return asked as Asked;
  }

  async execute(operation: Operation): Promise<Answer> {
    this.operations.push(this.noted(operation));
    if (this.answerWith !== null) return this.answerWith(operation);
    const { kind, gameId, caller } = operation;
    if (kind === 'create') return this.#create(operation);
    const stored = this.#games.get(gameId);
    if (kind === 'continue' && stored === undefined && operation.document !== undefined) {
      this.put(gameId, 1, operation.document);
      return { ...this.#read(gameId, caller), status: 201 };
    }
    if (stored === undefined) return this.#refusal('game_not_alive');
    if (kind === 'erase') {
      this.remove(gameId);
      return { status: 204, body: '', owner: this.owner };
    }
    if (kind !== 'command') return this.#read(gameId, caller);
    this.put(gameId, stored.version + 1, JSON.parse(stored.game));
    return this.#done(operation.input, stored.version + 1);
  }

  readNow(operation: ReadOperation): Answer | null {
    if (!this.atOnce) return null;
    this.operations.push(this.noted(operation));
    return this.#games.has(operation.gameId)
      ? this.#read(operation.gameId, operation.caller)
      : this.#refusal('game_not_alive');
  }

  location(gameId: string): Location {
    const history = { acquired: 'handoff', previousOwner: 'm1', ownedSince: fakeTime };
    return { gameId, slot: 7, owner: this.owner, desiredOwner: this.owner, epoch: 3, ...history };
  }

  async cluster(): Promise<ClusterPicture> {
    if (this.failure) throw this.failure;
    return { self: this.self.id, revision: 5, members: this.members, slots: 256, unowned: 0, slotMap: this.slotMap };
  }

  async listGames(query: ListQuery): Promise<GamePage> {
    if (this.failure) throw this.failure;
    this.listed.push(query);
    return { games: [...this.#games.keys()].map((id) => ({ id }) as PagedGame), nextCursor: null, partial: false };
  }

  async events(query: EventsQuery): Promise<Answer> {
    if (this.failure) throw this.failure;
    this.eventQueries.push(this.noted(query));
    const events = this.#games.get(query.gameId)?.events;
    if (events === undefined) return this.#refusal('game_not_alive');
    const page = events.slice(query.after, query.after + query.limit);
    return {
      status: 200,
      body: `{"events":[${page.join(',')}],"latest":${events.length},"truncated":false}`,
      owner: this.owner,
    };
  }

  async round(query: RoundQuery): Promise<Answer> {
    if (this.failure) throw this.failure;
    this.roundQueries.push(this.noted(query));
    const body = this.rounds.get(`${query.gameId}.${query.round}`);
    return body === undefined ? this.#refusal('round_not_found') : { status: 200, body, owner: this.owner };
  }

  async setDrain(memberId: string, on: boolean): Promise<boolean> {
    if (this.failure) throw this.failure;
    if (memberId !== this.self.id) return false;
    this.drained.set(memberId, on);
    return true;
  }

  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void {
    const stored = this.#games.get(subject.gameId);
    const watcher = { subject, onUpdate, seen: subject.after ?? stored?.events.length ?? 0 };
    this.#watchers.add(watcher);
    if (stored) queueMicrotask(() => this.#show(watcher));
    return () => this.#watchers.delete(watcher);
  }

  #create(operation: CreateOperation): Answer {
    const { gameId, command, document, origin } = operation;
    const maker = this.#createdBy.get(gameId)?.command;
    if (this.#games.has(gameId) && (maker === undefined || maker.key !== command.key)) {
      return this.#refusal('game_exists');
    }
    if (maker !== undefined && maker.fingerprint !== command.fingerprint) return this.#refusal('key_reused');
    if (maker === undefined && document === null) return this.#refusal('game_not_alive');
    if (maker === undefined) {
      this.#createdBy.set(gameId, operation);
      this.put(gameId, 1, { id: gameId, ...(document as object) });
    }
    const playerId = origin.host?.playerId ?? '';
    const host: Grant = { playerId, nonce: 'nonce', generation: 1, role: 'host' };
    return { ...this.#read(gameId, { kind: 'player', ...host }), status: 201, grant: host };
  }

  #done(input: GameCommand, version: number): Answer {
    const answer = (status: number, body: object) => ({ status, body: JSON.stringify(body), owner: this.owner });
    switch (input.type) {
      case 'join':
      case 'renew_token': {
        const { playerId } = input;
        const grant: Grant = { playerId, nonce: 'nonce', generation: version, role: 'player' };
        return { ...answer(input.type === 'join' ? 201 : 200, { playerId, version }), grant };
      }
      case 'leave':
      case 'retract_action':
        return { status: 204, body: '', owner: this.owner };
      case 'start':
      case 'end_round':
        return answer(200, { round: 1, version });
      case 'register_action':
        return answer(200, { actionId: `a${version}`, version });
      default:
        return answer(200, { version });
    }
  }

  #read(gameId: string, caller: Caller): Answer {
    const { version, game } = this.#games.get(gameId) as FakeGame;
    const view = viewName(viewerOf(caller));
    const body = `{"game":${game},"view":"${view}","version":${version},"owner":${JSON.stringify(this.owner)}}`;
    return { status: 200, body, owner: this.owner };
  }

  #refusal(code: ErrorCode): Answer {
    const document = problem(code, 'said the fake');
    return { status: document.status, body: JSON.stringify(document), owner: this.owner };
  }

  #watching(gameId: string): Watcher[] {
    return [...this.#watchers].filter(({ subject }) => subject.gameId === gameId);
  }

  #show(watcher: Watcher, reset = false): void {
    const stored = this.#games.get(watcher.subject.gameId);
    if (stored === undefined || !this.#watchers.has(watcher)) return;
    const events = stored.events.slice(watcher.seen);
    watcher.seen = stored.events.length;
    const view = viewName(viewerOf(watcher.subject.caller));
    const { version, game } = stored;
    watcher.onUpdate({ kind: 'state', version, reset, view, game, events, seq: watcher.seen });
  }
}
