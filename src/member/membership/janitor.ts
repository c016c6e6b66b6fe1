/**
 * Purges deletion markers of members that nobody refers to any more.
 *
 * Role: keeps the members bucket from growing by one key for every process that ever ran.
 * Invariants: a marker goes only when it is an hour old by the clock of the store and no slot record names its incarnation: until then it is
 * the proof that the incarnation departed. Only one member purges, the first of the ring; every member forgets what is purged.
 */
import { isDeparted, type View } from '../../cluster/view.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Bucket } from '../../ports/store.ts';
import { every } from '../kit/every.ts';
import { readOrNothing } from '../store/settle.ts';

const EVERY_MS = 600_000;
const KEEP_MS = 3_600_000;

export interface JanitorContext {
  readonly clock: Clock;
  readonly members: Bucket;
  /** How old an entry is at least, ms. */
  ageOf(writtenAt: number): number;
  view(): View;
  /** Whether it is this member's turn. */
  isOnDuty(): boolean;
  isNamedByRecord(key: string): boolean;
  forget(keys: readonly string[]): void;
  failed(error: unknown): void;
}

export function startJanitor(context: JanitorContext): Timer {
  return every(context.clock, EVERY_MS, () => {
    clean(context).catch((error: unknown) => context.failed(error));
  });
}

async function clean({ members, view, ageOf, isOnDuty, isNamedByRecord, forget }: JanitorContext): Promise<void> {
  const purged: string[] = [];
  for (const key of view().departed.keys()) {
    const entry = await readOrNothing(members, key);
    // Without the store nothing can be cleaned; the next round begins anew.
    if (entry === undefined) break;
    if (isNamedByRecord(key) || !isDeparted(view(), key)) continue;
    if (entry !== null) {
      if (!isOnDuty() || !entry.deleted || ageOf(entry.writtenAt) < KEEP_MS) continue;
      await members.purge(key, entry.revision);
    }
    // Should a replica only not have it yet, and a record name it after all: who is unknown is verified.
    purged.push(key);
  }
  forget(purged);
}
