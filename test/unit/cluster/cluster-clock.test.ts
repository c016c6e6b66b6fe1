/** Cluster time: what it is made of, and what it does when the store's clock or its own jumps. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterClock, type Held, type Left } from '../../../src/cluster/cluster-clock.ts';

/** The store's clock at monotonic 0. */
const EPOCH = 1_000_000_000_000;
const HOUR = 3_600_000;

/** One member's clock, stamped every 100 ms by a store whose answers take 2 ms. */
class Stamped {
  readonly clock = new ClusterClock();
  monotonic = 0;
  storeOffset = EPOCH;
  readonly jumps: number[] = [];
  /** What others announce, and by how much that corrected it. */
  others: readonly Held[] = [];
  /** What was announced last by those who are gone. */
  last: Left | null = null;
  readonly corrections: number[] = [];

  stamp(tookMs = 2): void {
    const sentAt = this.monotonic;
    this.monotonic += tookMs;
    const storeTime = Math.floor(sentAt + tookMs / 2 + this.storeOffset);
    const jump = this.clock.stamped({ sentAt, receivedAt: this.monotonic, storeTime }, this.monotonic);
    if (jump !== 0) this.jumps.push(jump);
    const correction = this.clock.agree(this.others, this.monotonic, this.last);
    if (correction !== 0) this.corrections.push(correction);
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
  for (let stamp = 1; stamp <= 5; stamp += 1) {
    assert.equal(one.clock.isKnown, false, 'one that answers slowly may yet answer quickly');
    const sentAt = one.monotonic;
    one.monotonic += 2_000;
    const storeTime = one.monotonic - 10 + EPOCH;
    one.clock.stamped({ sentAt, receivedAt: one.monotonic, storeTime }, one.monotonic);
  }
  near(one.aheadMs, 1_000, 20);
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

test('how long ago the store wrote something is never said to be more than it was, however slow its answers are', () => {
  const one = new Stamped().run(1_000);
  const writtenAt = Math.floor(one.monotonic + one.storeOffset);
  near(one.clock.leastSince(writtenAt, one.monotonic), 0, 10);
  // Each request is under way for seconds, its answer is here at once: the middle is far ahead of the store's clock.
  for (let slow = 0; slow < 4; slow += 1) {
    const sentAt = one.monotonic;
    one.monotonic += 4_000;
    const storeTime = Math.floor(one.monotonic + one.storeOffset);
    one.clock.stamped({ sentAt, receivedAt: one.monotonic, storeTime }, one.monotonic);
    const sinceMs = one.monotonic + one.storeOffset - writtenAt;
    const saidMs = one.clock.leastSince(writtenAt, one.monotonic);
    assert.ok(saidMs <= sinceMs + 1 && saidMs >= sinceMs - 300, `${saidMs} of ${sinceMs} ms`);
  }
  assert.equal(one.clock.leastSince(writtenAt + HOUR, one.monotonic), 0, 'nothing is younger than now');
});

test('what was written before a jump that is held off may be younger by that; what was written after it is not', () => {
  const one = new Stamped().run(1_000);
  const before = Math.floor(one.monotonic + one.storeOffset);
  one.storeOffset += 60_000;
  one.run(3_000);
  const after = Math.floor(one.monotonic + one.storeOffset);
  one.run(2_000);
  const sinceBefore = one.clock.leastSince(before, one.monotonic);
  assert.ok(sinceBefore <= 5_300 && sinceBefore > 4_800, `${sinceBefore} ms`);
  near(one.clock.leastSince(after, one.monotonic), 2_000, 20);
});

/** One that has held off a jump by an hour for three seconds. */
function heldOff(): Stamped {
  const one = new Stamped().run(10_000);
  one.storeOffset += HOUR;
  return one.run(3_000);
}

test('who has just started takes over at once what others hold off', () => {
  const old = heldOff();
  const announced = old.clock.announcement(old.monotonic);
  assert.ok(announced !== null);
  const young = new Stamped();
  young.others = [announced, { ms: -2 * HOUR, since: old.monotonic + old.storeOffset }];
  young.monotonic = old.monotonic;
  young.storeOffset = old.storeOffset;
  assert.equal(young.clock.isCompared, false);
  young.stamp();
  assert.equal(young.clock.isCompared, true);
  near(young.corrections[0] ?? 0, -HOUR, 200);
  near(young.aheadMs, old.aheadMs, 20);
  assert.notEqual(young.clock.announcement(young.monotonic), null, 'others vouch for it');
});

/** Comes 5 s after `old` has gone; meanwhile the store's clock was set by `jumpMs`. */
function heirOf(old: Stamped, jumpMs: number): Stamped {
  const announced = old.clock.announcement(old.monotonic);
  assert.ok(announced !== null);
  const heir = new Stamped();
  heir.last = { ...announced, leftAt: old.monotonic + old.storeOffset };
  heir.monotonic = old.monotonic + 5_000;
  heir.storeOffset = old.storeOffset + jumpMs;
  heir.stamp();
  return heir;
}

/** One that was left with a clock of the store that is an hour behind. */
function leftBehind(): Stamped {
  const one = new Stamped().run(10_000);
  one.storeOffset -= HOUR;
  return one.run(3_000);
}

test('who comes when all are gone holds off what they held off', () => {
  const heir = heirOf(heldOff(), 0);
  near(heir.aheadMs, 0, 250);
  near(heir.corrections[0] ?? 0, -HOUR, 300);
  assert.notEqual(heir.clock.announcement(heir.monotonic), null, 'it has its time from others');
});

test('its time is never behind the one that was left, nor further ahead than it must be', () => {
  for (const [what, heir, aheadMs] of [
    ['ahead, and put right while nobody was there', heirOf(heldOff(), -HOUR), -5_000],
    ['set back while nobody was there', heirOf(new Stamped().run(10_000), -HOUR), -5_000],
    ['behind all the time', heirOf(leftBehind(), 0), -5_000],
    ['put right meanwhile', heirOf(leftBehind(), HOUR), 0],
  ] as const) {
    assert.ok(Math.abs(heir.aheadMs - aheadMs) < 300, `${what}: ${heir.aheadMs} ms`);
  }
});

test('nobody who has a time of its own inherits one, nor who has others to go by', () => {
  const own = heldOff();
  const last = { ms: 0, since: 0, leftAt: own.monotonic + own.storeOffset };
  own.last = last;
  own.clock.rejoin();
  own.stamp();
  const young = new Stamped();
  young.others = [{ ms: 0, since: 0 }];
  young.last = { ...last, leftAt: EPOCH + HOUR };
  young.stamp();
  assert.deepEqual([own.corrections, young.corrections], [[], []]);
});

test('nobody goes by one that has just come and found nobody to go by', () => {
  const young = new Stamped();
  young.stamp();
  assert.equal(young.clock.isCompared, true);
  young.run(4_800);
  assert.equal(young.clock.announcement(young.monotonic), null);
  young.run(300);
  assert.notEqual(young.clock.announcement(young.monotonic), null);
});

test('one that was suspended follows the others, once they have had the time to see the same, and without a step', () => {
  const one = new Stamped().run(10_000);
  one.others = [{ ms: 0, since: 0 }];
  // Its monotonic clock stood still.
  one.storeOffset += 1_000;
  one.run(4_900);
  assert.deepEqual(one.corrections, []);
  near(one.aheadMs, 100, 50);
  one.run(300);
  near(one.corrections[0] ?? 0, 900, 50);
  near(one.aheadMs, 120, 50);
  assert.equal(one.clock.steppedMs, 0);
  one.run(15_000);
  near(one.aheadMs, 1_000, 5);
});

test('one that was suspended for longer steps: gateways more than a second apart would judge receive times wrongly', () => {
  const one = new Stamped().run(10_000);
  one.others = [{ ms: 0, since: 0 }];
  one.storeOffset += 2_000;
  one.run(5_200);
  near(one.clock.steppedMs, 1_900, 50);
  near(one.aheadMs, 2_000, 5);
});

test('one that was born while the clock of the store was wrong steps, for it would take hours otherwise', () => {
  const one = new Stamped();
  one.storeOffset += HOUR;
  one.run(10_000);
  one.storeOffset -= HOUR;
  one.others = [{ ms: 0, since: 0 }];
  one.run(5_300);
  near(one.corrections[0] ?? 0, -HOUR, 200);
  near(one.aheadMs, 0, 5);
});

test('one that joins again steps to the time of the others', () => {
  const one = heldOff();
  one.others = [{ ms: 0, since: 0 }];
  one.clock.rejoin();
  assert.deepEqual([one.clock.isKnown, one.clock.isCompared], [true, false]);
  one.stamp();
  near(one.corrections[0] ?? 0, HOUR, 100);
  assert.equal(one.clock.steppedMs, one.corrections[0]);
  near(one.aheadMs, HOUR, 5);
});

test('a jump that all see moves nobody, and neither does one who holds off more', () => {
  const one = heldOff();
  one.others = [{ ms: -HOUR, since: one.monotonic + one.storeOffset }];
  const other = new Stamped().run(10_000);
  other.others = [{ ms: -HOUR, since: 10_000 + EPOCH }];
  assert.deepEqual([one.run(20_000).corrections, other.run(20_000).corrections], [[], []]);
});

test('others that fall silent in between are waited for anew', () => {
  const one = heldOff();
  for (let time = 0; time < 5; time += 1) {
    one.others = [{ ms: 0, since: 0 }];
    one.run(4_000);
    one.others = [];
    one.run(100);
  }
  assert.deepEqual(one.corrections, []);
});

test('one that has not heard from the store lately neither tells nor follows', () => {
  const one = heldOff();
  assert.notEqual(one.clock.announcement(one.monotonic), null);
  one.monotonic += 3_100;
  assert.equal(one.clock.announcement(one.monotonic), null);
  one.clock.agree([{ ms: 0, since: 0 }], one.monotonic);
  one.monotonic += 6_000;
  assert.equal(one.clock.agree([{ ms: 0, since: 0 }], one.monotonic), 0);
});
