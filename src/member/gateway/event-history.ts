/**
 * What has happened in a game since some event: from the session, and from the records of rounds that are over.
 *
 * Role: answers `events` and `round` for one caller. The owner decides whether the caller may look, and tells which round runs.
 * Why by halves: which round an event belongs to is written nowhere, but rounds and events rise together.
 * Why it lists: a record that a read does not show may be one that a replica does not have yet. Only a list tells that it has expired.
 * Invariants:
 *  - Events come in the order of `seq` without a gap, but for those whose records have expired: then the answer says `truncated`.
 *  - Nobody waits for longer than for any other request.
 *  - Who has more events than there are has some that were lost: it gets them from the first one, marked `reset`.
 */
import { problem } from '../../errors.ts';
import type { GameCommand } from '../../game/commands.ts';
import { type Bucket, StoreUnavailable } from '../../ports/store.ts';
import { viewerOf } from '../../session/permission.ts';
import type { NumberedEvent, Rules, Viewer } from '../../session/rules.ts';
import type { Answer, EventsQuery, RoundQuery } from '../contract/gateway.ts';
import type { Happened } from '../contract/host-answers.ts';
import type { MemberOperation } from '../contract/rpc.ts';
import { pause } from '../kit/retry.ts';
import { listRecords, readRecord } from '../store/game-archive.ts';
import type { ListContext } from '../store/key-lister.ts';

const LOOK_AGAIN_MS = 25;
/** How long it looks for records that the list names, or for the list. */
const PATIENCE_MS = 8_000;

type SeenRecord = ReturnType<Rules<unknown, GameCommand>['record']>;

export interface EventHistoryContext<State> extends Pick<ListContext, 'clock' | 'random' | 'retried'> {
  readonly rules: Rules<State, GameCommand>;
  readonly requestDeadlineMs: number;
  slotOf(gameId: string): number;
  /** Throws StoreUnavailable while there is none. */
  archive(): Bucket;
  execute(operation: MemberOperation): Promise<Answer>;
}

/** The rounds that have records, as a list tells; null: not listed, what a read shows is all that is known. */
type Listed = ReadonlySet<number> | null;

interface Wanted {
  readonly gameId: string;
  readonly viewer: Viewer;
  readonly after: number;
  readonly limit: number;
  /** What the session holds. */
  readonly recent: Happened;
}

export class EventHistory<State> {
  private readonly context: EventHistoryContext<State>;

  constructor(context: EventHistoryContext<State>) {
    this.context = context;
  }

  /** 200 `{events, latest, truncated, reset?}`, or what the owner refused with. Rejects with StoreUnavailable. */
  events(query: EventsQuery): Promise<Answer> {
    return this.inTime(this.tellEvents(query));
  }

  /** 200 with the record as the caller may see it. Rejects with StoreUnavailable. */
  round(query: RoundQuery): Promise<Answer> {
    return this.inTime(this.tellRound(query));
  }

  /** What is still being looked for then ends by itself. */
  private inTime(answer: Promise<Answer>): Promise<Answer> {
    const { clock, requestDeadlineMs } = this.context;
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new StoreUnavailable('the archive did not answer in time'));
      const timer = clock.after(requestDeadlineMs, giveUp);
      answer.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  private async tellEvents({ gameId, caller, may, after: had, limit, trace }: EventsQuery): Promise<Answer> {
    const head = await this.context.execute({ kind: 'events', gameId, caller, may, trace });
    if (head.status !== 200) return head;
    const recent = withBounds(JSON.parse(head.body) as Happened);
    const latest = recent.through;
    const reset = had > latest;
    const after = reset ? 0 : had;
    const wanted = { gameId, viewer: viewerOf(caller), after, limit, recent };
    const isWhole = (found: readonly NumberedEvent[]) => found.every(({ seq }, index) => seq === after + 1 + index);
    const shown = await this.collect(wanted, null);
    const events = isWhole(shown) ? shown : await this.collect(wanted, await this.list(gameId));
    const page = { events, latest, truncated: !isWhole(events), ...(reset && { reset }) };
    return { ...head, body: JSON.stringify(page) };
  }

