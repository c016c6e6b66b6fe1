/** What is wrong with a game, in plain JavaScript, is said by the name of the member. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'minotaur/game';
import { gameOf, ModuleError } from '../../../src/game/module-check.ts';
import ticTacToe from '../../../src/games/tic-tac-toe/game.ts';

function problemsOf(exported: unknown): readonly string[] {
  try {
    gameOf(exported);
  } catch (error) {
    if (error instanceof ModuleError) return error.problems;
    throw error;
  }
  return [];
}

const wrong = (members: Record<string, unknown>) => problemsOf({ ...ticTacToe, ...members });

test('a game that is right passes, and what it may leave out is filled in', () => {
  const { events: _, reasons: __, allows: _3, legal: _4, bot: _5, ...rest } = ticTacToe;
  const game = gameOf(rest);
  assert.deepEqual([game.events, game.reasons, game.legal, game.bot, game.secrets], [{}, [], null, null, null]);
  assert.equal(game.allows(null, 'p', { type: 'mark' }, { round: 1, settings: {}, players: [], own: [] }), true);
});

test('members keep their object', () => {
  const game = gameOf({
    ...ticTacToe,
    outcome(this: { name: string }) {
      return { winners: [], reason: this.name };
    },
  } satisfies Record<string, unknown>);
  assert.deepEqual(game.outcome({}, { round: 1, settings: {}, players: [] }), { winners: [], reason: 'tic-tac-toe' });
});

test('each thing that is wrong is named', () => {
  for (const nothing of [undefined, null, 7, 'game']) assert.match(problemsOf(nothing)[0] ?? '', /^default: must be/);
  const cases: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ name: 'No Name' }, /^name: must be/],
    [{ version: 0 }, /^version: must be/],
    [{ players: { min: 3, max: 2 } }, /^players: must be/],
    [{ players: null }, /^players: must be/],
    [{ settings: {} }, /^settings: must be a z.object/],
    [{ world: {} }, /^world: must be a schema/],
    [{ actions: null }, /^actions: must be an object/],
    [{ actions: { mark: z.string() } }, /^actions.mark: must be a z.object/],
    [{ actions: { 'a b': z.object({}) } }, /^actions.a b: must be named/],
    [{ actions: { mark: z.object({ round: z.int() }) } }, /^actions.mark.round: this name is the platform's/],
    [{ actions: { mark: z.object({ at: z.date() }) } }, /^actions.mark: cannot be described/],
    [{ events: { seen: z.object({ seq: z.int() }) } }, /^events.seen.seq: this name is the platform's/],
    [{ events: { round_won: z.object({}) } }, /^events.round_won: types that begin with round_/],
    [{ reasons: ['Not A Code'] }, /^reasons: must be a list of codes/],
    [{ setup: undefined }, /^setup: is missing/],
    [{ view: 'all' }, /^view: must be a function/],
    [{ bot: 'clever' }, /^bot: must be a function, or absent/],
    [{ resolve: async () => {} }, /^resolve: must not be async/],
    [{ alows: () => true }, /^alows: is no member of a game; did you mean allows\?/],
    [{ migrations: { 1: { up: () => {}, down: () => {} } } }, /^migrations.1: must be a version from 2 to 1/],
    [{ version: 2, migrations: { 2: { up: () => {} } } }, /^migrations.2: must be { up, down }/],
  ];
  for (const [members, expected] of cases) {
    const problems = wrong(members);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    assert.match(problems[0] ?? '', expected);
  }
});

test('all that is wrong is said at once', () => {
  assert.equal(wrong({ name: '', version: 'one', turn: null, reasons: 'none' }).length, 4);
});
