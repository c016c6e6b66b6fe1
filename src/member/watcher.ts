/**
 * One who watches a game: gets each committed state once, and every event without a gap.
 *
 * Role: cuts a committed state to what this caller may see, and fetches the events that the state does not hold any more.
 * Invariants:
 *  - Versions only rise, until the game is gone; the same one comes again with events that were too many to come at once. While events are
 *    being fetched, only the newest state waits.
 *  - A game that is over is gone after its last state and all its events.
 *  - Events are told in the order of `seq`, none twice, none left out.
 *  - Whose token holds no more is told so once, and nothing after it.
 */
import { errorCodeOf } from '../errors.ts';
import type { CommittedGame } from '../session/committed-game.ts';
import { type Permission, viewerOf, viewName } from '../session/permission.ts';
import type { NumberedEvent } from '../session/rules.ts';
import type { Answer, EventsQuery, GameUpdate, WatchSubject } from './gateway.ts';

const MAY_WATCH: Permission = ['player', 'admin'];
const EVENTS_AT_ONCE = 500;

export interface EventSource {
  /** Answers 200 `{events, …}`; rejects when the archive does not answer. */
  events(query: EventsQuery): Promise<Answer>;
}

export class Watcher<State> {
  /** The newest version that was told, or waits for its events. */
  version = 0;
  gone = false;
  /** That of the last update; 0 once the game is gone. */
  private told = 0;
  private readonly source: EventSource;
  private readonly subject: WatchSubject;
  private readonly onUpdate: (update: GameUpdate) => void;
  /** The last event that was told; null: whatever the first state holds comes first. */
  private after: number | null;
  private next: CommittedGame<State> | null = null;
  /** The state whose events are being fetched. */
  private fetching: CommittedGame<State> | null = null;
  private stopped = false;

  constructor(source: EventSource, subject: WatchSubject, onUpdate: (update: GameUpdate) => void) {
    this.source = source;
    this.subject = subject;
    this.onUpdate = onUpdate;
    this.after = subject.after;
  }

  stop(): void {
    this.stopped = true;
  }

  deliver(game: CommittedGame<State>): void {
    const { version } = game;
    // Any state is news to whoever was told that there is no game; but not again the last one of a game that is over.
    if (this.gone ? version === this.version && game.isOver : version <= this.version) return;
    this.version = version;
    this.gone = false;
    this.next = game;
    if (this.fetching === null) this.tell();
  }

  deliverGone(): void {
    this.gone = true;
    this.told = 0;
    this.next = null;
    this.fetching = null;
    if (!this.stopped) this.onUpdate({ kind: 'gone' });
  }

  private tell(): void {
    const { next: game } = this;
    if (game === null || this.stopped) return;
    this.next = null;
    const { caller } = this.subject;
    const refusal = game.refuse(caller, MAY_WATCH);
    if (refusal !== null) {
      this.stopped = true;
      this.onUpdate({ kind: 'refused', code: errorCodeOf(refusal.code), detail: refusal.detail });
      return;
    }
    const viewer = viewerOf(caller);
    const { events } = game.events(viewer);
    const from = this.after === null ? 0 : this.after + 1;
    const first = events[0];
    if (this.after !== null && first !== undefined && first.seq > from) {
      void this.fetch(game, this.after);
      return;
    }
    const news = events.filter(({ seq }) => seq >= from);
    this.tellState(game, news);
  }

  /** Events of rounds that are over. If they cannot be had now, they come with a later state. */
  private async fetch(game: CommittedGame<State>, after: number): Promise<void> {
    const { gameId, caller } = this.subject;
    const query = { gameId, caller, may: MAY_WATCH, after, limit: EVENTS_AT_ONCE };
    this.fetching = game;
    const answer = await this.source.events(query).catch(() => null);
    if (this.stopped || this.fetching !== game) return;
    this.fetching = null;
    const fetched = answer?.status === 200 ? (JSON.parse(answer.body) as { events: NumberedEvent[] }).events : [];
    const newest = fetched.at(-1)?.seq;
    const { events } = game.events(viewerOf(caller));
    if (newest !== undefined && newest < (events.at(-1)?.seq ?? 0)) this.next ??= game;
    // Nothing comes after the last state: it is told with its events, when it is read again.
    if (newest === undefined && game.isOver) this.version = this.told;
    else this.tellState(game, fetched);
    this.tell();
  }

  private tellState(game: CommittedGame<State>, events: readonly NumberedEvent[]): void {
    const viewer = viewerOf(this.subject.caller);
    this.after = events.at(-1)?.seq ?? this.after ?? 0;
    this.told = game.version;
    this.onUpdate({
      kind: 'state',
      version: game.version,
      view: viewName(viewer),
      game: game.view(viewer),
      events: events.map((event) => JSON.stringify(event)),
    });
    if (game.isOver && this.next === null) this.deliverGone();
  }
}