  private async tellRound({ gameId, caller, may, round, trace }: RoundQuery): Promise<Answer> {
    const head = await this.context.execute({ kind: 'events', gameId, caller, may, trace });
    if (head.status !== 200) return head;
    const { round: running, over } = JSON.parse(head.body) as Happened;
    const isFinished = round < running || (over && round === running);
    const shown = isFinished ? await this.read(gameId, viewerOf(caller), round, null) : null;
    const record =
      isFinished && shown === null ? await this.read(gameId, viewerOf(caller), round, await this.list(gameId)) : shown;
    if (record !== null) return { ...head, body: JSON.stringify(record) };
    const document = problem('round_not_found', `Round ${round} is not finished, or was never played.`);
    return { status: document.status, body: JSON.stringify(document), owner: head.owner };
  }

  private async collect(wanted: Wanted, listed: Listed): Promise<NumberedEvent[]> {
    const { after, limit, recent } = wanted;
    const older = after + 1 < recent.from ? await this.older(wanted, listed) : [];
    const newest = older.at(-1)?.seq ?? after;
    return [...older, ...recent.events.filter(({ seq }) => seq > newest)].slice(0, limit);
  }

  private async older(wanted: Wanted, listed: Listed): Promise<NumberedEvent[]> {
    const { gameId, viewer, after, limit, recent } = wanted;
    const events: NumberedEvent[] = [];
    for (let round = await this.firstRound(wanted, listed); round < recent.round; round += 1) {
      const record = await this.read(gameId, viewer, round, listed);
      events.push(...(record?.events ?? []).filter(({ seq }) => seq > after));
      if (events.length >= limit) break;
    }
    return events;
  }

  /** The first round that has a record which tells this viewer of what is above `after`; the running one if none has. A missing record counts as older. */
  private async firstRound({ gameId, viewer, after, recent }: Wanted, listed: Listed): Promise<number> {
    let low = 1;
    let high = recent.round;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const record = await this.read(gameId, viewer, middle, listed);
      if (record !== null && record.through > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** A record that is listed is looked for until it shows. */
  private async read(gameId: string, viewer: Viewer, round: number, listed: Listed): Promise<SeenRecord | null> {
    if (listed?.has(round) === false) return null;
    const { clock, rules } = this.context;
    const until = clock.monotonic() + PATIENCE_MS;
    for (;;) {
      const record = await readRecord(this.context.archive(), this.context.slotOf(gameId), gameId, round);
      if (record === undefined) throw new StoreUnavailable('the archive does not answer');
      if (record !== null) return rules.record(record, viewer);
      if (listed === null) return null;
      if (clock.monotonic() > until) throw new StoreUnavailable('the archive does not show what it has');
      await pause(this.context, LOOK_AGAIN_MS);
    }
  }

  private async list(gameId: string): Promise<ReadonlySet<number>> {
    const { clock, random, retried } = this.context;
    const patience = new AbortController();
    const { signal } = patience;
    const timer = clock.after(PATIENCE_MS, () => patience.abort());
    const context = { clock, random, retried, ended: signal, gate: () => !signal.aborted };
    try {
      const listed = await listRecords(context, this.context.archive(), this.context.slotOf(gameId), gameId);
      if (listed === null) throw new StoreUnavailable('the archive does not answer');
      return listed;
    } finally {
      timer.cancel();
    }
  }
}

/** What an owner of a version before tells has no bounds: its viewers know all events or none. */
function withBounds(happened: Happened): Happened {
  const {
    events,
    from = events[0]?.seq ?? 1,
    through = events.at(-1)?.seq ?? 0,
  } = happened as Partial<Happened> & Happened;
  return { ...happened, from, through };
}
