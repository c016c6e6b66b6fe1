/**
 * The receive time of requests, around times in which the process stood still.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceiveClock } from '../../../../src/member/gateway/receive-clock.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

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
    assert.equal(receiveClock.received().at, clock.monotonic());
  }
});

test('what is read after the process stood still may have come at its beginning', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  assert.equal(receiveClock.received().at, before);
  await clock.advance(900);
  assert.equal(receiveClock.received().at, before, 'it may have waited behind others');
  await clock.advance(200);
  assert.equal(receiveClock.received().at, clock.monotonic());
});

test('the timer that notices the gap first does not hide it', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  await clock.advance(100);
  assert.equal(receiveClock.received().at, before);
});

test('a second gap soon after the first: what waited in the first may still wait', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  clock.stoodStillMs = 400;
  await clock.advance(100);
  clock.stoodStillMs = 5_000;
  await clock.advance(200);
  assert.equal(receiveClock.received().at, before);
  await clock.advance(1_100);
  assert.equal(receiveClock.received().at, clock.monotonic());
});

test('a process that stands still now and then for minutes gives no times from minutes ago', async () => {
  const { clock, receiveClock } = started();
  for (let round = 0; round < 200; round += 1) {
    clock.stoodStillMs += 300;
    await clock.advance(200);
    const { at, waited } = receiveClock.received();
    assert.ok(waited);
    // Of each round it is seen to run for 100 ms: after ten it has run for a second.
    assert.ok(clock.monotonic() - at <= 11 * 500, `${clock.monotonic() - at} ms`);
  }
  await clock.advance(1_100);
  assert.deepEqual(receiveClock.received(), { at: clock.monotonic(), waited: false });
});

test('one that hardly ever runs remembers few gaps, and the oldest is the one that counts', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  const before = clock.monotonic();
  for (let round = 0; round < 300; round += 1) {
    clock.stoodStillMs += 300;
    receiveClock.received();
    await clock.advance(3);
    assert.equal(receiveClock.received().at, before);
    assert.ok(Reflect.get(receiveClock, 'gaps').length <= 11);
  }
});

test('a wall clock that jumps changes nothing', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  for (const ms of [3_600_000, -7_200_000]) {
    clock.jumpWall(ms);
    assert.equal(receiveClock.received().at, clock.monotonic());
  }
});

test('a short delay is none', async () => {
  const { clock, receiveClock } = started();
  await clock.advance(1_000);
  clock.stoodStillMs = 100;
  assert.equal(receiveClock.received().at, clock.monotonic());
});
