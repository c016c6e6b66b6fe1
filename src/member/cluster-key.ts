/**
 * What the whole cluster agreed on when its buckets were made, and which versions it writes.
 *
 * Role: one key, created by the first member, checked by every later one before it joins.
 * Invariants: the number of slots never changes, even if the key is lost; a member that is older than `minimum` does not join.
 */
import { z } from 'zod';
import type { Bucket, Entry } from '../ports/store.ts';
import { pause } from './kit/retry.ts';
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

interface Buckets {
  readonly members: Bucket;
  readonly slots: Bucket;
}

/** So often must the key be missing, where slots are stored that are not ours, before it counts as lost: about 3 s. */
const LOOKS = 30;
const LOOK_AGAIN_MS = 100;

/** Creates the record or checks this member against it. Rejects with StartRefused. */
export async function agree(
  context: SettleContext,
  buckets: Buckets,
  mine: { readonly slots: number; readonly stateVersion: number },
): Promise<ClusterRecord> {
  const own = { stateVersion: mine.stateVersion, protocol: PROTOCOL };
  const record = await findOrMake(context, buckets, { slots: mine.slots, minimum: own, written: own });
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

async function findOrMake(context: SettleContext, buckets: Buckets, mine: ClusterRecord): Promise<ClusterRecord> {
  const value = new TextEncoder().encode(JSON.stringify(mine));
  let found = await readOrNothing(buckets.members, CLUSTER_KEY);
  while (!found || found.deleted) {
    if (await hasOtherSlots(buckets.slots, mine.slots)) {
      found = await lookLonger(context, buckets.members);
      if (found) continue;
      throw new StartRefused(
        `MINOTAUR_SLOTS is ${mine.slots}, but slots of a cluster with another number are stored, and the record of it is lost: ` +
          'set the number that this namespace always had',
      );
    }
    const expected = found?.revision ?? 0;
    const settled = await settle(context, { bucket: buckets.members, key: CLUSTER_KEY, value, expected });
    if (settled.kind === 'landed') return mine;
    if (settled.kind !== 'conflict') throw new Error(`could not agree with the cluster: ${settled.kind}`);
    found = settled.entry;
  }
  return stored.parse(JSON.parse(new TextDecoder().decode(found.value)));
}

/** The record, which may be there although a replica that lags does not show it yet. Null if it is lost. */
async function lookLonger(context: SettleContext, members: Bucket): Promise<Entry | null> {
  for (let missing = 0; missing < LOOKS; ) {
    if (!(await context.gate())) throw new Error('given up while joining');
    const found = await readOrNothing(members, CLUSTER_KEY);
    if (found && !found.deleted) return found;
    if (found !== undefined) missing += 1;
    await pause(context, LOOK_AGAIN_MS);
  }
  return null;
}

/** Whether the slots that are stored are those of a cluster with another number of them. Owned slots are never unowned again. */
async function hasOtherSlots(slots: Bucket, count: number): Promise<boolean> {
  const numbers = [0, count - 1, count];
  const [first, last, beyond] = await Promise.all(numbers.map((slot) => readOrNothing(slots, String(slot))));
  return Boolean(beyond) || (Boolean(first) && last === null);
}
