/**
 * Lets the cluster write a newer version of its module, once everybody speaks it.
 *
 * Role: performs what cluster/module-version.ts decides, by compare-and-set on the cluster's record. One member does, the first of the ring.
 * Invariant: it goes by the record as the watch showed it, never as it wrote it: the watch shows who joined before that record, too.
 */
import { leastOf, nextSpoken } from '../../cluster/module-version.ts';
import type { View } from '../../cluster/view.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { every } from '../kit/every.ts';
import type { Log } from '../kit/incidents.ts';
import type { ClusterRecord } from './cluster-key.ts';

const LOOK_MS = 1_000;

/** The record, and the revision at which the watch showed it. */
export interface SeenRecord {
  readonly record: ClusterRecord;
  readonly revision: number;
}

export interface ModuleRaiserContext {
  readonly clock: Clock;
  readonly log: Log;
  /** How long a newer version may be taken back once everybody speaks it. */
  readonly rollbackMs: number;
  seen(): SeenRecord | null;
  view(): View;
  /** Whether it is this member's turn. */
  isOnDuty(): boolean;
  /** Writes the record over the one of that revision; whoever comes first wins. */
  write(record: ClusterRecord, expected: number): Promise<void>;
  failed(error: unknown): void;
}

export class ModuleRaiser {
  private readonly context: ModuleRaiserContext;
  private readonly timer: Timer;
  /** What was so when it was last looked at, and since when (monotonic ms). */
  private steady = { revision: -1, least: -1, since: 0 };
  private writing = false;

  constructor(context: ModuleRaiserContext) {
    this.context = context;
    this.timer = every(context.clock, LOOK_MS, () => this.look());
  }

  stop(): void {
    this.timer.cancel();
  }

  private look(): void {
    const seen = this.context.seen();
    if (seen === null) return;
    const { record, revision } = seen;
    const present = [...this.context.view().members.values()].map((member) => member.record.module?.version ?? null);
    const now = this.context.clock.monotonic();
    const least = leastOf(present);
    if (revision !== this.steady.revision || least !== this.steady.least) this.steady = { revision, least, since: now };
    const { minimum, written } = record;
    const spoken = { minimum: minimum.module, written: written.module };
    const next = nextSpoken(spoken, present, now - this.steady.since, this.context.rollbackMs);
    if (next === null || this.writing || !this.context.isOnDuty()) return;
    this.context.log.info(
      { game: record.game, from: spoken, to: next },
      'the version of the game that is written changes',
    );
    const raised = {
      ...record,
      minimum: { ...minimum, module: next.minimum },
      written: { ...written, module: next.written },
    };
    this.writing = true;
    this.context
      .write(raised, revision)
      .catch((error: unknown) => this.context.failed(error))
      .finally(() => {
        this.writing = false;
      });
  }
}
