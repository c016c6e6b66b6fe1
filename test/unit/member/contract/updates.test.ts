/**
 * Pushes: what the owner encodes is what a gateway decodes, whichever state version either has.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUpdate, encodeUpdate } from '../../../../src/member/contract/updates.ts';
import { CommittedGame } from '../../../../src/session/committed-game.ts';
import type { Rules } from '../../../../src/session/rules.ts';
import { SnapshotError } from '../../../../src/session/snapshot.ts';
import { oldTinyRules, type TinyState, tinyRules, tinyState } from '../../../support/tiny-rules.ts';
import { writing } from '../../../support/written.ts';

const rules = tinyRules as Rules<TinyState, unknown>;
const oldRules = oldTinyRules as Rules<unknown, unknown>;

test('the version and the whole state come through, and are cut to each viewer there', () => {
  const state = { ...tinyState, total: 5, text: 'line one\nline two ü' };
  const there = decodeUpdate(rules, encodeUpdate(rules, new CommittedGame(rules, state, 42), writing(2)));
  assert.deepEqual([there.version, there.state], [42, state]);
  assert.deepEqual(
    [there.view('admin'), there.view('public')],
    ['{"total":5,"size":19,"round":1}', '{"total":5,"round":1}'],
  );
});

test('it is written at the version that everybody reads, and read as the newest again', () => {
  const written = encodeUpdate(rules, new CommittedGame(rules, { ...tinyState, total: 5 }, 3), writing(1));
  const older = decodeUpdate(oldRules, written).state as { count: number };
  assert.deepEqual([older.count, 'total' in older], [5, false]);
  assert.deepEqual(decodeUpdate(rules, written).state, { ...tinyState, total: 5 });
});

test('a state newer than ours is never guessed at', () => {
  const newer = encodeUpdate(rules, new CommittedGame(rules, tinyState, 3), writing(2));
  assert.throws(() => decodeUpdate(oldRules, newer), SnapshotError);
});

test('a malformed update is an error', () => {
  for (const text of ['', '7', '7\n2']) assert.throws(() => decodeUpdate(rules, text), /malformed/);
  assert.throws(() => decodeUpdate(rules, '7\n2\n{}'), /no total/);
  assert.throws(() => decodeUpdate(rules, '7\n2\nno JSON'));
});
