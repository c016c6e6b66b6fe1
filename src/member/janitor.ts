/**
 * Purges deletion markers of members that nobody refers to any more.
 *
 * Role: keeps the members bucket from growing by one key for every process that ever ran.
 * Invariants: a marker goes only when it is an hour old by the clock of the store and no slot record names its incarnation: until then it is
 * the proof that the incarnation departed. Only one member cleans, the first of the ring.
 */
import { isDeparted, type View } from '../cluster/view.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Bucket } from '../ports/store.ts';
import { every } from './every.ts';
import { readOrNothing } from './settle.ts';

const EVERY_MS = 600_000;
const KEEP_MS = 3_600_000;

export interface JanitorContext {
  readonly clock: Clock;
  readonly members: Bucket;
  view(): View;
  /** Whether it is this member's turn. */
  isOnDuty(): boolean;
  isNamedByRecord(key: string): boolean;
  forget(keys: readonly string[]): void;
  failed(error: unknown): void;
}

export function startJanitor(context: JanitorContext): Timer {
  return every(context.clock, EVERY_MS, () => {
    if (context.isOnDuty()) clean(context).catch((error: unknown) => context.failed(error));
  });
}

async function clean({ clock, members, view, isNamedByRecord, forget }: JanitorContext): Promise<void> {
  const purged: string[] = [];
  for (const key of view().departed.keys()) {
    const entry = await readOrNothing(members, key);
    if (!entry?.deleted || clock.wall() - entry.writtenAt < KEEP_MS) continue;
    if (isNamedByRecord(key) || !isDeparted(view(), key)) continue;
    await members.purge(key, entry.revision);
    purged.push(key);
  }
  forget(purged);
}
