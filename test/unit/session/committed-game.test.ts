/**
 * Committed states: each viewer's own view, made once, and nothing for who may not look.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommittedGame } from '../../../src/session/committed-game.ts';
import { ADMIN, PUBLIC } from '../../../src/session/permission.ts';
import type { Rules, Viewer } from '../../../src/session/rules.ts';
import { OVER, type TinyState, tinyRules, tinyState } from '../../support/tiny-rules.ts';

const state: TinyState = { ...tinyState, total: 7, round: 3 };

/** The game, and whose views were made of it. */
function counted(): { game: CommittedGame<TinyState>; made: Viewer[] } {
  const made: Viewer[] = [];
  const rules: Rules<TinyState, never> = {
    ...(tinyRules as Rules<TinyState, never>),
    view: (given, viewer) => {
      made.push(viewer);
      return { total: given.total, viewer };
    },
  };
  return { game: new CommittedGame(rules as Rules<TinyState, unknown>, state, 12), made };
}

const game = new CommittedGame(tinyRules as Rules<TinyState, unknown>, state, 12);
const p0 = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 } as const;

test('each viewer has its own view, made once, however often it looks', () => {
  const { game, made } = counted();
  for (const viewer of ['admin', 'player:a', 'player:b', 'public', 'player:a', 'admin'] as const) {
    assert.equal(game.view(viewer), JSON.stringify({ total: 7, viewer }));
  }
  assert.deepEqual(made, ['admin', 'player:a', 'player:b', 'public']);
});

test('nothing is made for those who do not look', () => {
  const { game, made } = counted();
  assert.deepEqual([game.version, game.isOver, game.refuse(ADMIN, ['admin'])], [12, false, null]);
  game.events('admin');
  assert.deepEqual(made, []);
});

test('events are those that the viewer may know', () => {
  assert.deepEqual(game.events('admin'), { round: 3, from: 3, through: 3, events: [{ seq: 3 }] });
  assert.deepEqual(game.events('public'), { round: 3, from: 1, through: 0, events: [] });
});

test('it is over when the rules say so', () => {
  assert.equal(game.isOver, false);
  const over = new CommittedGame(tinyRules as Rules<TinyState, unknown>, { ...state, total: OVER }, 13);
  assert.equal(over.isOver, true);
});

test('whoever may not look is refused by the state that it is', () => {
  const codes = [ADMIN, PUBLIC, p0, { ...p0, generation: 2 }, { ...p0, nonce: 'earlier' }].map(
    (caller) => game.refuse(caller, ['player', 'admin'])?.code ?? null,
  );
  assert.deepEqual(codes, [null, 'unauthorized', null, 'unauthorized', 'unauthorized']);
  assert.equal(game.refuse(p0, ['admin'])?.code, 'forbidden');
  assert.equal(game.refuse(p0, ['self'])?.code, 'forbidden', 'to look at a game is about nobody');
});
