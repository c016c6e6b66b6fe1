/** What makes no progress is found, counted, named and told: once, and once when it goes on. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Log } from '../../../src/member/kit/incidents.ts';
import { MOST, Progress } from '../../../src/member/kit/progress.ts';
import { MOST_NAMED, StuckWatch, stuckAmong } from '../../../src/member/stuck-watch.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const STUCK_MS = 60_000;

let clock: ManualClock;
let progress: Progress;
let watch: StuckWatch;
let lines: string[];

beforeEach(() => {
  clock = new ManualClock();
  progress = new Progress(clock);
  lines = [];
  const line = (level: string) => (fields: object, message: string) => {
    const { kind, what } = fields as { kind: string; what: string };
    lines.push(`${level} ${kind} ${what}: ${message}`);
  };
  const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };
  watch = new StuckWatch({ clock, log, progress, stuckMs: STUCK_MS });
});

test('the oldest are found, and nothing behind the first that is fresh is looked at', () => {
  const looked: string[] = [];
  function* entries(): Generator<[string, number]> {
    for (const entry of [
      ['a', 0],
      ['b', 10],
      ['c', 50],
      ['d', 60],
    ] as [string, number][]) {
      looked.push(entry[0]);
      yield entry;
    }
  }
  const begun = { [Symbol.iterator]: entries };
  const { count, oldest } = stuckAmong(begun, 100, 90);
  assert.deepEqual([count, [...oldest.keys()], looked], [2, ['a', 'b'], ['a', 'b', 'c']]);
});

test('what makes no progress is told once, counted while it lasts, and told once more when it goes on', async () => {
  progress.begin('archive', '7.G.3');
  await clock.advance(STUCK_MS - 1_000);
  assert.deepEqual([lines, watch.report(), watch.counts.get('archive')], [[], [], 0]);
  await clock.advance(5_000);
  assert.deepEqual(lines, ['warn archive 7.G.3: something makes no progress']);
  assert.deepEqual(watch.report(), [
    { kind: 'archive', count: 1, oldest: [{ what: '7.G.3', forMs: STUCK_MS + 4_000 }] },
  ]);
  assert.equal(watch.counts.get('archive'), 1);
  progress.end('archive', '7.G.3');
  await clock.advance(5_000);
  assert.deepEqual(lines.slice(1), ['info archive 7.G.3: what was stuck goes on, or is given up']);
  assert.deepEqual([watch.report(), watch.counts.get('archive')], [[], 0]);
});

test('who gets on is not stuck, however often it begins', async () => {
  for (let at = 0; at < 3 * STUCK_MS; at += 30_000) {
    progress.begin('session', '7.G');
    await clock.advance(29_000);
    progress.end('session', '7.G');
    await clock.advance(1_000);
  }
  assert.deepEqual(lines, []);
});

test('what is begun again goes on from when it was begun first', async () => {
  for (let at = 0; at <= STUCK_MS; at += 10_000) {
    progress.begin('claim', '7.G');
    await clock.advance(10_000);
  }
  assert.equal(lines.length, 1);
});

test('of ten thousand all are counted, some are named, and none that is beyond the limit is remembered', async () => {
  for (let number = 0; number < MOST + 5; number += 1) progress.begin('session', `7.${number}`);
  await clock.advance(STUCK_MS + 2_000);
  assert.deepEqual([watch.counts.get('session'), lines.length], [MOST, MOST_NAMED]);
  // Those that take their places are told as well.
  progress.end('session', '7.0');
  await clock.advance(1_000);
  assert.deepEqual(lines.slice(MOST_NAMED), [
    'info session 7.0: what was stuck goes on, or is given up',
    `warn session 7.${MOST_NAMED}: something makes no progress`,
  ]);
});

test('once it is stopped nothing is told', async () => {
  progress.begin('slot', '7');
  watch.stop();
  await clock.advance(2 * STUCK_MS);
  assert.deepEqual(lines, []);
});
