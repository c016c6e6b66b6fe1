/**
 * One who watches a game: gets each committed state once, and every event without a gap.
 *
 * Role: cuts a committed state to what this caller may see, and fetches the events that the state does not hold any more.
 * Invariants:
 *  - Versions only rise, until the game is gone or starts over; the same one comes again with events that were too many to come at once.
 *    While events are being fetched, only the newest state waits.
 *  - A read that shows less than the client had before the read began proves that the game was put back to an older state. The client is
 *    told the whole state at once, marked `reset`, and versions and events count anew from there. A push proves nothing: it may be late.
 *  - A game that is over is gone after its last state and all its events.
 *  - Events are told in the order of `seq`, none twice, none left out.
 *  - Whose token holds no more is told so once, and nothing after it.
 */
import { errorCodeOf } from '../../errors.ts';
import type { CommittedGame } from '../../session/committed-game.ts';
import { type Caller, type Permission, viewerOf, viewName } from '../../session/permission.ts';
import type { NumberedEvent } from '../../session/rules.ts';
import type { Answer, EventsQuery, GameUpdate, WatchSubject } from '../contract/gateway.ts';
import { type Presence, shownPlayers } from '../contract/presence.ts';
import { Tasks } from '../kit/tasks.ts';

const MAY_WATCH: Permission = ['player', 'admin', 'spectator'];
const EVENTS_AT_ONCE = 500;

export interface EventSource {
  /** Answers 200 `{events, …}`; rejects when the archive does not answer. */
  events(query: EventsQuery): Promise<Answer>;
  /** Something of the game cannot be told. */
  broken(gameId: string, error: unknown): void;
}

/** What a client has of a game. */
export interface Had {
  /** The newest version that it was told here, or that waits for its events. */
  readonly version: number;
  /** The newest version that it had before it came here. */
  readonly since: number;
  /** `seq` of the last event; null: whatever the first state holds comes first. */
  readonly event: number | null;
  /** The next update is the first of a history that starts over. */
  readonly reset: boolean;
}

type Life =
  | { readonly is: 'untold' | 'gone' | 'stopped' }
  /** `version`: of the last update. */
  | { readonly is: 'told'; readonly version: number };

const UNTOLD: Life = { is: 'untold' };

export class Watcher<State> {
  /** Cluster time, ms. */
  readonly openedAt: number;
  /** Of the game as it was told last. */
  isHost = false;
  private readonly source: EventSource;
  private readonly tasks: Tasks;
  private readonly subject: WatchSubject;
  private readonly onUpdate: (update: GameUpdate) => void;
  private life: Life = UNTOLD;
  private position: Had;
  private next: CommittedGame<State> | null = null;
  /** The state whose events are being fetched. */
  private fetching: CommittedGame<State> | null = null;
  /** Told once the game was. */
  private presence: Presence | null = null;

  constructor(source: EventSource, subject: WatchSubject, openedAt: number, onUpdate: (update: GameUpdate) => void) {
    this.openedAt = openedAt;
    this.source = source;
    this.tasks = new Tasks({ failed: (gameId, error) => source.broken(gameId, error) });
    this.subject = subject;
    this.onUpdate = onUpdate;
    this.position = { version: 0, since: subject.since, event: subject.after, reset: false };
  }

  get caller(): Caller {
    return this.subject.caller;
  }

  get had(): Had {
    return this.position;
  }

  /** It was told that there is no game. */
  get isGone(): boolean {
    return this.life.is === 'gone';
  }

  /** Nothing will be told any more. */
  get isStopped(): boolean {
    return this.life.is === 'stopped';
  }

  stop(): void {
    this.life = { is: 'stopped' };
  }

  deliverPresence(presence: Presence): void {
    this.presence = presence;
    if (this.life.is === 'told') this.tellPresence();
  }

  deliver(game: CommittedGame<State>): void {
    if (this.isStopped) return;
    const { version } = game;
    const known = this.position.version;
    // Any state is news to whoever was told that there is no game; but not again the last one of a game that is over.
    if (this.isGone ? version === known && game.isOver : version <= known) return;
    this.position = { ...this.position, version };
    if (this.isGone) this.life = UNTOLD;
    this.next = game;
    if (this.fetching === null) this.tell();
  }

