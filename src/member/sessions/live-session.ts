/**
 * A session in memory together with its writes: commits what the session cuts, one write at a time, and wakes whoever waits.
 *
 * Role: performs the writes that session/session.ts decides.
 * Invariants:
 *  - `lost` is final: no write is started after it, every waiter is told, and the object is never used again.
 *  - A write that landed is committed, whatever those who look on make of it.
 *  - A round's record is in the archive before the snapshot that refers to it is sent.
 *  - On a creation nothing is built before a lease was valid after it: another owner may have listed the slot without it, and answers for the
 *    game that there is none.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Parent, Traced } from '../../ports/tracing.ts';
import type { Written } from '../../session/rules.ts';
import type { Session } from '../../session/session.ts';
import type { Cut } from '../../session/session-command.ts';
import { goesOnHeaders, type Listing } from '../../session/snapshot.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Progress } from '../kit/progress.ts';
import { beginCommit } from '../kit/spans.ts';
import { gameKey } from '../store/keys.ts';
import type { Settled } from '../store/settle.ts';
import type { SlotStore } from '../store/slot-store.ts';

/**
 * `uncertain`: the write that held it was sent, and may have landed before another owner's. `refused`: the store did not take that write, and
 * never will.
 */
export type CommitOutcome = 'committed' | 'lost' | 'uncertain' | 'refused';

export interface Lease {
  valid(): boolean;
  /** Resolves when a renewal that was sent after this call is acknowledged (or the lease is valid anyway). False: never again. */
  ensure(): Promise<boolean>;
}

export interface LiveSessionContext extends Traced {
  readonly clock: Clock;
  readonly store: Pick<SlotStore, 'slot' | 'write' | 'archiveRecord'>;
  readonly lease: Lease;
  readonly time: Pick<ClusterTime, 'now'>;
  readonly meter: Meter;
  readonly progress: Progress;
  written(): Written;
}

export interface LiveSessionEvents {
  /** What is known of the session from now on. Before those who wait are told: nothing that could fail belongs here. */
  committed(value: Uint8Array, listing: Listing): void;
  /** For those who look on, once everybody who waited was told. Never throws. */
  observed(): void;
  lost(cause: Settled): void;
  /** The rules failed on ending a round. */
  abandoned(reason: string): void;
}

/** What became of the write that was sent last, and why it is lost; null: its slot was given up. */
interface End {
  readonly fate: 'uncertain' | 'refused';
  readonly cause: Settled['kind'] | null;
}

interface Waiter {
  readonly mark: number;
  /** The span of its command. */
  readonly parent: Parent | undefined;
  readonly resolve: (outcome: CommitOutcome) => void;
}

export class LiveSession<State, Command> {
  readonly session: Session<State, Command>;
  /** Monotonic ms of the last use. */
  touchedAt = 0;
  private end: End | null = null;
  private readonly context: LiveSessionContext;
  private readonly key: string;
  private readonly events: LiveSessionEvents;
  private waiters: Waiter[] = [];
  private sentMark = 0;
  private writing: Promise<void> = Promise.resolve();
  /** Where its first write is: `landed` until it is certain that whoever takes over knows of it. */
  private creation: 'underway' | 'landed' | 'certain';

  constructor(
    context: LiveSessionContext,
    session: Session<State, Command>,
    origin: 'made' | 'stored',
    events: LiveSessionEvents,
  ) {
    this.creation = origin === 'made' ? 'underway' : 'certain';
    this.context = context;
    this.key = gameKey(context.store.slot, session.gameId);
    this.session = session;
    this.events = events;
  }

  get lost(): boolean {
    return this.end !== null;
  }

  /** Why it is lost; null: its slot was given up. */
  get cause(): Settled['kind'] | null {
    return this.end?.cause ?? null;
  }

  get idle(): boolean {
    return this.waiters.length === 0 && this.session.idle;
  }

  get waiting(): number {
    return this.waiters.length;
  }

  /** Resolves when everything up to `mark` is committed, or can no longer be by us. `parent`: the span of the command that made it. */
  commit(mark: number, parent?: Parent): CommitOutcome | Promise<CommitOutcome> {
    if (this.end !== null) return mark <= this.sentMark ? this.end.fate : 'lost';
    if (this.session.isCommitted(mark)) return 'committed';
    const done = new Promise<CommitOutcome>((resolve) => {
      this.waiters.push({ mark, parent, resolve });
    });
    this.write();
    return done;
  }

