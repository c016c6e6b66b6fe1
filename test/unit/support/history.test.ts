/** The judge judged: each kind of damage that the history checker exists for is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ending, GameHistory } from '../../support/history.ts';

/** A correct history: two registers, a read, the end of round 1, one more register, a retraction of the first of round 2. */
function correct() {
  const history = new GameHistory('G', { startVersion: 1 });
  const register = (key: string, from: number, version: number, actionId: string) => {
    const command = history.invoke({ key, kind: 'register', playerId: 'p0' }, from);
    history.answer(command, { applied: true, version, actionId }, from + 5);
    return command;
  };
  const read = (from: number, version: number, round: number, ids: string[]) =>
    history.read({
      invokedAt: from,
      answeredAt: from + 2,
      member: 'a',
      version,
      round,
      actions: new Map([['p0', ids]]),
    });
  register('k1', 0, 2, 'a2');
  read(6, 2, 1, ['a2']);
  const second = register('k2', 10, 3, 'a3');
  read(16, 3, 1, ['a2', 'a3']);
  const end = history.invoke({ key: 'k3', kind: 'endRound', target: 1 }, 20);
  history.answer(end, { applied: true, version: 4, actionId: null }, 25);
  register('k4', 30, 5, 'a5');
  register('k5', 40, 6, 'a6');
  const retract = history.invoke({ key: 'k6', kind: 'retract', target: 'a5' }, 50);
  history.answer(retract, { applied: true, version: null, actionId: null }, 55);
  const ending = (
    change: { version?: number; round?: number; current?: string[]; records?: Record<number, string[]> } = {},
  ): Ending => ({
    game: {
      version: change.version ?? 7,
      round: change.round ?? 2,
      actions: new Map([['p0', change.current ?? ['a6']]]),
    },
    records: new Map(
      Object.entries(change.records ?? { 1: ['a2', 'a3'] }).map(([n, ids]) => [Number(n), new Map([['p0', ids]])]),
    ),
  });
  return { history, register, read, second, ending };
}

function assertNames(problems: string[], pattern: RegExp): void {
  assert.ok(
    problems.some((text) => pattern.test(text)),
    `expected ${pattern} among ${JSON.stringify(problems, null, 1)}`,
  );
}

test('a correct history has no problems', () => {
  const { history, ending } = correct();
  assert.deepEqual(history.check(ending()), []);
});

test('concurrent commands may take any order', () => {
  const { history, ending } = correct();
  const early = history.invoke({ key: 'k7', kind: 'register', playerId: 'p0' }, 60);
  const late = history.invoke({ key: 'k8', kind: 'register', playerId: 'p0' }, 61);
  history.answer(late, { applied: true, version: 8, actionId: 'a8' }, 62);
  history.answer(early, { applied: true, version: 9, actionId: 'a9' }, 70);
  assert.deepEqual(history.check(ending({ version: 9, current: ['a6', 'a8', 'a9'] })), []);
});

test('a command without an answer may or may not be there, once', () => {
  const { history, ending } = correct();
  history.invoke({ key: 'k7', kind: 'register', playerId: 'p0' }, 60);
  assert.deepEqual(history.check(ending()), []);
  assert.deepEqual(history.check(ending({ version: 8, current: ['a6', 'a8'] })), []);
  assertNames(history.check(ending({ version: 9, current: ['a6', 'a8', 'a9'] })), /H5 doubled/);
});

test('H1: a retried key with another answer', () => {
  const { history, second, ending } = correct();
  history.answer(second, { applied: true, version: 8, actionId: 'a8' }, 60);
  assertNames(history.check(ending({ version: 8, current: ['a6', 'a8'] })), /H1 key k2 got different answers/);
});

test('H2: two commands with one version', () => {
  const { history, register, ending } = correct();
  register('k7', 60, 6, 'a7');
  assertNames(history.check(ending({ version: 8, current: ['a6', 'a7'] })), /H2 keys k5 and k7 both have version 6/);
});

test('H3: commands out of their real order', () => {
  const { history, register, ending } = correct();
  register('k7', 60, 9, 'a9');
  register('k8', 70, 8, 'a8');
  assertNames(
    history.check(ending({ version: 9, current: ['a6', 'a8', 'a9'] })),
    /H3 command k8 has version 8, but command k7/,
  );
});

