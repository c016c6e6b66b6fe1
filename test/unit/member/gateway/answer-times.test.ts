/**
 * How long to wait for an answer: as long as it usually takes and some, within bounds, for so many owners at most.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AnswerTimes } from '../../../../src/member/gateway/answer-times.ts';

test('property: never below 40 ms nor above a second, and once answers keep to a time, longer than that', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { maxLength: 20 }), fc.integer({ min: 1, max: 700 }), (before, steadyMs) => {
      const times = new AnswerTimes();
      for (const ms of before) times.answered('m1', ms);
      for (let answers = 0; answers < 60; answers += 1) {
        times.answered('m1', steadyMs * (0.9 + (answers % 3) / 10));
        const patienceMs = times.patienceMs('m1');
        assert.ok(patienceMs >= 40 && patienceMs <= 1_000);
      }
      assert.ok(times.patienceMs('m1') > steadyMs, `${times.patienceMs('m1')} for ${steadyMs}`);
      assert.ok(times.patienceMs('m1') <= Math.max(40, 2 * steadyMs), `${times.patienceMs('m1')} for ${steadyMs}`);
    }),
  );
});

test('who was not heard of for longest is forgotten first', () => {
  const times = new AnswerTimes();
  for (let owner = 0; owner < 200; owner += 1) times.answered(`m${owner}`, 300);
  times.answered('m0', 300);
  times.answered('new', 300);
  assert.deepEqual(
    [times.patienceMs('m0') > 300, times.patienceMs('m1'), times.patienceMs('m2') > 300],
    [true, 40, true],
  );
});
