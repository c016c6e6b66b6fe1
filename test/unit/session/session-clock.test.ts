/**
 * Rounds end by the clock, once, and before anything else is looked at (I7).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { Session } from '../../../src/session/session.ts';
import { decode } from '../../../src/session/snapshot.ts';
import { ROUND_MS, tinyOrigin } from '../../support/tiny-rules.ts';
import { add, command, commit, created, cut, NOW, resumed, running, stamp, stored, told } from './tiny-sessions.ts';

const END = NOW + 100;

test('it rings at its time, not a millisecond before, and once', () => {
  const session = running({ roundEndTime: END });
  assert.equal(session.deadline, END);
  assert.equal(session.ring(END - 1), false);
  assert.equal(session.cut(2), null);
  assert.equal(session.ring(END), true);
  assert.equal(session.ring(END), false);
  assert.equal(stored(cut(session)).state.round, 2);
});

test('a session without a clock never rings', () => {
  assert.equal(running().ring(Number.MAX_SAFE_INTEGER), false);
});

test('the next round counts from when the end was applied', () => {
  const session = running({ roundEndTime: END });
  session.ring(END + 700);
  assert.equal(session.deadline, END + 700 + ROUND_MS);
});

test('the round ends before a command that comes at its time is looked at', () => {
  const session = running({ roundEndTime: END });
  const verdict = session.submit(command({ type: 'end', round: 1 }), END);
  assert.equal(told(verdict), 'bad_request', 'round 1 is over');
  const write = cut(session);
  assert.equal(stored(write).state.round, 2);
  assert.deepEqual(write.records, [{ round: 1, content: { how: 'ended', round: 1, version: 2, total: 0 } }]);
});

test('even a repetition or a refusal finds the round ended, and waits for that', () => {
  const once = command(add);
  for (const parts of [{}, { fingerprint: 'g' }]) {
    const session = running({ roundEndTime: END });
    session.submit(once, NOW);
    commit(session, 2);
    const verdict = session.submit({ ...once, ...parts }, END);
    assert.equal(session.isCommitted(verdict.after), false);
    assert.equal(stored(commit(session, 3)).state.round, 2);
    assert.ok(session.isCommitted(verdict.after));
  }
});

test('records go with the write that their rounds are in, each once', () => {
  const session = running({ roundEndTime: END });
  session.ring(END);
  const first = cut(session);
  session.submit(command({ type: 'end', round: 2 }), END);
  session.submit(command({ type: 'end', round: 3 }), END);
  session.landed(2);
  const second = cut(session);
  session.landed(3);
  session.submit(command(add), END);
  const rounds = [first, second, cut(session)].map(({ records }) => records.map(({ round }) => round));
  assert.deepEqual(rounds, [[1], [2, 3], []]);
});

for (const onEnd of ['throw', 'refuse'] as const) {
  test(`the end of a round that the rules ${onEnd} ends it without its actions`, () => {
    const session = running({ roundEndTime: END, onEnd, total: 4 });
    assert.equal(session.ring(END), true);
    const write = cut(session);
    assert.deepEqual([stored(write).state.round, stored(write).version], [2, 2]);
    assert.deepEqual(write.records, [{ round: 1, content: { how: 'abandoned', round: 1, version: 2, total: 4 } }]);
  });
}

test('the clock goes on after a change of owner', () => {
  const session = resumed(commit(created({ roundEndTime: END }), 1), 1, true);
  assert.equal(session.deadline, END);
  session.ring(END);
  const write = cut(session);
  assert.deepEqual([stored(write).state.round, write.records.length], [2, 1], 'the claim takes the end with it');
});

test('the real rules: a round ends by time, and a faulty end is abandoned', () => {
  const faulty: Rules<GameState, GameCommand> = {
    ...minotaurRules,
    apply: (state, input, context) => {
      if (input.type === 'end_round') throw new Error('a fault');
      return minotaurRules.apply(state, input, context);
    },
  };
  for (const [rules, reason] of [
    [minotaurRules, 'time'],
    [faulty, 'abandoned'],
  ] as const) {
    const document = { settings: { roundSeconds: 1 } };
    const from = { gameId: 'G', document, origin: tinyOrigin, now: NOW, stamp, expected: 0 };
    const { input: _, ...creation } = command(add);
    const made = Session.create(rules, from, creation);
    assert.ok(made.kind === 'created');
    const { session } = made;
    assert.equal(session.deadline, NOW + 1_000);
    assert.equal(session.ring(NOW + 1_250), true);
    const write = session.cut(1);
    assert.ok(write !== null);
    const { state } = decode(rules, write.value);
    assert.deepEqual([state.round, state.roundEndTime], [2, NOW + 2_250]);
    assert.equal((write.records[0]?.content as { reason: string } | undefined)?.reason, reason);
  }
});
