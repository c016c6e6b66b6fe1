/**
 * Exactly once (I6): a command that comes again gets its first answer, or is refused unapplied.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionCommand } from '../../../src/session/session-command.ts';
import type { TinyCommand } from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';
import { add, command, commit, created, cut, NOW, resumed, running, stored, told } from './tiny-sessions.ts';

type Parts = Partial<SessionCommand<TinyCommand>>;

/** 97 later commands of the same principal, committed: whatever came before is forgotten. */
function overrun(session: ReturnType<typeof running>): void {
  for (let index = 0; index < 97; index += 1) session.submit(command(add, { receivedAt: NOW + 1_000 }), NOW);
  commit(session, 50);
}

test('the same key gets the same answer and is applied once', () => {
  const session = running();
  const once = command(add);
  const first = session.submit(once, NOW);
  const again = session.submit({ ...once, again: true, receivedAt: NOW + 500 }, NOW + 500);
  assert.equal(told(again), told(first));
  assert.equal(stored(cut(session)).state.total, 1);
});

test('the answer to a repetition waits for the write that its first copy is in', () => {
  const session = running();
  const once = command(add);
  session.submit(once, NOW);
  cut(session);
  const again = session.submit(once, NOW);
  assert.equal(session.isCommitted(again.after), false);
  assert.equal(again.verify, false, 'the commit is proof enough');
  session.landed(2, NOW);
  assert.ok(session.isCommitted(again.after));
});

test('a repetition after the commit needs no further write', () => {
  const session = running();
  const once = command(add);
  session.submit(once, NOW);
  commit(session, 2);
  const again = session.submit(once, NOW);
  assert.ok(session.isCommitted(again.after));
  assert.equal(session.cut(writing(2)), null);
});

test('the same key with another body is refused and changes nothing', () => {
  const session = running();
  const once = command(add);
  session.submit(once, NOW);
  commit(session, 2);
  const other = session.submit({ ...once, input: { type: 'add', by: 50 }, fingerprint: 'g' }, NOW);
  assert.deepEqual([told(other), other.verify], ['key_reused', true]);
  assert.equal(session.cut(writing(2)), null);
});

test('the same key of another principal is another command', () => {
  const session = running();
  const once = command(add);
  session.submit(once, NOW);
  session.submit({ ...once, principal: 'q' }, NOW);
  assert.equal(stored(cut(session)).state.total, 2);
});

test('96 results a principal: the last of them is remembered, what came before is too late', () => {
  const session = running();
  const forgotten = command(add, { receivedAt: NOW });
  const oldest = command(add, { receivedAt: NOW + 1 });
  session.submit(forgotten, NOW);
  session.submit(oldest, NOW);
  for (let index = 0; index < 95; index += 1) session.submit(command(add, { receivedAt: NOW + 2 }), NOW);
  commit(session, 2);
  assert.equal(told(session.submit(oldest, NOW)), '200 {"of":"add","version":3}');
  const late = session.submit(forgotten, NOW);
  assert.deepEqual([told(late), late.verify], ['too_late', false]);
  commit(session, 2);
  assert.equal(session.committed?.version ?? 0, 98, 'neither was applied again');
});

test('a copy that is not too late, by the clock of another gateway, gets the same answer as the one that was', () => {
  for (const parts of [{ keyed: true }, { keyed: false, again: true }]) {
    const session = running();
    overrun(session);
    const once = command(add, { ...parts, receivedAt: NOW });
    const before = session.submit(once, NOW + 1_500).after;
    assert.equal(told(session.submit({ ...once, receivedAt: NOW + 2_000 }, NOW + 1_500)), 'too_late');
    commit(session, 2);
    assert.ok(session.isCommitted(before));
  }
});

test('the message of a copy that came comes again: too late once its result is forgotten, by whichever gateway it was received', () => {
  const session = running();
  const once = command(add, { receivedAt: NOW });
  const copy = { ...once, receivedAt: NOW + 278 };
  session.submit(once, NOW);
  for (let index = 0; index < 40; index += 1) session.submit(command(add, { receivedAt: NOW + 200 }), NOW + 300);
  assert.match(told(session.submit(copy, NOW + 300)), /^200 /);
  for (let index = 0; index < 96; index += 1) session.submit(command(add, { receivedAt: NOW + 400 }), NOW + 400);
  for (const each of [copy, once]) assert.equal(told(session.submit(each, NOW + 4_000)), 'too_late');
  assert.equal(stored(commit(session, 2)).version, 138);
});

