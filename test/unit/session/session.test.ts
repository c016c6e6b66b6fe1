/**
 * Group commit: what is written when, and when a reply may leave.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Session } from '../../../src/session/session.ts';
import { SnapshotError } from '../../../src/session/snapshot.ts';
import { tinyOrigin, tinyRules, tinyState } from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';
import { add, command, commit, created, cut, NOW, resumed, running, stamp, stored, told } from './tiny-sessions.ts';

test('a new game is written first, and shown only after that', () => {
  const session = created({ total: 3 });
  assert.equal(session.committed?.version ?? 0, 0);
  assert.equal(session.committed === null, true);
  assert.equal(session.isCommitted(1), false);
  const first = cut(session);
  assert.deepEqual([first.expected, first.records, stored(first).commit, stored(first).version], [0, [], 1, 1]);
  assert.equal(session.committed?.version ?? 0, 0, 'it is only under way');
  session.landed(17, NOW);
  assert.deepEqual([session.committed?.version ?? 0, session.revision, session.isCommitted(1)], [1, 17, true]);
  assert.equal(session.committed?.view('admin'), '{"total":3,"size":0,"round":1}');
});

test('a game made anew after its deletion is written at the revision of the marker', () => {
  assert.equal(cut(created({}, 44)).expected, 44);
});

test('a creation that the rules refuse or that is too large makes nothing', () => {
  const from = { gameId: 'G', origin: tinyOrigin, now: NOW, stamp, expected: 0, largestValue: 1024 * 1024 };
  const refused = Session.create(tinyRules, { ...from, document: 'bad' }, command(add));
  assert.deepEqual(refused, { kind: 'problem', code: 'bad_request', detail: 'as asked' });
  const large = Session.create(tinyRules, { ...from, document: { text: 'x'.repeat(512 * 1024) } }, command(add));
  assert.equal(large.kind === 'problem' && large.code, 'game_too_large');
});

test('one write is in flight; what comes meanwhile goes together in the next one', () => {
  const session = running();
  const first = session.submit(command(add), NOW);
  const flying = cut(session);
  const second = session.submit(command(add), NOW);
  const third = session.submit(command(add), NOW);
  assert.equal(session.cut(writing(2)), null, 'a second write does not start');
  assert.deepEqual(stored(flying).state, { ...tinyState, total: 1 });

  session.landed(2, NOW);
  assert.deepEqual(
    [first, second, third].map(({ after }) => session.isCommitted(after)),
    [true, false, false],
  );
  assert.equal(session.committed?.view('public'), '{"total":1,"round":1}', 'what is not committed is not shown');

  const together = cut(session);
  assert.deepEqual([together.expected, stored(together).state.total, stored(together).commit], [2, 3, 3]);
  session.landed(3, NOW);
  assert.ok(session.isCommitted(second.after) && session.isCommitted(third.after));
  assert.equal(session.committed?.view('public'), '{"total":3,"round":1}');
  assert.equal(session.cut(writing(2)), null, 'nothing is new');
});

test('every change counts: version by command, commit by write', () => {
  const session = running();
  for (const revision of [2, 3]) {
    session.submit(command(add), NOW);
    session.submit(command(add), NOW);
    commit(session, revision);
  }
  session.submit(command(add), NOW);
  const { version, commit: number } = stored(cut(session));
  assert.deepEqual([version, number], [6, 4]);
});

test('a write carries the stamp, and a listing that says what it says', () => {
  const session = running();
  session.submit(command({ type: 'time', roundEndTime: NOW + 5 }), NOW);
  session.submit(command(add), NOW);
  const { value, listing, headers } = cut(session);
  assert.deepEqual(stored({ value }).stamp, stamp);
  assert.deepEqual(listing, {
    status: 'active',
    listed: true,
    suspended: false,
    playedAt: null,
    deadline: NOW + 5,
    epoch: 3,
    commit: 2,
  });
  assert.equal(headers['Minotaur-Deadline'], String(NOW + 5));
});

test('idle means that all is committed', () => {
  const session = running();
  assert.equal(session.idle, true);
  session.submit(command(add), NOW);
  assert.equal(session.idle, false);
  cut(session);
  assert.equal(session.idle, false);
  session.landed(2, NOW);
  assert.equal(session.idle, true);
});

test('a landing that nobody sent is a fault', () => {
  assert.throws(() => running().landed(9, NOW), /no write in flight/);
});

test('a claimed session writes before it shows or answers anything', () => {
  const session = resumed(commit(created({ total: 2 }), 1), 1, true);
  assert.equal(session.committed?.version ?? 0, 0);
  assert.equal(session.committed === null, true);
  assert.equal(session.isCommitted(1), false);
  const claim = cut(session);
  assert.equal(claim.expected, 1);
  assert.deepEqual([stored(claim).stamp.epoch, stored(claim).commit, stored(claim).version], [4, 2, 1]);
  session.landed(2, NOW);
  assert.equal(session.committed?.view('public'), '{"total":2,"round":1}');
});

test('a session that was handed over shows at once, has nothing to write, and counts as committed', () => {
  const session = resumed(commit(created({ total: 2 }), 1), 1, false);
  assert.equal(session.committed?.view('public'), '{"total":2,"round":1}');
  assert.equal(session.cut(writing(2)), null);
  assert.equal(session.isCommitted(1), true, 'its first mark is behind it, as after a claim');
  session.submit(command(add), NOW);
  const next = cut(session);
  assert.deepEqual([next.expected, stored(next).commit, stored(next).stamp.epoch], [1, 2, 4]);
});

test('commands go on from a resumed state', () => {
  const session = resumed(commit(created({ total: 2 }), 1), 1, true);
  const verdict = session.submit(command(add), NOW);
  assert.equal(told(verdict), '200 {"of":"add","version":2}');
  commit(session, 2);
  assert.ok(session.isCommitted(verdict.after));
});

test('the written version is the one that the cluster agreed on', () => {
  const session = running({ total: 6 });
  session.submit(command(add), NOW);
  const { value } = cut(session, 1);
  const { stateVersion, state } = JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown>;
  assert.deepEqual([stateVersion, (state as { count: number }).count], [1, 7]);
  assert.equal(stored({ value }).state.total, 7, 'and it is read as the newest again');
});

test('a version that cannot be written is an error, not a bad write', () => {
  const session = running();
  session.submit(command(add), NOW);
  assert.throws(() => session.cut(writing(9)), SnapshotError);
});

test('an answer without a body is empty', () => {
  assert.equal(told(running().submit(command({ type: 'time', roundEndTime: null }), NOW)), '204 ');
});

test('each viewer has its own view, made anew after each commit', () => {
  const session = running();
  assert.notEqual(session.committed?.view('admin'), session.committed?.view('public'));
  session.submit(command(add), NOW);
  const before = session.committed?.view('admin');
  commit(session, 2);
  assert.notEqual(session.committed?.view('admin'), before);
});
