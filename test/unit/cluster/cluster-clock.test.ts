/** Cluster time: what it is made of, and what it does when the store's clock or its own jumps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterClock, type Held } from '../../../src/cluster/cluster-clock.ts';

/** The store's clock at monotonic 0. */
const EPOCH = 1_000_000_000_000;
const HOUR = 3_600_000;

/** One member's clock, stamped every 100 ms by a store whose answers take 2 ms. */
class Stamped {
  readonly clock = new ClusterClock();
  monotonic = 0;
  storeOffset = EPOCH;
  readonly jumps: number[] = [];

  stamp(tookMs = 2): void {
    const sentAt = this.monotonic;
    this.monotonic += tookMs;
    const storeTime = Math.floor(sentAt + tookMs / 2 + this.storeOffset);
    const jump = this.clock.stamped({ sentAt, receivedAt: this.monotonic, storeTime }, this.monotonic);
    if (jump !== 0) this.jumps.push(jump);
  }

  run(ms: number): this {
    for (const end = this.monotonic + ms; this.monotonic < end; this.monotonic += 98) this.stamp();
    return this;
  }

  /** How far time is from where it would be if the store's clock had never jumped. */
  get aheadMs(): number {
    return this.clock.now(this.monotonic) - (this.monotonic + EPOCH);
  }
}

function near(actual: number, expected: number, within: number): void {
  assert.ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);
}

test('there is no time before the first stamp', () => {
  const clock = new ClusterClock();
  assert.equal(clock.isKnown, false);
  assert.equal(clock.announcement(0), null);
  assert.throws(() => clock.now(0), /no cluster time/);
});

test('it shows what the store shows, and how far off it may be', () => {
  const one = new Stamped().run(1_000);
  near(one.aheadMs, 0, 2);
  assert.ok(one.clock.uncertainty(one.monotonic) < 10);
  // Clocks drift apart while nothing is heard of the store.
  one.monotonic += 10_000;
  near(one.clock.uncertainty(one.monotonic), 600, 20);
});

test('a slow answer does not spoil what quick ones said', () => {
  const one = new Stamped().run(1_000);
  one.stamp(2_000);
  near(one.aheadMs, 0, 130);
  assert.ok(one.clock.uncertainty(one.monotonic) < 150);
  assert.deepEqual(one.jumps, []);
});

test('a first stamp that was slow is corrected without a step, and is no jump', () => {
  const one = new Stamped();
  one.clock.stamped({ sentAt: 0, receivedAt: 2_000, storeTime: EPOCH + 1_990 }, 2_000);
  one.monotonic = 2_000;
  const before = one.clock.now(one.monotonic);
  one.stamp();
  near(one.clock.now(one.monotonic) - before, 2, 1);
  one.run(20_000);
  near(one.aheadMs, 0, 3);
  assert.deepEqual(one.jumps, []);
});

for (const jumpMs of [HOUR, -HOUR, 1_000, -1_000]) {
  test(`a jump of the store's clock by ${jumpMs} ms is reported and held off, and undone by the jump back`, () => {
    const one = new Stamped().run(10_000);
    one.storeOffset += jumpMs;
    one.run(4_000);
    assert.equal(one.jumps.length, 1);
    near(one.jumps[0] ?? 0, jumpMs, 10);
    near(one.clock.heldMs(one.monotonic), -jumpMs, 100);
    near(one.aheadMs, 0, 100);
    one.storeOffset -= jumpMs;
    one.run(10_000);
    assert.equal(one.jumps.length, 2);
    near(one.aheadMs, 0, 100);
    near(one.clock.heldMs(one.monotonic), 0, 100);
  });
}

test("a jump that lasts is given back, at two hundredths of the store's time", () => {
  const one = new Stamped().run(1_000);
  one.storeOffset += 10_000;
  one.run(100_000);
  near(one.aheadMs, 2_000, 50);
  one.run(500_000);
  near(one.aheadMs, 10_000, 5);
  assert.equal(one.clock.heldMs(one.monotonic), 0);
});

test('who has just started takes over what others hold off; who has been there is not moved by them', () => {
  const old = new Stamped().run(10_000);
  old.storeOffset += HOUR;
  old.run(3_000);
  const announced = old.clock.announcement(old.monotonic);
  assert.ok(announced !== null);
  const young = new Stamped();
  young.monotonic = old.monotonic;
  young.storeOffset = old.storeOffset;
  young.stamp();
  assert.equal(young.clock.announcement(young.monotonic), null, 'nobody goes by one that knows nothing');
  near(young.clock.agree([announced], young.monotonic), -HOUR, 200);
  near(young.aheadMs, old.aheadMs, 20);
  assert.equal(old.clock.agree([announced], old.monotonic), 0);
});

/** How long it takes until the clock agrees with others that hold off nothing; null: it does not within 20 s. */
function agreesAfter(one: Stamped, others: readonly Held[]): number | null {
  const since = one.monotonic;
  while (one.monotonic - since < 20_000) {
    one.run(100);
    if (one.clock.agree(others, one.monotonic) !== 0) return one.monotonic - since;
  }
  return null;
}

test('one that was suspended follows the others, once they have had the time to see the same', () => {
  const one = new Stamped().run(10_000);
  // Its monotonic clock stood still.
  one.storeOffset += HOUR;
  const tookMs = agreesAfter(one, [{ ms: 0, since: 0 }]) ?? 0;
  near(tookMs, 5_100, 200);
  near(one.aheadMs, HOUR, 10);
});

test('a jump that all see moves nobody, and neither does one who holds off more', () => {
  const one = new Stamped().run(10_000);
  one.storeOffset += HOUR;
  one.run(200);
  assert.equal(agreesAfter(one, [{ ms: -HOUR, since: one.monotonic + one.storeOffset }]), null);
  assert.equal(agreesAfter(new Stamped().run(10_000), [{ ms: -HOUR, since: 10_000 + EPOCH }]), null);
});

test('others that agree in between are waited for anew', () => {
  const one = new Stamped().run(10_000);
  one.storeOffset += HOUR;
  one.run(4_000);
  one.clock.agree([{ ms: 0, since: 0 }], one.monotonic);
  one.run(4_000);
  one.clock.agree([], one.monotonic);
  one.run(2_000);
  assert.equal(one.clock.agree([{ ms: 0, since: 0 }], one.monotonic), 0);
});

test('one that has not heard from the store lately neither tells nor follows', () => {
  const one = new Stamped().run(10_000);
  one.storeOffset += HOUR;
  one.run(200);
  assert.notEqual(one.clock.announcement(one.monotonic), null);
  one.monotonic += 3_100;
  assert.equal(one.clock.announcement(one.monotonic), null);
  one.clock.agree([{ ms: 0, since: 0 }], one.monotonic);
  one.monotonic += 6_000;
  assert.equal(one.clock.agree([{ ms: 0, since: 0 }], one.monotonic), 0);
});
