/**
 * What is kept of games outside their sessions: a record of each finished round, and the last state of each concluded game.
 *
 * Role: the owner's writes to the archive bucket, for one slot; and what anybody reads there.
 * Invariants:
 *  - A record is never replaced by one of a lower epoch, nor by an owner that has given the session up.
 *  - A concluded game's last state is archived before its session is deleted.
 *  - What is erased leaves deletion markers that carry the epoch: no late write of an owner of before can bring it back, not even of a record
 *    that no list shows yet. Nor can an erasure that is late itself delete anything of a later owner.
 */
import type { Bucket, Entry } from '../../ports/store.ts';
import type { RoundRecord } from '../../session/rules.ts';
import type { Stamp } from '../../session/snapshot.ts';
import { type KeyListing, type ListContext, listKeys } from './key-lister.ts';
import { gameKey, recordKey } from './keys.ts';
import { readOrNothing, type SettleContext, type Settled, settle } from './settle.ts';

/** Of the last state of a game. */
export type ShownEnd = Uint8Array | 'erased' | 'nothing';

export interface ArchiveContext extends SettleContext {
  /** What stands there is of a higher epoch than ours, and is not replaced: the slot has another owner, or had one that the store has forgotten. */
  outranked(slot: number, key: string, epoch: number): void;
  readonly archive: Bucket;
  readonly stamp: Stamp;
}

/** Stores the record of a finished round. Null when that is done; else what stood in the way. */
export async function archiveRecord(
  context: ArchiveContext,
  slot: number,
  gameId: string,
  { round, content }: RoundRecord,
  isLost: () => boolean,
): Promise<Settled | null> {
  const value = new TextEncoder().encode(JSON.stringify(content));
  const settled = await store(context, { slot, key: recordKey(slot, gameId, round) }, value, isLost);
  return settled.kind === 'landed' ? null : settled;
}

/** Stores the last state of a concluded game: its snapshot. */
export function archiveGame(
  context: ArchiveContext,
  slot: number,
  gameId: string,
  snapshot: Uint8Array,
  isLost: () => boolean,
): Promise<Settled> {
  return store(context, { slot, key: gameKey(slot, gameId) }, snapshot, isLost);
}

async function store(
  context: ArchiveContext,
  { slot, key }: { readonly slot: number; readonly key: string },
  value: Uint8Array,
  isLost: () => boolean,
): Promise<Settled> {
  const { archive, stamp } = context;
  const headers = epochHeader(stamp);
  let expected = 0;
  for (;;) {
    const settled = await settle(context, { bucket: archive, key, value, headers, expected });
    if (settled.kind === 'landed' || settled.kind === 'refused') return settled;
    // Its revisions are none of the session's: who owns the session shows when it is read again.
    if (settled.kind !== 'conflict') return { kind: 'abandoned' };
    if (epochOf(settled.entry) > stamp.epoch) {
      context.outranked(slot, key, epochOf(settled.entry));
      return { kind: 'abandoned' };
    }
    // Left by an owner whose snapshot never landed: ours decides, unless we are the one that was given up meanwhile.
    if (isLost()) return { kind: 'abandoned' };
    expected = settled.entry.revision;
  }
}

/** Deletes everything that is archived of a game. False if that was given up. */
export async function eraseArchived(
  context: ArchiveContext & { readonly ended: AbortSignal },
  slot: number,
  gameId: string,
  isLost: () => boolean,
): Promise<boolean> {
  const { archive } = context;
  const prefix = gameKey(slot, gameId);
  const records = await list(context, archive, prefix);
  if (records === null) return false;
  const last = await readOrNothing(archive, prefix);
  if (last === undefined) return false;
  const eraseAll = async (entries: readonly Pick<Entry, 'key' | 'revision'>[]) =>
    (await Promise.all(entries.map((entry) => erase(context, slot, entry, isLost)))).every(Boolean);
  // The last state in any case: a read proves no absence, and a game that came back would keep its id from being used again.
  const coming = comingRounds(records).map((round) => ({ key: `${prefix}.${round}`, revision: 0 }));
  // Before the records, which tell whoever finishes this what may be coming.
  return (
    (await eraseAll([...coming, { key: prefix, revision: last?.revision ?? 0 }])) && eraseAll([...records.values()])
  );
}

/** Rounds whose records may be on their way: that of the round that runs, and of the next, should the last one be on its way too. */
function comingRounds(records: KeyListing): readonly number[] {
  const last = Math.max(0, ...[...records.keys()].map(Number));
  return [last + 1, last + 2];
}

async function erase(
  context: ArchiveContext,
  slot: number,
  { key, revision }: Pick<Entry, 'key' | 'revision'>,
  isLost: () => boolean,
): Promise<boolean> {
  const { archive, stamp } = context;
  for (let expected = revision; !isLost(); ) {
    const settled = await settle(context, { bucket: archive, key, value: null, headers: epochHeader(stamp), expected });
    if (settled.kind === 'landed') return true;
    if (settled.kind !== 'conflict') return false;
    const epoch = epochOf(settled.entry);
    if (epoch > stamp.epoch) {
      context.outranked(slot, key, epoch);
      return false;
    }
    expected = settled.entry.revision;
  }
  return false;
}

function epochHeader({ epoch }: Stamp): Record<string, string> {
  return { 'Minotaur-Epoch': String(epoch) };
}

export function epochOf({ headers }: Pick<Entry, 'headers'>): number {
  return Number(headers['Minotaur-Epoch'] ?? 0);
}

/** The record of a finished round, or null if the archive shows none. Undefined when it does not answer. */
export async function readRecord(
  archive: Bucket,
  slot: number,
  gameId: string,
  round: number,
): Promise<unknown | null | undefined> {
  const value = await read(archive, recordKey(slot, gameId, round));
  return value instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(value)) : value;
}

/** The rounds of a game that have records: what is not among them has expired, or never was. Null if that was given up. */
export async function listRecords(
  context: ListContext,
  archive: Bucket,
  slot: number,
  gameId: string,
): Promise<ReadonlySet<number> | null> {
  const records = await list(context, archive, gameKey(slot, gameId));
  return records && new Set([...records.keys()].map(Number));
}

/** What is stored under `prefix`, without deletion markers. Null if that was given up. */
async function list(context: ListContext, archive: Bucket, prefix: string): Promise<KeyListing | null> {
  const listed = await listKeys(context, archive, [prefix]);
  if (listed === null) return null;
  return new Map([...(listed.get(prefix) ?? [])].filter(([, { deleted }]) => !deleted));
}

/**
 * What the archive shows of a concluded game: its snapshot, that it was erased, or nothing, which proves nothing. Undefined when it does not
 * answer. `since`: what is older is of a game of before, under the same id.
 */
export async function readConcluded(
  archive: Bucket,
  slot: number,
  gameId: string,
  since = 0,
): Promise<ShownEnd | undefined> {
  const entry = await readOrNothing(archive, gameKey(slot, gameId));
  if (entry === undefined) return undefined;
  if (entry === null || entry.revision < since) return 'nothing';
  return entry.deleted ? 'erased' : entry.value;
}

async function read(archive: Bucket, key: string): Promise<Uint8Array | null | undefined> {
  const entry = await readOrNothing(archive, key);
  if (entry === undefined) return undefined;
  return entry === null || entry.deleted ? null : entry.value;
}
