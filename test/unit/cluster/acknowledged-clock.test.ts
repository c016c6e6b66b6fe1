/** The acknowledged clock: stands still in gaps of mine, and what grace they leave behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AcknowledgedClock } from '../../../src/cluster/acknowledged-clock.ts';

/** Heartbeat 100: it runs for 250 ms on each acknowledgement. */
function clockWith(...acks: readonly number[]): AcknowledgedClock {
  const clock = new AcknowledgedClock({ heartbeatMs: 100, suspectMs: 2_500 });
  for (const at of acks) clock.acknowledged(at);
  return clock;
}

test('shows nothing and does not run before the first acknowledgement', () => {
  assert.deepEqual([clockWith().reading(5_000), clockWith().isRunning(5_000)], [0, false]);
});

test('runs for two and a half heartbeats on each acknowledgement', () => {
  const clock = clockWith(1_000, 1_100, 1_300);
  assert.deepEqual([clock.reading(1_300), clock.reading(1_550), clock.reading(9_000)], [300, 550, 550]);
  assert.deepEqual([clock.isRunning(1_550), clock.isRunning(1_551)], [true, false]);
  clock.acknowledged(9_000);
  assert.deepEqual([clock.reading(9_000), clock.reading(9_010)], [550, 560]);
});

test('tells how long until a reading, or that it takes another acknowledgement', () => {
  const clock = clockWith(1_000, 1_100);
  const untils = [90, 150, 350, 351].map((reading) => clock.msUntil(reading, 1_110));
  assert.deepEqual(untils, [0, 40, 240, Number.POSITIVE_INFINITY]);
});

const flowing = [1_000, 1_100, 1_200, 1_300, 1_400];

test('gives suspectMs and two heartbeats of grace to whom was heard before the first acknowledgement', () => {
  const clock = clockWith(1_000);
  assert.deepEqual([clock.graceOf(900), clock.graceOf(1_000), clock.graceOf(1_001)], [2_700, 2_700, 0]);
});

test('gives the gap and two heartbeats of grace to whom was not heard since, at most suspectMs', () => {
  // At the first acknowledgement after the gap it shows 400 + 250.
  assert.equal(clockWith(...flowing, 12_400).graceOf(1_500), 650 + 2_500 + 200);
  const seconds = Array.from({ length: 40 }, (_, index) => 1_500 + 100 * index);
  const later = clockWith(...flowing, ...seconds, 6_000);
  assert.equal(later.graceOf(5_999), later.reading(6_000) + 600 + 200);
  assert.equal(later.graceOf(6_001), 0);
});

test('gives none for a late renewal that is within its run', () => {
  assert.equal(clockWith(...flowing, 1_650).graceOf(1_500), 0);
  assert.notEqual(clockWith(...flowing, 1_651).graceOf(1_500), 0);
});

test('a second gap does not shorten the grace of the first', () => {
  assert.equal(clockWith(...flowing, 8_400, 8_500, 8_900).graceOf(1_500), 650 + 2_700);
});

test('two gaps in a row are two gaps, the second over twice as long as intervals otherwise are', () => {
  const clock = clockWith(...Array.from({ length: 40 }, (_, index) => 1_500 + 100 * index), 6_100, 7_490);
  assert.equal(clock.graceOf(5_000), clock.reading(7_490) + 1_390 + 200);
});

test('intervals that are long as a rule are no gaps: grace is not renewed by each', () => {
  const slow = Array.from({ length: 20 }, (_, index) => 1_000 + 500 * index);
  const clock = clockWith(...slow);
  assert.ok(clock.reading(10_500) >= clock.graceOf(900), 'the grace of the start has been used up');
  // An interval that is long even for this NATS is a gap again.
  clock.acknowledged(11_501);
  assert.equal(clock.graceOf(900), clock.reading(11_501) + 1_200 + 1);
});
