/**
 * Rounds end by the clock, once, and before anything else is looked at (I7).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GameState } from '../../../src/game/state.ts';
import type { Rules } from '../../../src/session/rules.ts';
import { Session } from '../../../src/session/session.ts';
import type { Cut } from '../../../src/session/session-command.ts';
import { decode } from '../../../src/session/snapshot.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { ROUND_MS, tinyOrigin, tinyRules } from '../../support/tiny-rules.ts';
import { writing } from '../../support/written.ts';
import {
  add,
  command,
  commit,
  created,
  cut,
  MEBIBYTE,
  NOW,
  resumed,
  running,
  stamp,
  stored,
  type TinySession,
  told,
} from './tiny-sessions.ts';

const END = NOW + 100;

test('it rings at its time, not a millisecond before, and once', () => {
  const session = running({ roundEndTime: END });
  assert.equal(session.deadline, END);
  assert.equal(session.ring(END - 1), false);
  assert.equal(session.cut(writing(2)), null);
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
  assert.equal(session.deadline, null, 'it does not count before that is committed');
  commit(session, 2, END + 705);
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
  session.landed(2, NOW);
  const second = cut(session);
  session.landed(3, NOW);
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

/** Round 2 has begun at END, and nobody has seen it yet. */
function begun(): TinySession {
  const session = running({ roundEndTime: END });
  session.ring(END);
  cut(session);
  return session;
}

test('nothing is ended on top of an end that is not committed', () => {
  const session = begun();
  for (let second = 1; second <= 20; second += 1) {
    assert.equal(session.ring(END + second * ROUND_MS), false);
    session.submit(command(add), END + second * ROUND_MS);
  }
  session.landed(2, END + 20_000);
  assert.deepEqual(outline(commit(session, 3, END + 20_000)), [2, END + 20_000 + ROUND_MS, 20]);
});

test('a round that was committed late gets its full time anew, and what came meanwhile counts in it', () => {
  const session = begun();
  session.submit(command(add), END + 10);
  session.landed(2, END + 300);
  assert.equal(session.deadline, null);
  const write = commit(session, 3, END + 302);
  assert.deepEqual(outline(write), [2, END + 300 + ROUND_MS, 1]);
  assert.equal(stored(write).version, 4, 'who watches is told of the new end');
  assert.equal(session.ring(END + 300 + ROUND_MS - 1), false);
  assert.equal(session.ring(END + 300 + ROUND_MS), true);
});

test('one that was committed soon keeps its end', () => {
  const session = begun();
  session.landed(2, END + 250);
  assert.deepEqual([session.deadline, session.cut(writing(2))], [END + ROUND_MS, null]);
});

test('a store that is always slow sees rounds end: the second time a round just lasts longer', () => {
  const session = begun();
  session.landed(2, END + 3_000);
  commit(session, 3, END + 6_000);
  assert.equal(session.cut(writing(2)), null);
  assert.equal(session.deadline, END + 3_000 + ROUND_MS + 3_000);
  assert.equal(session.ring(END + 6_999), false);
  assert.equal(session.ring(END + 7_000), true);
});

test('a round that is ended by a command meanwhile is not given more time, the next one is', () => {
  const session = begun();
  session.submit(command({ type: 'end', round: 2 }), END + 100);
  session.landed(2, END + 3_000);
  const write = cut(session);
  assert.deepEqual(outline(write), [3, END + 100 + ROUND_MS, 0]);
  session.landed(3, END + 3_100);
  assert.deepEqual(outline(cut(session)), [3, END + 3_100 + ROUND_MS, 0]);
});

test('a clock that is stopped or set by a command counts from its commit as well', () => {
  const session = running({ roundEndTime: END });
  session.submit(command({ type: 'time', roundEndTime: null }), NOW);
  session.submit(command({ type: 'time', roundEndTime: NOW + 50 }), NOW);
  cut(session);
  assert.equal(session.ring(NOW + 400), false);
  session.landed(2, NOW + 400);
  assert.deepEqual(outline(cut(session)), [1, NOW + 400 + ROUND_MS, 0]);
});

test('a new game keeps the end that it was given, however late it is committed', () => {
  const session = created({ roundEndTime: END });
  assert.equal(session.ring(END), false);
  commit(session, 1, END + 5_000);
  assert.equal(session.ring(END + 5_000), true);
});

test('who takes over finds an overdue round: it ends once, and the next has its full time', () => {
  const session = taken(END);
  assert.equal(session.ring(END + 60_000), true);
  commit(session, 2, END + 60_005);
  assert.equal(session.deadline, END + 60_000 + ROUND_MS);
});