test('H3: a read older than an acknowledged command, and older than an earlier read', () => {
  const first = correct();
  first.read(60, 5, 2, ['a5']);
  assertNames(first.history.check(first.ending()), /H3 read by a at 60.0 has version 5, but command k5 had answered 6/);
  const second = correct();
  second.read(60, 7, 2, ['a6']);
  second.read(70, 6, 2, ['a5', 'a6']);
  assertNames(second.history.check(second.ending()), /H3 read by a at 70.0 has version 6, but read by a at 60.0/);
});

test('H3: a command that takes a version which was already shown', () => {
  const { history, read, register, ending } = correct();
  read(60, 8, 2, ['a6']);
  register('k7', 70, 8, 'a8');
  assertNames(
    history.check(ending({ version: 8, current: ['a6', 'a8'] })),
    /H3 command k7 has version 8, but read by a/,
  );
});

test('H4: a read that lacks an action, shows a later one, or differs from another of its version', () => {
  const lacking = correct();
  lacking.read(17, 3, 1, ['a3']);
  assertNames(lacking.history.check(lacking.ending()), /H4 read by a at version 3 lacks action a2 of version 2/);
  assertNames(lacking.history.check(lacking.ending()), /H4 read by a at version 3: .*but also/);
  const later = correct();
  later.read(41, 5, 2, ['a5', 'a6']);
  assertNames(later.history.check(later.ending()), /H4 read by a at version 5 shows action a6 of version 6/);
});

test('H5: a lost acknowledgement', () => {
  const { history, ending } = correct();
  assertNames(history.check(ending({ current: [] })), /H5 lost: key k5 was acknowledged as action a6/);
  assertNames(history.check(ending({ records: { 1: ['a2'] } })), /H5 lost: key k2/);
});

test('H5: a doubled command, and one action in two places', () => {
  const { history, ending } = correct();
  assertNames(history.check(ending({ version: 8, current: ['a6', 'a8'] })), /H5 doubled: p0 has 1 actions/);
  assertNames(history.check(ending({ current: ['a6', 'a3'] })), /H5 action a3 is there 2 times/);
});

test('H5: an action that was taken back and is still there', () => {
  const { history, ending } = correct();
  assertNames(history.check(ending({ current: ['a5', 'a6'] })), /H5 action a5 was taken back and is still there/);
});

test('H6: a round that ended twice, one without a record, and one that ran backwards', () => {
  const twice = correct();
  const again = twice.history.invoke({ key: 'k7', kind: 'endRound', target: 1 }, 60);
  twice.history.answer(again, { applied: true, version: 8, actionId: null }, 65);
  assertNames(twice.history.check(twice.ending({ version: 8 })), /H6 round 1 ended twice: by k3 and by k7/);
  const skipped = correct();
  assertNames(skipped.history.check(skipped.ending({ round: 3 })), /H6 2 rounds are over, but 1 to 1 were ended/);
  assertNames(skipped.history.check(skipped.ending({ round: 3 })), /H6 round 2 is over but has no record/);
  assertNames(
    skipped.history.check(skipped.ending({ records: { 1: ['a2', 'a3'], 2: [] } })),
    /H6 round 2 has a record but/,
  );
  const backwards = correct();
  backwards.read(60, 7, 1, ['a2', 'a3']);
  backwards.read(26, 4, 2, []);
  assertNames(backwards.history.check(backwards.ending()), /H6 version 7 is in round 1, version 4 in 2/);
});

test('H6: a round that the clock ended counts once', () => {
  const history = new GameHistory('G', { startVersion: 1, clockEnds: 1 });
  const game = (version: number, round: number) => ({ version, round, actions: new Map() });
  assert.deepEqual(history.check({ game: game(2, 2), records: new Map([[1, new Map()]]) }), []);
  assertNames(
    history.check({ game: game(3, 3), records: new Map([1, 2].map((n) => [n, new Map()])) }),
    /H6 2 rounds are over, but 1 to 1 were ended/,
  );
});

test('H7: a version that rose without a command', () => {
  const { history, ending } = correct();
  assertNames(history.check(ending({ version: 8 })), /H7 the version rose by 7, but 6 to 6 commands were applied/);
});
