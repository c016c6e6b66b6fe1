/** What holds for cluster time in every world: it is slewed, members agree on it, and no jump of the store's clock makes it run wild. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ClusterClock } from '../../../src/cluster/cluster-clock.ts';

const EPOCH = 1_000_000_000_000;
const HOUR = 3_600_000;
const LOOK_MS = 200;
const RUNS = { numRuns: 40 };

interface Script {
  /** How fast each member's monotonic clock runs. */
  readonly rates: readonly number[];
  /** For each member, one after the other: how long it waits for its next renewal, how long that is under way, how late its stamp is seen. */
  readonly renewals: readonly (readonly {
    readonly waitMs: number;
    readonly tookMs: number;
    readonly lateMs: number;
  }[])[];
  readonly jumps: readonly { readonly at: number; readonly ms: number }[];
}

const renewal = fc.record({
  waitMs: fc.integer({ min: 50, max: 1_000 }),
  tookMs: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 20, max: 1_500 })),
  lateMs: fc.oneof({ weight: 10, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 1_000 })),
});
const rate = fc.double({ min: 0.95, max: 1.05, noNaN: true });
const jump = fc.record({
  at: fc.integer({ min: 20_000, max: 60_000 }),
  ms: fc.oneof(fc.integer({ min: 1_000, max: 2 * HOUR }), fc.integer({ min: -2 * HOUR, max: -1_000 })),
});
const script = (jumps: fc.Arbitrary<Script['jumps']>): fc.Arbitrary<Script> =>
  fc.record({
    rates: fc.tuple(rate, rate),
    renewals: fc.tuple(
      fc.array(renewal, { minLength: 60, maxLength: 100 }),
      fc.array(renewal, { minLength: 60, maxLength: 100 }),
    ),
    jumps,
  });
const anyJumps = fc.array(jump, { maxLength: 4 }).map((jumps) => jumps.sort((one, other) => one.at - other.at));

interface Shown {
  readonly at: number;
  readonly monotonic: number;
  readonly now: number;
  readonly uncertainty: number;
  readonly quietMs: number;
}

/** What each member's clock shows, every `LOOK_MS` of true time. */
function play({ rates, renewals, jumps }: Script): readonly (readonly Shown[])[] {
  const store = (at: number) => EPOCH + at + jumps.reduce((sum, each) => (each.at <= at ? sum + each.ms : sum), 0);
  return rates.map((each, index) => {
    const monotonic = (at: number) => 7_000 + at * each;
    const clock = new ClusterClock();
    const shown: Shown[] = [];
    let looked = 0;
    let heardAt = 0;
    let at = 0;
    const lookUntil = (end: number) => {
      for (; looked < end; looked += LOOK_MS) {
        if (!clock.isKnown) continue;
        const mono = monotonic(looked);
        const [now, uncertainty] = [clock.now(mono), clock.uncertainty(mono)];
        shown.push({ at: looked, monotonic: mono, now, uncertainty, quietMs: looked - heardAt });
      }
    };
    for (const { waitMs, tookMs, lateMs } of renewals[index] ?? []) {
      const sent = at + waitMs;
      const received = sent + tookMs;
      const storeTime = Math.floor(store(sent + tookMs * 0.7));
      at = received + lateMs;
      lookUntil(at);
      clock.stamped({ sentAt: monotonic(sent), receivedAt: monotonic(received), storeTime }, monotonic(at));
      heardAt = at;
    }
    return shown;
  });
}

test('it is slewed: never back, never faster or slower than a tenth, whatever the store shows', () => {
  fc.assert(
    fc.property(script(anyJumps), (world) => {
      for (const shown of play(world)) {
        for (let index = 1; index < shown.length; index += 1) {
          const [before, after] = [shown[index - 1] as Shown, shown[index] as Shown];
          const passed = after.monotonic - before.monotonic;
          const went = after.now - before.now;
          assert.ok(went >= 0.9 * passed - 1 && went <= 1.1 * passed + 1, `${went} in ${passed} ms`);
        }
      }
    }),
    RUNS,
  );
});

test("without jumps it is within its own uncertainty of the store's clock", () => {
  fc.assert(
    fc.property(script(fc.constant([])), (world) => {
      for (const { at, now, uncertainty } of play(world).flat()) {
        assert.ok(Math.abs(now - (EPOCH + at)) <= uncertainty + 2, `${now - EPOCH - at} ms off, not ${uncertainty}`);
      }
    }),
    RUNS,
  );
});

test('members agree within what they know to be uncertain, and under a second for each jump, which slow answers blur', () => {
  fc.assert(
    fc.property(script(anyJumps), (world) => {
      const [one, other] = play(world) as [readonly Shown[], readonly Shown[]];
      const others = new Map(other.map((shown) => [shown.at, shown]));
      const slackMs = 50 + 700 * world.jumps.length;
      for (const shown of one) {
        const theirs = others.get(shown.at);
        if (theirs === undefined) continue;
        const apart = Math.abs(shown.now - theirs.now);
        const bound = shown.uncertainty + theirs.uncertainty + slackMs;
        assert.ok(apart <= bound, `${apart} ms apart at ${shown.at}, allowed are ${bound}`);
      }
    }),
    RUNS,
  );
});

test('a jump of the store moves it by no more than a fiftieth of what has passed since', () => {
  fc.assert(
    fc.property(script(anyJumps), (world) => {
      const first = world.jumps[0]?.at ?? Number.POSITIVE_INFINITY;
      for (const { at, now, uncertainty } of play(world).flat()) {
        const givenBackMs = 0.02 * 1.1 * Math.max(0, at - first);
        const bound = givenBackMs + uncertainty + 50 + 700 * world.jumps.length;
        assert.ok(Math.abs(now - (EPOCH + at)) <= bound, `${now - EPOCH - at} ms off, not ${bound}`);
      }
    }),
    RUNS,
  );
});