test('a round whose time was up when it was written could not be seen: it gets its full time from the claim', () => {
  // Whoever had the slot, lost it and has it again knows as little.
  for (const next of [
    { owner: 'm2', incarnation: 'i2', epoch: 4 },
    { ...stamp, epoch: 5 },
  ]) {
    const session = taken(END + 251, next);
    assert.equal(session.ring(END + 60_000), false);
    commit(session, 2, END + 60_000);
    assert.deepEqual(outline(commit(session, 3, END + 60_001)), [1, END + 60_000 + ROUND_MS, 0]);
  }
  assert.equal(taken(END + 251, stamp).ring(END + 60_000), true, 'a claim of its own says nothing');
});

/** Claimed, as written then. */
function taken(writtenAt: number, next = { owner: 'm2', incarnation: 'i2', epoch: 4 }): TinySession {
  const { value } = commit(created({ roundEndTime: END }), 1);
  const from = {
    revision: 1,
    sizeBytes: value.length,
    stamp: next,
    writtenAt,
    largestValue: 1024 * 1024,
  };
  return Session.resume(tinyRules, stored({ value }), from);
}

test('a round whose full time is never stored lasts for it all the same, whichever state was stored', () => {
  const session = running({ roundEndTime: END });
  session.ring(END);
  const end = commit(session, 2, END + 2_000);
  const [, due] = outline(end);
  assert.equal(due, END + ROUND_MS);
  assert.equal(cut(session).mark, session.newest, 'the full time anew is being written, in vain');
  const again = reloaded(end, 2, session.clocks);
  commit(again, 3, END + 3_000);
  assert.equal(again.deadline, END + 2_000 + ROUND_MS);
  assert.equal(reloaded(end, 2, []).ring(END + 2_001), true, 'nobody would see it');
});

test('a round that is due at the same millisecond as the one before begins with its own commit all the same', () => {
  const session = running({ roundEndTime: END });
  session.ring(END);
  commit(session, 2, END + 2_000);
  session.submit(command({ type: 'end', round: 2 }), END + 2_000);
  const [round, due] = outline(commit(session, 3, END + 50_000));
  assert.deepEqual([round, due], [3, END + 2_000 + ROUND_MS]);
  assert.equal(session.deadline, null, 'its full time anew is to be committed');
});

test('a beginning that was in doubt when it was lost is late if it is known so late that it landed', () => {
  for (const [knownAt, wholeFrom] of [
    [END + 100, END],
    [END + 2_000, END + 2_000],
  ] as const) {
    const session = running({ roundEndTime: END });
    session.ring(END);
    const next = reloaded(cut(session), 2, session.clocks);
    assert.equal(next.deadline, null);
    commit(next, 3, knownAt);
    if (wholeFrom !== END) commit(next, 4, knownAt);
    assert.equal(next.deadline, wholeFrom + ROUND_MS);
  }
});

test('a round that is lost goes on for as long as it would have, should time be set meanwhile', () => {
  const session = running({ roundEndTime: END });
  session.ring(END);
  const end = commit(session, 2, END);
  session.lengthen(60_000);
  const next = reloaded(end, 2, session.clocks);
  commit(next, 3, END + 60_000);
  assert.equal(next.deadline, END + 60_000 + ROUND_MS);
});

test('what is written again after time was set says what the round still has', () => {
  const session = running({ roundEndTime: END });
  session.submit(command(add), NOW);
  const write = cut(session);
  assert.equal(write.goesOn(NOW), END - NOW);
  session.lengthen(5_000);
  assert.equal(write.goesOn(NOW + 5_000), END - NOW);
});

/** What its owner makes of what it wrote itself, knowing this. */
function reloaded({ value }: Cut, revision: number, clocks: TinySession['clocks']): TinySession {
  const from = { revision, sizeBytes: value.length, stamp, writtenAt: END + 2_000, largestValue: MEBIBYTE, clocks };
  return Session.resume(tinyRules, stored({ value }), from);
}

/** Round, its end, and what was added. */
function outline(write: Cut): readonly unknown[] {
  const { round, roundEndTime, total } = stored(write).state;
  return [round, roundEndTime, total];
}

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
    const from = { gameId: 'G', document, origin: tinyOrigin, now: NOW, stamp, expected: 0, largestValue: 1024 * 1024 };
    const { input: _, ...creation } = command(add);
    const made = Session.create(rules, from, creation);
    assert.ok(made.kind === 'created');
    const { session } = made;
    assert.ok(session.cut(writing(1)) !== null);
    session.landed(1, NOW);
    assert.equal(session.deadline, NOW + 1_000);
    assert.equal(session.ring(NOW + 1_250), true);
    const write = session.cut(writing(1));
    assert.ok(write !== null);
    const { state } = decode(rules, write.value);
    assert.deepEqual([state.round, state.roundEndTime], [2, NOW + 2_250]);
    assert.equal((write.records[0]?.content as { reason: string } | undefined)?.reason, reason);
  }
});
