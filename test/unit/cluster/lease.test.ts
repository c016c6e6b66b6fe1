/** The lease: from sending, by both clocks, never again by what was sent before a drop. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Lease } from '../../../src/cluster/lease.ts';

const WALL = 1_700_000_000_000;
/** A lease of 50 ms, whose renewal was sent at 1,000 by the monotonic clock. */
const granted = () => {
  const lease = new Lease(50);
  lease.granted(1_000, WALL);
  return lease;
};

describe('a lease', () => {
  test('is not valid before the first grant', () => {
    assert.equal(new Lease(50).valid(0, 0), false);
    assert.equal(new Lease(50).valid(10, WALL), false);
  });

  const cases: readonly (readonly [string, number, number, boolean])[] = [
    ['at once', 1_000, WALL, true],
    ['just before its end', 1_049.9, WALL + 49, true],
    ['at its end by the monotonic clock', 1_050, WALL + 49, false],
    ['at its end by the wall clock', 1_049, WALL + 50, false],
    ['when the machine slept and the monotonic clock stood still', 1_001, WALL + 60_000, false],
    ['when the wall clock was set back a little', 1_049, WALL + 10, true],
    ['when the wall clock was set back before the grant', 1_010, WALL - 1, false],
    ['when the wall clock was set back for hours', 2_000, WALL + 10, false],
  ];
  for (const [when, monotonic, wall, expected] of cases) {
    test(`${expected ? 'is' : 'is not'} valid ${when}`, () => {
      assert.equal(granted().valid(monotonic, wall), expected);
    });
  }

  test('counts from the newest renewal sent, in whatever order they are acknowledged', () => {
    const lease = granted();
    lease.granted(1_040, WALL + 40);
    lease.granted(1_020, WALL + 20);
    assert.equal(lease.valid(1_085, WALL + 85), true);
    assert.equal(lease.valid(1_090, WALL + 90), false);
  });

  test('is over once dropped, until a renewal that was sent later', () => {
    const lease = granted();
    lease.drop(1_010);
    assert.equal(lease.valid(1_010, WALL + 10), false);
    lease.granted(1_005, WALL + 5);
    lease.granted(1_010, WALL + 10);
    assert.equal(lease.valid(1_011, WALL + 11), false);
    lease.granted(1_012, WALL + 12);
    assert.equal(lease.valid(1_012, WALL + 12), true);
  });

  test('is never valid when leaseMs have passed since every renewal sent, whatever the order of grants and drops', () => {
    const step = fc.record({ sent: fc.integer({ min: 0, max: 500 }), drop: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 0, max: 600 }), (steps, now) => {
        const lease = new Lease(50);
        const counting: number[] = [];
        for (const { sent, drop } of steps) {
          if (drop) lease.drop(sent);
          else lease.granted(sent, WALL + sent);
          if (!drop) counting.push(sent);
        }
        const isRecent = counting.some((sent) => now - sent < 50);
        assert.ok(isRecent || !lease.valid(now, WALL + now));
      }),
    );
  });
});
