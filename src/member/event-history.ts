/**
 * What has happened in a game since some event: from the session, and from the records of rounds that are over.
 *
 * Role: answers `events` and `round` for one caller. The owner decides whether the caller may look, and tells which round runs.
 * Why by halves: which round an event belongs to is written nowhere, but rounds and events rise together.
 * Why it looks again: a replica of the archive may not show yet what is there.
 * Invariants: events come in the order of `seq` without a gap, but for those whose records have expired: then the answer says `truncated`.
 */
import { problem } from '../errors.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { type Bucket, StoreUnavailable } from '../ports/store.ts';
import { viewerOf } from '../session/permission.ts';
import type { NumberedEvent, Rules, Viewer } from '../session/rules.ts';
import { readRecord } from './game-archive.ts';
import type { Answer, EventsQuery, RoundQuery } from './gateway.ts';
import type { Happened } from './host-answers.ts';
import type { MemberOperation } from './rpc.ts';
import { pause } from './settle.ts';

const LOOKS = 5;
const LOOK_AGAIN_MS = 50;

type SeenRecord = ReturnType<Rules<unknown, GameCommand>['record']>;

export interface EventHistoryContext<State> {
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  slotOf(gameId: string): number;
  /** Throws StoreUnavailable while there is none. */
  archive(): Bucket;
  execute(operation: MemberOperation): Promise<Answer>;
}

interface Wanted {
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

  /** 200 `{events, latest, truncated}`, or what the owner refused with. Rejects with StoreUnavailable. */
  async events({ gameId, caller, may, after, limit }: EventsQuery): Promise<Answer> {
    const head = await this.context.execute({ kind: 'events', gameId, caller, may });
    if (head.status !== 200) return head;
    const recent = JSON.parse(head.body) as Happened;
    const wanted = { after, limit, recent };
    const isWhole = (found: readonly NumberedEvent[]) => found.every(({ seq }, index) => seq === after + 1 + index);
    const events = await this.lookFor(() => this.collect(gameId, viewerOf(caller), wanted), isWhole);
    const latest = recent.events.at(-1)?.seq ?? 0;
    return { ...head, body: JSON.stringify({ events, latest, truncated: !isWhole(events) }) };
  }

  /** 200 with the record as the caller may see it. Rejects with StoreUnavailable. */
  async round({ gameId, caller, may, round }: RoundQuery): Promise<Answer> {
    const head = await this.context.execute({ kind: 'events', gameId, caller, may });
    if (head.status !== 200) return head;
    const { round: running, over } = JSON.parse(head.body) as Happened;
    const isFinished = round < running || (over && round === running);
    const read = () => this.read(gameId, viewerOf(caller), round);
    const record = isFinished ? await this.lookFor(read, (found) => found !== null) : null;
    if (record !== null) return { ...head, body: JSON.stringify(record) };
    const document = problem('round_not_found', `Round ${round} is not finished, or was never played.`);
    return { status: document.status, body: JSON.stringify(document), owner: head.owner };
  }

  /** What `look` finds, once that is what there should be, or after several looks. */
  private async lookFor<Found>(look: () => Promise<Found>, isIt: (found: Found) => boolean): Promise<Found> {
    let found = await look();
    for (let looks = 1; looks < LOOKS && !isIt(found); looks += 1) {
      await pause(this.context, LOOK_AGAIN_MS);
      found = await look();
    }
    return found;
  }

  private async collect(gameId: string, viewer: Viewer, wanted: Wanted): Promise<NumberedEvent[]> {
    const { after, limit, recent } = wanted;
    const first = recent.events[0]?.seq ?? 1;
    const older = after + 1 < first ? await this.older(gameId, viewer, wanted) : [];
    const newest = older.at(-1)?.seq ?? after;
    return [...older, ...recent.events.filter(({ seq }) => seq > newest)].slice(0, limit);
  }

  private async older(gameId: string, viewer: Viewer, { after, limit, recent }: Wanted): Promise<NumberedEvent[]> {
    const events: NumberedEvent[] = [];
    for (let round = await this.firstRound(gameId, viewer, after, recent.round); round < recent.round; round += 1) {
      const record = await this.read(gameId, viewer, round);
      events.push(...(record?.events ?? []).filter(({ seq }) => seq > after));
      if (events.length >= limit) break;
    }
    return events;
  }

  /** The first round that has a record with events above `after`; `running` if none has. A missing record counts as older. */
  private async firstRound(gameId: string, viewer: Viewer, after: number, running: number): Promise<number> {
    let low = 1;
    let high = running;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const last = (await this.read(gameId, viewer, middle))?.events.at(-1);
      if (last !== undefined && last.seq > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private async read(gameId: string, viewer: Viewer, round: number): Promise<SeenRecord | null> {
    const record = await readRecord(this.context.archive(), this.context.slotOf(gameId), gameId, round);
    if (record === undefined) throw new StoreUnavailable('the archive does not answer');
    return record === null ? null : this.context.rules.record(record, viewer);
  }
}
