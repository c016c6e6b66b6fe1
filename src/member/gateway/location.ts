/**
 * Where a game is, as this member knows it: its slot, and who owns that by which record.
 */
import type { SlotRecord } from '../../cluster/slot-table.ts';
import type { Location } from '../contract/gateway.ts';
import type { SlotDirectory } from '../contract/joined.ts';

/** Null: this member has not joined. */
type Directory = Pick<SlotDirectory, 'record' | 'isUnowned' | 'map'> | null;

export function locate(gameId: string, slot: number, directory: Directory): Location {
  const record = directory?.record(slot) ?? null;
  const owner = record === null || directory?.isUnowned(slot) ? null : record.owner;
  return {
    gameId,
    slot,
    owner,
    desiredOwner: directory?.map.desiredOwners[slot] ?? null,
    epoch: record?.epoch ?? 0,
    acquired: record?.acquired ?? null,
    previousOwner: previousOwner(record, owner),
    ownedSince: record?.takenAt === undefined ? null : new Date(record.takenAt).toISOString(),
  };
}

/** Of a slot that nobody serves: the one whom its record names. */
function previousOwner(record: SlotRecord | null, owner: string | null): string | null {
  return (owner === null ? record?.owner : record?.previousOwner) ?? null;
}
