/**
 * Pauses after failures: twice as long each time, up to a limit, until it works again.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Backoff } from '../../../../src/member/kit/backoff.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let clock: ManualClock;
let backoff: Backoff;

beforeEach(() => {
  clock = new ManualClock();
  backoff = new Backoff(clock, { firstMs: 1_000, factor: 2, longestMs: 30_000 });
});

/** Fails once more and answers how long the pause is. */
async function pauseAfterFailure(target: string): Promise<number> {
  backoff.failed(target);
  const since = clock.monotonic();
  while (!backoff.isOver(target)) await clock.advance(250);
  return clock.monotonic() - since;
}

test('nothing is held back that has not failed', () => {
  assert.equal(backoff.isOver('a'), true);
});

test('pauses double from the first to the longest', async () => {
  const pauses: number[] = [];
  for (let failure = 0; failure < 7; failure += 1) pauses.push(await pauseAfterFailure('a'));
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('failures that were under way together count once', async () => {
  backoff.failed('a');
  await clock.advance(500);
  for (let more = 0; more < 5; more += 1) backoff.failed('a');
  await clock.advance(500);
  assert.equal(backoff.isOver('a'), true, 'they do not prolong it');
  assert.equal(await pauseAfterFailure('a'), 2_000, 'nor the next one');
});

test('success forgets, and ends a pause', async () => {
  for (let failure = 0; failure < 3; failure += 1) await pauseAfterFailure('a');
  backoff.failed('a');
  backoff.succeeded('a');
  assert.equal(backoff.isOver('a'), true);
  assert.equal(await pauseAfterFailure('a'), 1_000);
});

test('each target has its own', async () => {
  await pauseAfterFailure('a');
  backoff.failed('a');
  assert.equal(backoff.isOver('b'), true);
  assert.equal(await pauseAfterFailure('b'), 1_000);
});
