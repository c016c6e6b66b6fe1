/**
 * What the whole cluster agreed on when its buckets were made, which game it plays, and which versions it writes.
 *
 * Role: one key, created by the first member, checked by every later one before it joins.
 * Invariants:
 *  - The number of slots never changes, even if the key is lost.
 *  - The game never changes once it is there. A member of another one does not join, so it reads no game of this cluster.
 *  - Nor does a member that is older than what the cluster writes, or is about to (cluster/finalize.ts, cluster/module-version.ts).
 *  - A record that is written anew keeps every field, also those that only a later version knows.
 */
import { z } from 'zod';
import { CLUSTER_KEY } from '../../cluster/view.ts';
import type { Bucket, Entry } from '../../ports/store.ts';
import type { ModuleId } from '../../session/rules.ts';
import { pause } from '../kit/retry.ts';
import { readOrNothing, type SettleContext, settle } from '../store/settle.ts';

/** The number of the ring and of the messages between members that this code speaks. */
export const PROTOCOL = 1;

/** The member must not run here as it is set up; restarting does not help (exit 78). */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

const version = z.number().int().min(1);
/** `module`: absent in the record of a version that did not write it. */
const versions = z.looseObject({ stateVersion: version, protocol: version, module: version.optional() });
const stored = z.looseObject({
  slots: version,
  /** Absent in the record of a version that knew of no others. */
  game: z.string().min(1).optional(),
  minimum: versions,
  written: versions,
});

export interface Versions {
  readonly stateVersion: number;
  readonly protocol: number;
  /** Of the game that is played. */
  readonly module: number;
}

export interface ClusterRecord {
  readonly slots: number;
  /** The name of the game that every member plays. */
  readonly game: string;
  readonly minimum: Versions;
  readonly written: Versions;
}

/** What a member brings, and the record has to agree with. */
export interface OwnFacts {
  readonly slots: number;
  readonly module: ModuleId;
  readonly stateVersion: number;
}

type StoredVersions = Omit<Versions, 'module'> & { readonly module?: number | undefined };

/** The record as it stands in the store. */
interface Found {
  readonly record: {
    readonly slots: number;
    readonly game?: string | undefined;
    readonly minimum: StoredVersions;
    readonly written: StoredVersions;
  };
  readonly revision: number;
}

interface Buckets {
  readonly members: Bucket;
  readonly slots: Bucket;
}

/** So often must the key be missing, where slots are stored that are not ours, before it counts as lost: about 3 s. */
const LOOKS = 30;
const LOOK_AGAIN_MS = 100;

/** Creates the record or checks this member against it. Rejects with StartRefused. */
export async function agree(context: SettleContext, buckets: Buckets, mine: OwnFacts): Promise<ClusterRecord> {
  const own = versionsOf(mine);
  const made = { slots: mine.slots, game: mine.module.name, minimum: own, written: own };
  let found = await findOrMake(context, buckets, made);
  for (;;) {
    refuseIfUnfit(found.record, mine);
    const whole = wholeRecord(found.record);
    if (whole !== null) return whole;
    const named = completed(found.record, mine.module);
    // Whoever says first what is played decides: the others find it.
    const settled = await put(context, buckets.members, named, found.revision);
    if (settled.kind === 'landed') return named;
    found = settled.entry.deleted ? await findOrMake(context, buckets, made) : read(settled.entry);
  }
}

/** Null: it does not say what is played, or by which version of it. */
function wholeRecord({ game, minimum, written, ...rest }: Found['record']): ClusterRecord | null {
  if (game === undefined || minimum.module === undefined || written.module === undefined) return null;
  const least = { ...minimum, module: minimum.module };
  return { ...rest, game, minimum: least, written: { ...written, module: written.module } };
}

/** What was written until now nobody knows: who is here first says it, as it says the game. */
function completed({ minimum, written, ...rest }: Found['record'], { name, version }: ModuleId): ClusterRecord {
  return { ...rest, game: name, minimum: { ...minimum, module: version }, written: { ...written, module: version } };
}

/** What the watch shows of the record; null: a version that knew of no games wrote it. Throws if it is none. */
export function readClusterRecord(value: Uint8Array): ClusterRecord | null {
  return wholeRecord(stored.parse(JSON.parse(new TextDecoder().decode(value))));
}

/** Writes it over the one of that revision, unless somebody else was faster. */
export async function replaceRecord(context: SettleContext, members: Bucket, record: ClusterRecord, expected: number) {
  await put(context, members, record, expected);
}

/** What a member of these writes that is alone, or the newest among equals. */
export function versionsOf({ stateVersion, module }: Omit<OwnFacts, 'slots'>): Versions {
  return { stateVersion, protocol: PROTOCOL, module: module.version };
}

/** A member that must not be here by what the record says now. Throws StartRefused. */
export function refuseOlder(
  { minimum, written }: Pick<ClusterRecord, 'minimum' | 'written'>,
  mine: Omit<OwnFacts, 'slots'>,
): void {
  const own = versionsOf(mine);
  const least = (number: keyof Versions) => Math.max(minimum[number], written[number]);
  if (own.stateVersion < least('stateVersion') || own.protocol < least('protocol')) {
    throw new StartRefused(
      `this version knows state version ${own.stateVersion} and protocol ${own.protocol}; ` +
        `the cluster needs at least ${least('stateVersion')} and ${least('protocol')}`,
    );
  }
  if (own.module >= least('module')) return;
  throw new StartRefused(
    `this member plays version ${own.module} of "${mine.module.name}", but the games of this cluster are of version ${least('module')}, ` +
      'which it cannot read: deploy that version of the game or a later one',
  );
}

function refuseIfUnfit({ slots, game, minimum, written }: Found['record'], mine: OwnFacts): void {
  if (slots !== mine.slots) {
    throw new StartRefused(`MINOTAUR_SLOTS is ${mine.slots}, but this cluster was created with ${slots} slots`);
  }
  if (game !== undefined && game !== mine.module.name) {
    throw new StartRefused(
      `this member plays "${mine.module.name}" (MINOTAUR_GAME), but this cluster plays "${game}": ` +
        'choose that game, or another MINOTAUR_NAMESPACE, which is a cluster of its own',
    );
  }
  const spoken = {
    minimum: { ...minimum, module: minimum.module ?? 1 },
    written: { ...written, module: written.module ?? 1 },
  };
  refuseOlder(spoken, mine);
}

async function findOrMake(context: SettleContext, buckets: Buckets, mine: ClusterRecord): Promise<Found> {
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
    const settled = await put(context, buckets.members, mine, found?.revision ?? 0);
    if (settled.kind === 'landed') return { record: mine, revision: settled.revision };
    found = settled.entry;
  }
  return read(found);
}

function read({ value, revision }: Entry): Found {
  return { record: stored.parse(JSON.parse(new TextDecoder().decode(value))), revision };
}

async function put(context: SettleContext, members: Bucket, record: ClusterRecord, expected: number) {
  const value = new TextEncoder().encode(JSON.stringify(record));
  const settled = await settle(context, { bucket: members, key: CLUSTER_KEY, value, expected });
  if (settled.kind === 'landed' || settled.kind === 'conflict') return settled;
  throw new Error(`could not agree with the cluster: ${settled.kind}`);
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