  /** What a strong read shows; `had`: what the client had when that began. */
  deliverRead(game: CommittedGame<State>, had: Had): void {
    if (this.isStopped) return;
    const { through } = game.events(viewerOf(this.subject.caller));
    const isBehind = Math.max(had.version, had.since) > game.version || (had.event ?? 0) > through;
    if (isBehind) this.startOver();
    this.deliver(game);
  }

  deliverGone(): void {
    if (this.isStopped) return;
    this.life = { is: 'gone' };
    this.next = null;
    this.fetching = null;
    this.onUpdate({ kind: 'gone' });
  }

  private get toldVersion(): number {
    return this.life.is === 'told' ? this.life.version : 0;
  }

  private startOver(): void {
    this.life = UNTOLD;
    this.position = { version: 0, since: 0, event: null, reset: true };
    this.next = null;
    this.fetching = null;
  }

  private tell(): void {
    const { next: game } = this;
    if (game === null || this.isStopped) return;
    this.next = null;
    const { caller } = this.subject;
    const refusal = game.refuse(caller, MAY_WATCH);
    if (refusal !== null) {
      this.stop();
      this.onUpdate({ kind: 'refused', code: errorCodeOf(refusal.code), detail: refusal.detail });
      return;
    }
    this.isHost = game.isHost(caller);
    const viewer = viewerOf(caller);
    const { events, from: first } = game.events(viewer);
    const { event: last } = this.position;
    const from = last === null ? 0 : last + 1;
    if (last !== null && first > from) {
      this.tasks.run(this.subject.gameId, this.fetch(game, last));
      return;
    }
    const news = events.filter(({ seq }) => seq >= from);
    this.tellState(game, news);
  }

  /** Events of rounds that are over. If they cannot be had now, they come with a later state. */
  private async fetch(game: CommittedGame<State>, after: number): Promise<void> {
    const { gameId, caller } = this.subject;
    // That a spectator is admitted was looked up here: members of before there were any know no such permission.
    const may: Permission = caller.kind === 'public' ? ['anyone'] : ['player', 'admin'];
    const query = { gameId, caller, may, after, limit: EVENTS_AT_ONCE };
    this.fetching = game;
    const answer = await this.source.events(query).catch(() => null);
    if (this.isStopped || this.fetching !== game) return;
    this.fetching = null;
    const fetched = answer?.status === 200 ? eventsOf(answer.body) : [];
    const newest = fetched.at(-1)?.seq;
    const { through } = game.events(viewerOf(caller));
    if (newest !== undefined && newest < through) this.next ??= game;
    // Nothing comes after the last state: it is told with its events, when it is read again.
    if (newest === undefined && game.isOver) this.position = { ...this.position, version: this.toldVersion };
    else this.tellState(game, fetched);
    this.tell();
  }

  private tellPresence(): void {
    const { presence } = this;
    if (presence === null || this.isStopped) return;
    this.presence = null;
    const isPublic = this.subject.caller.kind === 'public';
    this.onUpdate({
      kind: 'presence',
      players: isPublic ? '{}' : shownPlayers(presence),
      spectators: presence.spectators,
    });
  }

  private tellState(game: CommittedGame<State>, events: readonly NumberedEvent[]): void {
    const viewer = viewerOf(this.subject.caller);
    const { event, reset } = this.position;
    const seq = events.at(-1)?.seq ?? event ?? game.events(viewer).through;
    this.position = { ...this.position, event: seq, reset: false };
    this.life = { is: 'told', version: game.version };
    this.onUpdate({
      kind: 'state',
      reset,
      version: game.version,
      view: viewName(viewer),
      game: game.view(viewer),
      events: events.map((event) => JSON.stringify(event)),
      seq,
    });
    this.tellPresence();
    if (game.isOver && this.next === null) this.deliverGone();
  }
}

/** Those that go on where the client is. A history that starts over is told by the next read; one that cannot be read is asked for again. */
function eventsOf(body: string): readonly NumberedEvent[] {
  try {
    const { events, reset = false } = JSON.parse(body) as { events: readonly NumberedEvent[]; reset?: boolean };
    return reset ? [] : events;
  } catch {
    return [];
  }
}
