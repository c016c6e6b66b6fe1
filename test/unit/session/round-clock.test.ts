/**
 * Clocks of rounds, and what is kept of several of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  beginsHere,
  begunElsewhere,
  clockOf,
  goesOn,
  keptUntil,
  lengthened,
  newestClocks,
  type RoundClock,
  rings,
  started,
  uncommitted,
} from '../../../src/session/round-clock.ts';

const clocks: fc.Arbitrary<RoundClock> = fc
  .record({ deadline: fc.nat(5), byMs: fc.nat(9_000), isHere: fc.boolean(), isCommitted: fc.boolean() })
  .map(({ deadline, byMs, isHere, isCommitted }) => {
    if (!isHere) return begunElsewhere(deadline, byMs);
    const clock = beginsHere(deadline, 0, false);
    return isCommitted ? started(clock, 0).clock : clock;
  });

test('property: what is known of several rounds is bounded, the newest of each, and finds none for another deadline', () => {
  fc.assert(
    fc.property(fc.array(clocks, { maxLength: 2 }), fc.array(clocks, { maxLength: 3 }), (now, before) => {
      const known = newestClocks(now, before);
      assert.ok(known.length <= Math.max(3, now.length));
      for (const clock of now.slice(0, 1)) assert.equal(clockOf(clock.deadline, known), clock);
      assert.deepEqual(clockOf(99, known), begunElsewhere(99));
      assert.equal(clockOf(null, known), null);
    }),
  );
});

test('property: time that is set forward makes no round shorter, and one of elsewhere no more than 10 s longer', () => {
  fc.assert(
    fc.property(clocks, fc.nat(1_000_000), (clock, byMs) => {
      const longer = lengthened(clock, byMs);
      assert.ok(longer.byMs >= clock.byMs);
      if (!clock.begunHere) assert.ok(longer.byMs <= 10_000);
      else assert.equal(longer.byMs, clock.starting === null ? clock.byMs + byMs : 0);
    }),
  );
});

test('a clock runs from its commit: on time; late, which gives it its full time anew; or late again, which makes it last longer', () => {
  const soon = beginsHere(10_000, 0, false);
  assert.equal(rings(soon), null);
  assert.deepEqual(started(soon, 1_000), { clock: { ...soon, starting: null }, isLate: false });
  assert.equal(rings(started(soon, 1_000).clock), 10_000);
  assert.equal(started(soon, 1_001).isLate, true);
  const again = started(beginsHere(10_000, 0, true), 1_001);
  assert.deepEqual([rings(again.clock), again.isLate], [11_001, false]);
  assert.equal(rings(null), null);
});

test('a round goes on for what it has left; one whose beginning is not committed for its full time, if anybody knows that', () => {
  const soon = beginsHere(10_000, 4_000, false);
  assert.equal(goesOn(soon, 9_000), 6_000);
  assert.equal(goesOn(started(soon, 4_100).clock, 9_000), 1_000);
  assert.equal(goesOn(begunElsewhere(10_000, 500), 9_000), 1_500);
  assert.equal(goesOn(uncommitted(begunElsewhere(10_000), 0), 9_000), null);
  assert.equal(goesOn(uncommitted(begunElsewhere(10_000), Number.POSITIVE_INFINITY), 9_000), 1_000);
  assert.equal(goesOn(null, 9_000), null);
});

test('property: what the owner before says makes a round longer, by more than 250 ms and at most by 10 s, or changes nothing', () => {
  fc.assert(
    fc.property(clocks, fc.integer({ min: -20_000, max: 40_000 }), (clock, endsAt) => {
      const kept = keptUntil(clock, endsAt);
      if (kept === clock)
        return assert.ok(
          clock.starting !== null || endsAt - clock.deadline <= clock.byMs + 250 || clock.byMs + 250 >= 10_000,
        );
      assert.ok(kept.byMs > clock.byMs + 250 && kept.byMs <= 10_000);
      assert.equal(rings(kept), Math.min(endsAt, clock.deadline + 10_000));
    }),
  );
});