test('what was asked again is found among the 96 that come after that', () => {
  const session = running();
  const once = command(add, { receivedAt: NOW });
  const between = command(add, { receivedAt: NOW + 1 });
  session.submit(once, NOW);
  session.submit(between, NOW + 1);
  session.submit({ ...once, receivedAt: NOW + 2 }, NOW + 2);
  for (let index = 0; index < 95; index += 1) session.submit(command(add, { receivedAt: NOW + 3 }), NOW + 3);
  const again = session.submit({ ...once, receivedAt: NOW + 4 }, NOW + 4);
  assert.equal(told(again), '200 {"of":"add","version":2}');
  assert.equal(told(session.submit(between, NOW + 4)), 'too_late', 'it has 96 behind it');
  const honest = command(add, { receivedAt: NOW + 2 });
  assert.match(told(session.submit(honest, NOW + 4)), /^200 /, 'what was received with the copy is not');
});

test('what was too late pushes nothing else out', () => {
  const session = running();
  overrun(session);
  const kept = command(add, { receivedAt: NOW + 2_000 });
  session.submit(kept, NOW + 1_500);
  for (let index = 0; index < 200; index += 1) session.submit(command(add, { receivedAt: NOW }), NOW + 1_500);
  assert.match(told(session.submit(kept, NOW + 1_500)), /^200 /);
});

test('too late is for those who gave a key or were sent again, never for a plain command', () => {
  const cases: [Parts, string][] = [
    [{ keyed: true }, 'too_late'],
    [{ keyed: false, again: true }, 'too_late'],
    [{ keyed: false }, '200'],
    [{ keyed: true, receivedAt: NOW + 2_000 }, '200'],
    [{ keyed: true, principal: 'other' }, '200'],
  ];
  for (const [parts, expected] of cases) {
    const session = running();
    overrun(session);
    const verdict = session.submit(command(add, { receivedAt: NOW, ...parts }), NOW + 1_500);
    assert.equal(told(verdict).slice(0, expected.length), expected, JSON.stringify(parts));
  }
});

test('what may just have come is not refused for good: the next copy is told from an old one', () => {
  const session = running();
  overrun(session);
  const once = command(add, { receivedAt: NOW, waited: true });
  const { reply, written } = session.submit(once, NOW + 1_500);
  assert.deepEqual(
    [reply.kind === 'problem' && [reply.code, reply.outcome], written],
    [['session_unavailable', 'unknown'], false],
  );
  assert.match(told(session.submit({ ...once, receivedAt: NOW + 2_000, waited: undefined }, NOW + 2_000)), /^200 /);
});

test('what waited but is known gets its first answer, and what is not too late is applied', () => {
  const session = running();
  const known = command(add, { receivedAt: NOW });
  session.submit(known, NOW);
  assert.match(told(session.submit({ ...known, waited: true }, NOW + 1)), /"version":2/);
  assert.match(told(session.submit(command(add, { receivedAt: NOW, waited: true }), NOW + 1)), /"version":3/);
});

test('a rejection with a key is stored: the repetition is rejected although it would be accepted by now', () => {
  const session = running({ onEnd: 'refuse' });
  const once = command({ type: 'end', round: 1 });
  const first = session.submit(once, NOW);
  assert.deepEqual([told(first), first.verify], ['bad_request', false]);
  assert.equal(session.isCommitted(first.after), false, 'the answer waits for the write that remembers it');
  commit(session, 2);
  assert.ok(session.isCommitted(first.after));
  session.submit(command({ type: 'onEnd', onEnd: 'end' }), NOW);
  assert.equal(told(session.submit(once, NOW)), 'bad_request');
  assert.equal(stored(cut(session)).state.round, 1);
});

test('a rejection without a key is not stored: it rests on what is so now, and needs the lease', () => {
  const session = running({ onEnd: 'refuse' });
  const once = command({ type: 'end', round: 1 }, { keyed: false });
  const first = session.submit(once, NOW);
  assert.deepEqual([told(first), first.verify, session.cut(writing(2))], ['bad_request', true, null]);
  session.submit(command({ type: 'onEnd', onEnd: 'end' }), NOW);
  assert.match(told(session.submit({ ...once, again: true }, NOW)), /^200/);
});

