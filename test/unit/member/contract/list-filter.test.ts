/** What is idle, and what nobody can call so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isIdle, matches } from '../../../../src/member/contract/list-filter.ts';

test('idle is what was last played before, and known to be', () => {
  assert.deepEqual(
    [isIdle({ playedAt: 9 }, 10), isIdle({ playedAt: 10 }, 10), isIdle({ playedAt: 11 }, 10)],
    [true, false, false],
  );
  assert.deepEqual([isIdle({ playedAt: null }, 10), isIdle({}, 10)], [false, false]);
});

test('suspended or not, or whatever', () => {
  for (const suspended of [true, false]) {
    assert.equal(matches({ suspended, playedAt: 1 }, {}), true);
    assert.equal(matches({ suspended, playedAt: 1 }, { suspended: true }), suspended);
    assert.equal(matches({ suspended, playedAt: 1 }, { suspended: false }), !suspended);
  }
  assert.equal(matches({}, { suspended: true }), false, 'of a member that knows of no rest');
  assert.equal(matches({ suspended: true, playedAt: 20 }, { suspended: true, idleSince: 20 }), false);
});
