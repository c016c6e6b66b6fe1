/**
 * What the whole cluster agreed on when its buckets were made, and which versions it writes.
 *
 * Role: one key, created by the first member, checked by every later one before it joins.
 * Invariants: the number of slots never changes; a member that is older than `minimum` does not join.
 */
import { z } from 'zod';
import type { Bucket } from '../ports/store.ts';
import { readOrNothing, type SettleContext, settle } from './settle.ts';

export const CLUSTER_KEY = 'cluster';
/** The number of the ring and of the messages between members that this code speaks. */
export const PROTOCOL = 1;

/** The member must not run here as it is set up; restarting does not help (exit 78). */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

const versions = z.object({ stateVersion: z.number().int().min(1), protocol: z.number().int().min(1) });
const stored = z.object({ slots: z.number().int().min(1), minimum: versions, written: versions });

export type ClusterRecord = z.infer<typeof stored>;

/** Creates the record or checks this member against it. Rejects with StartRefused. */
export async function agree(
  context: SettleContext,
  members: Bucket,
  mine: { readonly slots: number; readonly stateVersion: number },
): Promise<ClusterRecord> {
  const own = { stateVersion: mine.stateVersion, protocol: PROTOCOL };
  const value = new TextEncoder().encode(JSON.stringify({ slots: mine.slots, minimum: own, written: own }));
  let found = await readOrNothing(members, CLUSTER_KEY);
  if (!found) {
    const settled = await settle(context, { bucket: members, key: CLUSTER_KEY, value, expected: 0 });
    if (settled.kind === 'landed') return { slots: mine.slots, minimum: own, written: own };
    if (settled.kind === 'conflict') found = settled.entry;
    else throw new Error(`could not agree with the cluster: ${settled.kind}`);
  }
  const record = stored.parse(JSON.parse(new TextDecoder().decode(found.value)));
  if (record.slots !== mine.slots) {
    throw new StartRefused(`MINOTAUR_SLOTS is ${mine.slots}, but this cluster was created with ${record.slots} slots`);
  }
  const isTooOld = own.stateVersion < record.minimum.stateVersion || own.protocol < record.minimum.protocol;
  if (isTooOld) {
    throw new StartRefused(
      `this version knows state version ${own.stateVersion} and protocol ${own.protocol}; ` +
        `the cluster needs at least ${record.minimum.stateVersion} and ${record.minimum.protocol}`,
    );
  }
  return record;
}
