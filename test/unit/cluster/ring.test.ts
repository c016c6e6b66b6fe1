/** The ring: one answer for all, balanced, and few moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildRing, type Ring } from '../../../src/cluster/ring.ts';

const SLOTS = 256;
const ids = (count: number, prefix = 'minotaur-') => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const owners = (ring: Ring, slots: number) => Array.from({ length: slots }, (_, slot) => ring.owner(slot));
const loads = (ring: Ring) => ring.members.map((id) => ring.slotsOf(id).length);
const memberIds = (minLength: number, maxLength: number) =>
  fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/), { minLength, maxLength });

test('the ring of known members never changes: all versions must agree on it', () => {
  assert.equal(owners(buildRing(['a', 'b', 'c'], 32), 32).join(''), 'bcbcbbcbabcbbcbbcbbcccaacacaacaa');
});

test('nobody owns anything in a ring without members', () => {
  const ring = buildRing([], SLOTS);
  assert.deepEqual([ring.members, ring.owner(0), ring.successors(0), ring.slotsOf('a')], [[], null, [], []]);
});

test('one member owns everything', () => {
  assert.equal(buildRing(['only'], SLOTS).slotsOf('only').length, SLOTS);
});

test('no member owns more than ceil(slots / members) + 1', () => {
  fc.assert(
    fc.property(memberIds(1, 24), fc.integer({ min: 1, max: 600 }), (members, slots) => {
      const ring = buildRing(members, slots);
      assert.ok(Math.max(...loads(ring)) <= Math.ceil(slots / members.length) + 1);
      assert.equal(
        loads(ring).reduce((sum, load) => sum + load, 0),
        slots,
      );
    }),
  );
});

test('three members share 256 slots evenly', () => {
  for (const prefix of ['minotaur-', 'pod-', 'x', 'member_']) {
    for (const load of loads(buildRing(ids(3, prefix), SLOTS))) assert.ok(load >= 82 && load <= 87, `${load}`);
  }
});

test('the order and repetition of ids make no difference', () => {
  fc.assert(
    fc.property(memberIds(1, 12), fc.infiniteStream(fc.nat()), (members, numbers) => {
      const shuffled = members
        .concat(members.slice(0, 3))
        .map((id) => ({ id, at: numbers.next().value ?? 0 }))
        .sort((one, other) => one.at - other.at)
        .map(({ id }) => id);
      const [ring, again] = [buildRing(members, SLOTS), buildRing(shuffled, SLOTS)];
      assert.deepEqual(again.members, ring.members);
      for (let slot = 0; slot < SLOTS; slot += 1) assert.deepEqual(again.successors(slot), ring.successors(slot));
    }),
    { numRuns: 30 },
  );
});

test('owner, successors and slotsOf agree, and every member is a successor once', () => {
  fc.assert(
    fc.property(memberIds(1, 12), (members) => {
      const ring = buildRing(members, SLOTS);
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const [owner = '', ...others] = ring.successors(slot);
        assert.equal(ring.owner(slot), owner);
        assert.ok(ring.slotsOf(owner).includes(slot));
        assert.deepEqual([owner, ...others].sort(), [...members].sort());
      }
    }),
    { numRuns: 30 },
  );
});

test('when an owner leaves, most of its slots go to their next successor', () => {
  const ring = buildRing(ids(6), SLOTS);
  const without = buildRing(ids(6).slice(1), SLOTS);
  const lost = ring.slotsOf('minotaur-0');
  const followed = lost.filter((slot) => without.owner(slot) === ring.successors(slot)[1]);
  assert.ok(followed.length >= 0.6 * lost.length, `${followed.length} of ${lost.length}`);
});

/**
 * What must move is what the joiner gets (or the leaver had). Beyond that, slots move between those that stay only because the
 * bound became another one: a slot that overflowed does so no more, or the other way round, each pushing at most a few others on.
 * Unbounded loads scatter by about the square root of a share, so a few percent of all slots overflow. Measured over 2,100 rings
 * of 256 slots, 1 to 20 members: 0 to 7 such moves on average, 15 at most. The bound here is twice that, an eighth of all slots.
 */
test('a join or leave moves what it must and at most an eighth of the slots besides, 3% on average', () => {
  let rings = 0;
  let besides = 0;
  fc.assert(
    fc.property(memberIds(2, 20), ([joiner = '', ...members]) => {
      const before = owners(buildRing(members, SLOTS), SLOTS);
      const after = owners(buildRing([...members, joiner], SLOTS), SLOTS);
      const moved = after.filter((owner, slot) => owner !== before[slot] && owner !== joiner).length;
      rings += 1;
      besides += moved;
      assert.ok(moved <= SLOTS / 8, `${moved} slots moved between members that stayed`);
    }),
    { numRuns: 200 },
  );
  assert.ok(besides / rings <= 0.03 * SLOTS, `${besides / rings} on average`);
});

test('20 members and 256 slots take well under 5 ms', () => {
  const members = ids(20);
  const times = Array.from({ length: 50 }, () => {
    const start = performance.now();
    buildRing(members, SLOTS);
    return performance.now() - start;
  });
  // The fastest of many: the machine may be busy with something else.
  assert.ok(Math.min(...times) < 5, `${Math.min(...times)} ms`);
});
