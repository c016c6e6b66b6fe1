/**
 * The receive time of requests, around times in which the process stood still.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveClock } from '../../../src/member/receive-clock.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A clock whose timers a test lets stand still: time goes on, nothing runs. */
class StallingClock extends ManualClock {
  stoodStillMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.stoodStillMs;
  }
}

function started() {
  const clock = new StallingClock();
  const receiveClock = new ReceiveClock(clock);
  return { clock, receiveClock };
}

test('while the process runs, a request is received now', async () => {
  const { clock, receiveClock } = started();
  for (const ms of [1, 99, 100, 250, 1_234]) {
    await clock.advance(ms);
    assert.equal(receiveClock.receivedAt(), clock.monotonic());
  }
});

test('what is read after the process stood still may have come at its beginning', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  assert.equal(receiveClock.receivedAt(), before);
  await clock.advance(900);
  assert.equal(receiveClock.receivedAt(), before, 'it may have waited behind others');
  await clock.advance(200);
  assert.equal(receiveClock.receivedAt(), clock.monotonic());
});

test('the timer that notices the gap first does not hide it', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  await clock.advance(100);
  assert.equal(receiveClock.receivedAt(), before);
});

test('a second gap soon after the first: what waited in the first may still wait', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  await clock.advance(100);
  clock.stoodStillMs = 5_000;
  await clock.advance(200);
  assert.equal(receiveClock.receivedAt(), before);
  await clock.advance(1_100);
  assert.equal(receiveClock.receivedAt(), clock.monotonic());
});

test('a wall clock that jumps changes nothing', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  for (const ms of [3_600_000, -7_200_000]) {
    clock.jumpWall(ms);
    assert.equal(receiveClock.receivedAt(), clock.monotonic());
  }
});

test('a short delay is none', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  clock.stoodStillMs = 100;
  assert.equal(receiveClock.receivedAt(), clock.monotonic());
});
