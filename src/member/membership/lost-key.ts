/**
 * Keys that NATS has lost while their members lived: the marker that is written in their place, and for how long it says nothing yet.
 *
 * Role: what a marker's headers tell of a loss.
 * Invariant: nobody acts for a member because of such a marker before 1.25 × its lease has passed since the marker was seen (I5): whoever holds
 * a lease may not have heard yet that its key is gone.
 */
import { LEASE_FACTOR } from '../../cluster/failure-detector.ts';
import type { View } from '../../cluster/view.ts';
import type { Bucket, Entry } from '../../ports/store.ts';
import type { Incidents } from '../kit/incidents.ts';
import { type SettleContext, settle } from '../store/settle.ts';

/** Header of a deletion marker: the revision that it replaced. Whoever knows a newer one of its own key knows that NATS lost writes. */
export const REMOVED_AT = 'Minotaur-Removed-At';

const NOTHING = '0';

/** An entry as the watch, a read or a write of our own showed it. */
export type Shown = Omit<Entry, 'headers'> & Partial<Pick<Entry, 'headers'>>;

/**
 * Makes the key a marker, or finds what is there; null: given up. The marker lands only where the store knows of no such key: an owner that had one
 * learns by this that it was lost.
 */
export async function markLost(gate: SettleContext, bucket: Bucket, key: string): Promise<Shown | null> {
  const headers = { [REMOVED_AT]: NOTHING };
  const settled = await settle(gate, { bucket, key, value: null, headers, expected: 0 });
  if (settled.kind === 'conflict') return settled.entry;
  if (settled.kind !== 'landed') return null;
  return { key, revision: settled.revision, deleted: true, value: new Uint8Array(0), headers, writtenAt: 0 };
}

/** How long the marker has to wait before it counts. The lease of whom nobody here knows is the longest of those who are known, or `leaseMs`. */
export function outlastMs({ key, headers }: Shown, { members, departed }: View, leaseMs: number): number {
  if (headers?.[REMOVED_AT] !== NOTHING || departed.has(key)) return 0;
  const longest = () => Math.max(leaseMs, ...[...members.values()].map(({ record }) => record.leaseMs));
  return LEASE_FACTOR * (members.get(key)?.record.leaseMs ?? longest());
}

/** Our key was deleted: tells of a loss, if that was at a revision below `known`, the one that was acknowledged to us. */
export function tellLoss(incidents: Incidents, { key, headers }: Entry, known: number): void {
  const found = Number(headers[REMOVED_AT] ?? Number.POSITIVE_INFINITY);
  if (found < known) incidents.rolledBack(key, known, found);
}
