/**
 * The deadline queue: one entry a game, never before its time, and a time that is corrected is noticed.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type DeadlineClock, DeadlineQueue } from '../../../../src/member/kit/deadline-queue.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

let clock: ManualClock;
let queue: DeadlineQueue;
let fired: { gameId: string; at: number }[];

beforeEach(() => {
  clock = new ManualClock();
  fired = [];
  queue = new DeadlineQueue(timed(clock), (slot, gameId) =>
    fired.push({ gameId: `${slot}.${gameId}`, at: clock.wall() }),
  );
});

/** The time of games is the wall clock here. */
function timed(by: ManualClock): DeadlineClock {
  return { now: () => by.wall(), after: (ms, run) => by.after(ms, run) };
}

const ids = (): string[] => fired.map(({ gameId }) => gameId);

test('it fires at its time, once, and is out of the queue', async () => {
  const at = clock.wall() + 2_500;
  queue.set(3, 'A', at);
  await clock.advance(2_499);
  assert.deepEqual([fired, queue.size, queue.next], [[], 1, at]);
  await clock.advance(1);
  assert.deepEqual(fired, [{ gameId: '3.A', at }]);
  assert.deepEqual([queue.size, queue.next], [0, null]);
  await clock.advance(60_000);
  assert.equal(fired.length, 1);
});

test('a time that has passed fires at once, but not within the call', async () => {
  queue.set(1, 'A', clock.wall() - 5_000);
  assert.deepEqual(ids(), []);
  await clock.advance(0);
  assert.deepEqual(ids(), ['1.A']);
});

test('in the order of their times, whenever they were set', async () => {
  for (const ms of [700, 20, 5_000, 300]) queue.set(ms, 'A', clock.wall() + ms);
  queue.set(20, 'B', clock.wall() + 20);
  await clock.advance(400);
  queue.set(410, 'A', clock.wall() + 10);
  await clock.advance(10_000);
  assert.deepEqual(ids(), ['20.A', '20.B', '300.A', '410.A', '700.A', '5000.A']);
});

test('a game has one entry: what is set last counts, be it earlier or later', async () => {
  const start = clock.wall();
  for (let set = 0; set < 500; set += 1) queue.set(1, 'A', start + 1_000 + set);
  queue.set(2, 'A', start + 50);
  queue.set(2, 'A', start + 10);
  assert.equal(queue.size, 2);
  await clock.advance(60_000);
  assert.deepEqual(fired, [
    { gameId: '2.A', at: start + 10 },
    { gameId: '1.A', at: start + 1_499 },
  ]);
});

test('what is dropped does not fire, alone or with its slot', async () => {
  for (const gameId of ['A', 'B', 'C']) for (const slot of [1, 2]) queue.set(slot, gameId, clock.wall() + 100);
  queue.drop(1, 'B');
  queue.drop(1, 'B');
  queue.drop(9, 'X');
  queue.dropSlot(2);
  assert.equal(queue.size, 2);
  await clock.advance(1_000);
  assert.deepEqual(ids(), ['1.A', '1.C']);
});

test('one that is nearly due waits for its own time', async () => {
  const start = clock.wall();
  for (const ms of [100, 101, 104]) queue.set(1, `${ms}`, start + ms);
  await clock.advance(200);
  assert.deepEqual(
    fired.map(({ at }) => at - start),
    [100, 101, 104],
  );
});

test('whoever is woken may set the next one', async () => {
  let left = 3;
  queue = new DeadlineQueue(timed(clock), (slot, gameId) => {
    fired.push({ gameId, at: clock.wall() });
    left -= 1;
    if (left > 0) queue.set(slot, gameId, clock.wall() + 50);
  });
  queue.set(1, 'A', clock.wall() + 50);
  await clock.advance(200);
  assert.equal(fired.length, 3);
});

test('a time that is set ahead is noticed within a second', async () => {
  queue.set(1, 'A', clock.wall() + 3_600_000);
  await clock.advance(100);
  clock.jumpWall(3_600_000);
  await clock.advance(1_000);
  assert.deepEqual(ids(), ['1.A']);
});

test('a time that is set back does not let it fire early', async () => {
  queue.set(1, 'A', clock.wall() + 500);
  clock.jumpWall(-10_000);
  await clock.advance(10_499);
  assert.deepEqual(fired, []);
  queue.set(2, 'B', clock.wall() + 1);
  await clock.advance(1);
  assert.deepEqual(ids().sort(), ['1.A', '2.B'], 'and later ones are not held up by it');
});

test('once stopped, none fires', async () => {
  queue.set(1, 'A', clock.wall() + 10);
  queue.stop();
  await clock.advance(60_000);
  queue.set(1, 'B', clock.wall() + 5);
  await clock.advance(60_000);
  assert.deepEqual(fired, []);
});

type Step =
  | { readonly kind: 'set'; readonly game: string; readonly inMs: number }
  | { readonly kind: 'drop'; readonly game: string }
  | { readonly kind: 'dropSlot'; readonly slot: number }
  | { readonly kind: 'pass'; readonly ms: number };

const game = fc.constantFrom('1.A', '1.B', '1.C', '2.A', '2.B', '3.A', '3.B', '3.C', '3.D');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('set' as const), game, inMs: fc.integer({ min: -50, max: 400 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), game }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dropSlot' as const), slot: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(150) }) },
);

test('property: it does what a table of games and times does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const own = new ManualClock();
      const heard: string[] = [];
      const all = new DeadlineQueue(timed(own), (slot, gameId) => {
        const key = `${slot}.${gameId}`;
        const at = model.get(key);
        assert.ok(at !== undefined && at <= own.wall(), `${key} is not due`);
        assert.equal(at, Math.min(...model.values()), 'the nearest first');
        model.delete(key);
        heard.push(key);
      });
      const model = new Map<string, number>();
      for (const one of [...steps, { kind: 'pass', ms: 1_000 } as const]) {
        if (one.kind === 'pass') {
          await own.advance(one.ms);
          for (const [key, at] of model) assert.ok(at > own.wall(), `${key} is late`);
        } else if (one.kind === 'dropSlot') {
          all.dropSlot(one.slot);
          for (const key of model.keys()) if (key.startsWith(`${one.slot}.`)) model.delete(key);
        } else {
          const [slot = '', gameId = ''] = one.game.split('.');
          if (one.kind === 'drop') {
            all.drop(Number(slot), gameId);
            model.delete(one.game);
          } else {
            all.set(Number(slot), gameId, own.wall() + one.inMs);
            model.set(one.game, own.wall() + one.inMs);
          }
        }
        assert.equal(all.size, model.size);
        assert.equal(all.next, model.size === 0 ? null : Math.min(...model.values()));
      }
      assert.equal(model.size, 0);
    }),
    { numRuns: 200 },
  );
});
