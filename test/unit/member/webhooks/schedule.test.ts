/** When what is delivered: pauses, how many at once, verdicts, the end of patience. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterFailure,
  allowedAtOnce,
  HEALTHY,
  isOfOneGame,
  isTooOld,
  pauseOfGame,
  verdictOf,
} from '../../../../src/member/webhooks/schedule.ts';

const MIDDLE = 0.5;

test('only 2xx is a yes', () => {
  const verdicts = [200, 204, 299, 300, 302, 400, 410, 500].map((status) => verdictOf({ kind: 'answered', status }));
  assert.deepEqual(verdicts.slice(0, 3), ['delivered', 'delivered', 'delivered']);
  assert.deepEqual(new Set(verdicts.slice(3)), new Set(['rejected']));
  assert.equal(verdictOf({ kind: 'silent' }), 'silent');
  assert.equal(verdictOf({ kind: 'failed', reason: 'x' }), 'failed');
  assert.equal(verdictOf({ kind: 'refused', reason: 'x' }), 'forbidden');
});

test('an answer of 4xx is about one game, unless it is about who sends, when, or how much', () => {
  const statuses = [204, 302, 399, 400, 401, 403, 404, 408, 409, 410, 413, 422, 429, 499, 500, 503];
  const ofOne = statuses.filter((status) => isOfOneGame({ kind: 'answered', status }));
  assert.deepEqual(ofOne, [400, 404, 409, 410, 413, 422, 499]);
  assert.ok(!isOfOneGame({ kind: 'silent' }));
});

test('pauses double from 1 s to 2 minutes, with jitter', () => {
  const pauses = [1, 2, 3, 7, 8, 50].map((failures) => pauseOfGame(failures, MIDDLE));
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 64_000, 120_000, 120_000]);
  assert.deepEqual([pauseOfGame(1, 0), pauseOfGame(1, 1)], [500, 1_500]);
});

test('a receiver that fails gets one delivery after each pause, and 16 at once when it takes one again', () => {
  assert.equal(allowedAtOnce(HEALTHY, 0), 16);
  const once = afterFailure(HEALTHY, 1_000, MIDDLE);
  assert.equal(allowedAtOnce(once, 1_999), 0);
  assert.equal(allowedAtOnce(once, 2_000), 1);
  const twice = afterFailure(once, 2_000, MIDDLE);
  assert.deepEqual(twice, { failures: 2, until: 4_000 });
});

test('deliveries under way together that fail count once', () => {
  const once = afterFailure(HEALTHY, 1_000, MIDDLE);
  assert.equal(afterFailure(once, 1_001, MIDDLE), once);
});

test('an event is given up once it is older than that', () => {
  assert.ok(!isTooOld(1_000, 2_000, 1_000));
  assert.ok(isTooOld(1_000, 2_001, 1_000));
});
