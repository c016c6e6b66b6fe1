/**
 * Whose command it is: tokens that hold, tokens that hold no more, and what comes with an answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, type Caller, PUBLIC } from '../../../src/session/permission.ts';
import type { SessionCommand } from '../../../src/session/session-command.ts';
import type { TinyCommand } from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';
import { add, command, commit, NOW, resumed, running, stored, type TinySession, told } from './tiny-sessions.ts';

const P0: Caller = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 };
const GONE: Caller = { ...P0, playerId: 'somebody' };
const FOREIGN: Caller = { ...P0, nonce: 'earlier' };

/** A command of a player, who may do what it asks for. */
function ofPlayer(
  caller: Caller,
  input: TinyCommand = add,
  parts: Partial<SessionCommand<TinyCommand>> = {},
): SessionCommand<TinyCommand> {
  return command(input, { caller, may: ['player', 'self'], ...parts });
}

/** What is told, and whether that was written: a refusal for want of permission never is. */
function submitted(session: TinySession, given: SessionCommand<TinyCommand>): string {
  const verdict = session.submit(given, NOW);
  const write = session.cut(writing(2));
  assert.equal(verdict.verify, write === null, 'what is said without writing needs the lease');
  return `${told(verdict)}${write === null ? '' : ', written'}`;
}

test('whoever may not do it is refused; nothing is applied, nothing written, nothing remembered', () => {
  const cases: [Caller, TinyCommand, SessionCommand<TinyCommand>['may'], string][] = [
    [PUBLIC, add, ['player'], 'unauthorized'],
    [GONE, add, ['player'], 'unauthorized'],
    [FOREIGN, add, ['player'], 'unauthorized'],
    [P0, add, ['admin'], 'forbidden'],
    [P0, add, ['host'], 'forbidden'],
    [P0, add, ['self'], 'forbidden'],
  ];
  for (const [caller, input, may, expected] of cases) {
    const session = running();
    const refused = command(input, { caller, may });
    assert.equal(submitted(session, refused), expected);
    const allowed = { ...refused, caller: P0, may: ['player' as const] };
    assert.match(submitted(session, allowed), /^200 .*, written$/, 'the same key is still free');
  }
});

test('what is for administrators in this state of the game is refused to whoever else may do it', () => {
  const clock: TinyCommand = { type: 'time', roundEndTime: null };
  assert.equal(submitted(running(), ofPlayer(P0, clock)), 'forbidden');
  assert.match(submitted(running(), command(clock, { caller: ADMIN, may: ['player', 'admin'] })), /^204 , written$/);
});

test('whoever may do it does it', () => {
  const host: Caller = { ...P0, playerId: 'host' };
  const cases: [Caller, TinyCommand, SessionCommand<TinyCommand>['may']][] = [
    [PUBLIC, add, ['anyone']],
    [P0, add, ['player']],
    [host, add, ['host']],
    [host, add, ['player']],
    [P0, { type: 'renew' }, ['self', 'admin']],
  ];
  for (const [caller, input, may] of cases) {
    assert.match(submitted(running(), command(input, { caller, may })), /^200 .*, written$/);
  }
});

test('a token of an earlier game is refused before anything else is looked at', () => {
  const session = running();
  const once = ofPlayer(P0);
  session.submit(once, NOW);
  commit(session, 2);
  assert.equal(submitted(session, { ...once, caller: FOREIGN }), 'unauthorized', 'not even what was told before');
  assert.equal(submitted(session, { ...once, caller: FOREIGN, fingerprint: 'g' }), 'unauthorized');
  for (let index = 0; index < 97; index += 1) session.submit(command(add, { receivedAt: NOW + 9 }), NOW);
  commit(session, 3);
  assert.equal(submitted(session, ofPlayer(FOREIGN, add, { receivedAt: NOW })), 'unauthorized', 'rather than too late');
});

test('what the caller may not do is refused unwritten, though it is too late as well', () => {
  const session = running();
  for (let index = 0; index < 97; index += 1) session.submit(command(add, { receivedAt: NOW + 9 }), NOW);
  commit(session, 2);
  const late = command(add, { receivedAt: NOW, caller: PUBLIC });
  assert.equal(submitted(session, late), 'unauthorized');
  assert.equal(session.cut(writing(2)), null);
});

test('a token that has ended gets the first answer to what it had commanded, and 401 for anything new', () => {
  const first = running();
  const commanded = [ofPlayer(P0), ofPlayer(P0, { type: 'renew' })];
  const answers = commanded.map((each) => told(first.submit(each, NOW)));
  const write = commit(first, 2);
  for (const owner of [first, resumed(write, 2, false)]) {
    assert.deepEqual(
      commanded.map((each) => told(owner.submit({ ...each, again: true }, NOW))),
      answers,
    );
    assert.equal(submitted(owner, ofPlayer(P0)), 'unauthorized');
    assert.equal(submitted(owner, ofPlayer(P0, add, { may: ['anyone'] })), 'unauthorized');
    assert.match(submitted(owner, ofPlayer({ ...P0, generation: 3 })), /^200/, 'the new one holds');
  }
});

test('what a refused caller is told waits for the end of the round that was due', () => {
  const session = running({ roundEndTime: NOW });
  const verdict = session.submit(ofPlayer(FOREIGN), NOW);
  assert.equal(session.isCommitted(verdict.after), false);
  assert.equal(stored(commit(session, 2)).state.round, 2);
  assert.ok(session.isCommitted(verdict.after));
});

test('a grant comes with the answer, and is the same at every repetition, at every owner', () => {
  const first = running();
  const renewal = command({ type: 'renew' }, { may: ['self', 'admin'] });
  const { reply } = first.submit(renewal, NOW);
  const grant = { role: 'player', playerId: 'p0', nonce: 'n', generation: 2 };
  assert.deepEqual(reply, { kind: 'result', status: 200, body: '{"of":"renew","version":2}', grant });
  first.submit(command({ type: 'renew' }), NOW);
  const write = commit(first, 2);
  assert.equal(stored(write).state.generation, 3);
  for (const owner of [first, resumed(write, 2, true), resumed(write, 2, false)]) {
    assert.deepEqual(owner.submit({ ...renewal, again: true }, NOW).reply, reply, 'not that of the newer token');
  }
});

test('an answer that grants nothing has no grant', () => {
  const { reply } = running().submit(command(add), NOW);
  assert.equal('grant' in reply, false);
});
