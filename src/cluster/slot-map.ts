/**
 * Who owns what, all of it: for people who look, and for counting what nobody owns.
 *
 * Invariant: every list has one entry a slot, in the order of the slots.
 */
import { isUnowned, type Surroundings } from './reconcile.ts';
import type { Ring } from './ring.ts';
import type { SlotTable } from './slot-table.ts';

export interface SlotMap {
  /** Null: nobody can be serving it. */
  readonly owners: readonly (string | null)[];
  /** By the ring; null: there are no members. */
  readonly desiredOwners: readonly (string | null)[];
  /** 0: the slot never had an owner. */
  readonly epochs: readonly number[];
  /** How the owner of the newest record came by it; null: there is none. */
  readonly acquired: readonly (string | null)[];
  /** How many have no owner. */
  readonly unowned: number;
}

export function mapSlots(table: SlotTable, ring: Ring, around: Pick<Surroundings, 'standing'>): SlotMap {
  const slots = Array.from({ length: table.slots }, (_, slot) => slot);
  const records = slots.map((slot) => table.get(slot));
  const owners = records.map((record) => (record === null || isUnowned(record, around) ? null : record.owner));
  return {
    owners,
    desiredOwners: slots.map((slot) => ring.owner(slot)),
    epochs: records.map((record) => record?.epoch ?? 0),
    acquired: records.map((record) => record?.acquired ?? null),
    unowned: owners.filter((owner) => owner === null).length,
  };
}
