/** Who owns what, as people see it: by records, presence and the ring. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRing } from '../../../src/cluster/ring.ts';
import { mapSlots } from '../../../src/cluster/slot-map.ts';
import { SlotTable } from '../../../src/cluster/slot-table.ts';

test('a slot without a record, or whose owner is not there, has no owner; what is known of it is told all the same', () => {
  const table = new SlotTable(4);
  const record = { incarnation: 'i', transferId: null, revision: 9 };
  table.apply({ ...record, slot: 0, owner: 'm1', epoch: 1, acquired: 'initial' });
  table.apply({ ...record, slot: 1, owner: 'm2', epoch: 3, acquired: 'handoff' });
  table.apply({ ...record, slot: 3, owner: 'm3', epoch: 2, acquired: 'takeover' });
  const standing = (key: string) => ({ 'm1.i': 'present', 'm2.i': 'departed' })[key] ?? 'unknown';
  const ring = buildRing(['m1'], 4);
  assert.deepEqual(mapSlots(table, ring, { standing: standing as never }), {
    owners: ['m1', null, null, null],
    desiredOwners: ['m1', 'm1', 'm1', 'm1'],
    epochs: [1, 3, 0, 2],
    acquired: ['initial', 'handoff', null, 'takeover'],
    unowned: 3,
  });
  assert.deepEqual(mapSlots(table, buildRing([], 4), { standing: () => 'present' }).desiredOwners, [
    null,
    null,
    null,
    null,
  ]);
});