  /** Writes whatever is new; if a write is in flight, the session cuts the next one when that has landed. */
  write(): void {
    if (this.session.idle || this.session.isWriting) return;
    this.writing = this.writeAll();
  }

  /** Whether more may be written: true now, or once a renewal shows it; false if never again. */
  founded(): boolean | Promise<boolean> {
    if (this.creation !== 'landed') return true;
    const { lease } = this.context;
    const found = (isCertain: boolean): boolean => {
      if (isCertain) this.creation = 'certain';
      return isCertain;
    };
    return lease.valid() ? found(true) : lease.ensure().then(found);
  }

  /** Resolves when the fate of every write that was sent is known. */
  settled(): Promise<void> {
    return this.writing;
  }

  lose(end: End = { fate: 'uncertain', cause: null }): void {
    if (this.lost) return;
    this.end = end;
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter.resolve(waiter.mark <= this.sentMark ? end.fate : 'lost');
  }

  private async writeAll(): Promise<void> {
    const { progress } = this.context;
    try {
      while (!this.lost) {
        const cut = this.session.cut(this.context.written());
        if (cut === null) return;
        progress.begin('session', this.key);
        await this.writeOne(cut).finally(() => progress.end('session', this.key));
      }
    } catch (error) {
      this.fail({ kind: 'refused', reason: String(error) });
    }
  }

  /** Named while it is under way: a round cannot end without its record. */
  private archived(record: Cut['records'][number]) {
    const { progress } = this.context;
    const key = `${this.key}.${record.round}`;
    progress.begin('archive', key);
    const archiving = this.context.store.archiveRecord(this.session.gameId, record, () => this.lost);
    return archiving.finally(() => progress.end('archive', key));
  }

  private async writeOne({ value, headers, listing, goesOn, expected, records, abandoned, mark }: Cut): Promise<void> {
    const commands = this.spans();
    const founded = this.founded();
    if (founded !== true && !(await founded)) return this.failed({ kind: 'abandoned' });
    if (this.lost) return;
    const operations = mark - this.sentMark;
    const { meter } = this.context;
    const startedAt = this.context.clock.monotonic();
    this.sentMark = mark;
    for (const reason of abandoned) this.events.abandoned(reason);
    for (const record of records) {
      const obstacle = await this.archived(record);
      if (obstacle !== null) return this.failed(obstacle);
    }
    if (this.lost) return;
    const timely = () => goesOnHeaders(goesOn(this.context.time.now()));
    const { gameId } = this.session;
    const { store } = this.context;
    const span = beginCommit(this.context, gameId, store.slot, commands);
    const settled = await store.write(gameId, { value, headers, timely, expected });
    span?.end({ 'minotaur.commit.operations': operations }, settled.kind === 'landed' ? undefined : settled.kind);
    meter.count('commits', { outcome: settled.kind });
    if (this.lost) return;
    if (settled.kind !== 'landed') return this.failed(settled);
    meter.observe('commit_seconds', (this.context.clock.monotonic() - startedAt) / 1000, {});
    meter.observe('commit_operations', operations, {});
    if (this.creation === 'underway') this.creation = 'landed';
    this.session.landed(settled.revision, this.context.time.now());
    this.events.committed(value, listing);
    this.wake();
    this.events.observed();
  }

  /** Of all commands that wait: when a write is cut, those that are in it. */
  private spans(): readonly Parent[] {
    if (this.context.tracing === null) return [];
    return this.waiters.flatMap(({ parent }) => (parent === undefined ? [] : [parent]));
  }

  private wake(): void {
    let done = 0;
    while (done < this.waiters.length) {
      const waiter = this.waiters[done];
      if (waiter === undefined || !this.session.isCommitted(waiter.mark)) break;
      waiter.resolve('committed');
      done += 1;
    }
    this.waiters.splice(0, done);
  }

  /** The write that was sent has not landed. */
  private failed(cause: Settled): void {
    this.fail(cause, cause.kind === 'refused' ? 'refused' : 'uncertain');
  }

  private fail(cause: Settled, fate: End['fate'] = 'uncertain'): void {
    if (this.lost) return;
    this.lose({ fate, cause: cause.kind });
    this.events.lost(cause);
  }
}
