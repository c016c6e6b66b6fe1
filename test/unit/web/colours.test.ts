/** Colours of members: kept, and different while there are enough. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coloursFor } from '../../../src/web/cluster/colours.ts';

test('a member keeps its colour; who comes gets one that nobody has; after ten they repeat evenly', () => {
  const three = coloursFor(['m1', 'm2', 'm3'], new Map());
  assert.deepEqual([...three.values()], ['c0', 'c1', 'c2']);
  const later = coloursFor(['m0', 'm1', 'm3'], three);
  assert.deepEqual([later.get('m0'), later.get('m1'), later.get('m3'), later.has('m2')], ['c1', 'c0', 'c2', false]);
  const many = coloursFor(
    Array.from({ length: 20 }, (_, index) => `m${index}`),
    later,
  );
  const counts = Object.values(Object.groupBy(many.values(), (colour) => colour)).map((same) => same?.length);
  assert.deepEqual(counts, Array(10).fill(2));
});
