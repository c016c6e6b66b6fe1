/**
 * Alarms: never before their time by the wall clock, and noticed when that clock jumps.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { Alarms } from '../../../src/member/alarms.ts';
import { ManualClock } from '../../support/manual-clock.ts';

let clock: ManualClock;
let alarms: Alarms;
let rung: { gameId: string; at: number }[];

beforeEach(() => {
  clock = new ManualClock();
  rung = [];
  alarms = new Alarms(clock, (slot, gameId) => rung.push({ gameId: `${slot}.${gameId}`, at: clock.wall() }));
});

const ids = (): string[] => rung.map(({ gameId }) => gameId);

test('it rings at its time, once', async () => {
  const at = clock.wall() + 2_500;
  alarms.set(at, 3, 'A');
  await clock.advance(2_499);
  assert.deepEqual(rung, []);
  await clock.advance(1);
  assert.deepEqual(rung, [{ gameId: '3.A', at }]);
  await clock.advance(60_000);
  assert.equal(rung.length, 1);
});

test('a time that has passed rings at once, but not within the call', async () => {
  alarms.set(clock.wall() - 5_000, 1, 'A');
  assert.deepEqual(ids(), []);
  await clock.advance(0);
  assert.deepEqual(ids(), ['1.A']);
});

test('in the order of their times, whenever they were set', async () => {
  for (const ms of [700, 20, 5_000, 300, 20]) alarms.set(clock.wall() + ms, ms, 'A');
  await clock.advance(400);
  alarms.set(clock.wall() + 10, 410, 'A');
  await clock.advance(10_000);
  assert.deepEqual(ids(), ['20.A', '20.A', '300.A', '410.A', '700.A', '5000.A']);
});

test('one that is nearly due waits for its own time', async () => {
  const start = clock.wall();
  for (const ms of [100, 101, 104]) alarms.set(start + ms, 1, 'A');
  await clock.advance(200);
  assert.deepEqual(
    rung.map(({ at }) => at - start),
    [100, 101, 104],
  );
});

test('whoever is woken may set the next one', async () => {
  let left = 3;
  alarms = new Alarms(clock, (slot, gameId) => {
    rung.push({ gameId, at: clock.wall() });
    left -= 1;
    if (left > 0) alarms.set(clock.wall() + 50, slot, gameId);
  });
  alarms.set(clock.wall() + 50, 1, 'A');
  await clock.advance(200);
  assert.equal(rung.length, 3);
});

test('a wall clock that jumps ahead is noticed within a second', async () => {
  alarms.set(clock.wall() + 3_600_000, 1, 'A');
  await clock.advance(100);
  clock.jumpWall(3_600_000);
  await clock.advance(1_000);
  assert.deepEqual(ids(), ['1.A']);
});

test('a wall clock that jumps back does not let it ring early', async () => {
  const at = clock.wall() + 500;
  alarms.set(at, 1, 'A');
  clock.jumpWall(-10_000);
  await clock.advance(10_499);
  assert.deepEqual(rung, []);
  alarms.set(clock.wall() + 1, 2, 'B');
  await clock.advance(1);
  assert.deepEqual(ids().sort(), ['1.A', '2.B'], 'and later ones are not held up by it');
});

test('once stopped, none rings', async () => {
  alarms.set(clock.wall() + 10, 1, 'A');
  alarms.stop();
  await clock.advance(60_000);
  alarms.set(clock.wall() + 5, 1, 'B');
  await clock.advance(60_000);
  assert.deepEqual(rung, []);
});

test('property: every alarm rings, none early, none late while the clock keeps still', async () => {
  const times = fc.array(fc.tuple(fc.nat(3_000), fc.nat(4_000)), { minLength: 1, maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(times, async (given) => {
      const own = new ManualClock();
      const heard: [number, number][] = [];
      const all = new Alarms(own, (due) => heard.push([due, own.wall()]));
      const start = own.wall();
      let passed = 0;
      let expected = 0;
      for (const [setAt, dueAt] of given.sort((a, b) => a[0] - b[0])) {
        await own.advance(setAt - passed);
        passed = setAt;
        all.set(start + dueAt, dueAt, 'A');
        expected += 1;
      }
      await own.advance(10_000);
      assert.equal(heard.length, expected);
      for (const [dueAt, at] of heard) {
        const setAt = Math.min(...given.filter(([, due]) => due === dueAt).map(([set]) => set));
        assert.ok(at >= start + dueAt && at <= Math.max(start + dueAt, start + 3_000), `${dueAt} at ${at - start}`);
        assert.ok(at >= start + setAt);
      }
    }),
    { numRuns: 30 },
  );
});