test('a rejection without a key waits for the changes that it was judged by', () => {
  const session = running();
  session.submit(command({ type: 'onEnd', onEnd: 'refuse' }), NOW);
  const verdict = session.submit(command({ type: 'end', round: 1 }, { keyed: false }), NOW);
  assert.equal(session.isCommitted(verdict.after), false);
});

test('a command without a key is recognised when its gateway sends it again', () => {
  const session = running();
  const plain = command(add, { keyed: false });
  session.submit(plain, NOW);
  session.submit({ ...plain, again: true }, NOW);
  assert.equal(stored(cut(session)).state.total, 1);
});

test('results go with the snapshot: the next owner knows them, by claim or by handoff', () => {
  for (const claim of [true, false]) {
    const first = running({ onEnd: 'refuse' });
    const applied = command(add);
    const rejected = command({ type: 'end', round: 1 });
    const told1 = [applied, rejected].map((each) => told(first.submit(each, NOW)));
    const next = resumed(commit(first, 2), 2, claim);
    assert.deepEqual(
      [applied, rejected].map((each) => told(next.submit({ ...each, again: true }, NOW))),
      told1,
    );
    if (claim) commit(next, 3);
    assert.equal(next.committed?.view('public'), '{"total":1,"round":1}');
  }
});

test('what was too late stays so at the next owner', () => {
  const first = running();
  const once = command(add, { receivedAt: NOW });
  first.submit(once, NOW);
  for (let index = 0; index < 96; index += 1) first.submit(command(add, { receivedAt: NOW + 1_000 }), NOW);
  const next = resumed(commit(first, 2), 2, true);
  assert.equal(told(next.submit({ ...once, again: true }, NOW)), 'too_late');
});

test('a rule that throws rejects that command, changes nothing, and is remembered like any rejection', () => {
  const session = running();
  const once = command({ type: 'throw' });
  const verdict = session.submit(once, NOW);
  assert.deepEqual(verdict.reply, {
    kind: 'problem',
    code: 'rule_failed',
    detail: 'The rules failed on this command.',
  });
  const { state, version } = stored(commit(session, 2));
  assert.deepEqual([state.total, version], [0, 1]);
  assert.equal(told(session.submit(once, NOW)), 'rule_failed');
  assert.match(told(session.submit(command(add), NOW)), /^200/, 'the game goes on');
});

test('a repeated creation is recognised; anything else under its key is not', () => {
  const creation = command(add, { id: 'creation' });
  for (const session of [created(), running(), resumed(commit(created(), 1), 1, true)]) {
    assert.equal(session.findCreation(creation), 'created');
    assert.equal(session.findCreation({ ...creation, fingerprint: 'g' }), 'key_reused');
    assert.equal(session.findCreation({ ...creation, principal: 'q' }), undefined);
    assert.equal(session.findCreation(command(add)), undefined);
  }
});

test('a key that a command used does not pass for a creation', () => {
  const session = running();
  const once = command(add);
  session.submit(once, NOW);
  assert.equal(session.findCreation(once), 'key_reused');
});

test('a gateway whose clock is an hour ahead locks nobody out afterwards', () => {
  const session = running();
  const HOUR = 3_600_000;
  for (let index = 0; index < 200; index += 1) session.submit(command(add, { receivedAt: NOW + HOUR }), NOW + index);
  commit(session, 2);
  for (let index = 0; index < 200; index += 1) {
    const at = NOW + 300 + index;
    assert.match(told(session.submit(command(add, { receivedAt: at }), at)), /^200/);
  }
});

test('receive times that are stored an hour ahead lock nobody out either', () => {
  const session = running();
  const ahead = NOW + 3_600_000;
  for (let index = 0; index < 200; index += 1) session.submit(command(add, { receivedAt: ahead }), ahead);
  const taken = resumed(commit(session, 2), 2, true);
  commit(taken, 3);
  assert.equal(told(taken.submit(command(add, { receivedAt: NOW + 299 }), NOW + 300)), 'too_late', 'it came before');
  for (let index = 1; index < 200; index += 1) {
    const at = NOW + 300 + index;
    assert.match(told(taken.submit(command(add, { receivedAt: at }), at)), /^200/);
  }
});
