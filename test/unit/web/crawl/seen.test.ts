/** What the page takes from an update, of whatever member it comes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seenOf } from '../../../../src/web/crawl/seen.ts';

const view = { you: { health: 50 }, alive: ['p1'], characters: [], minotaur: null, visible: [], remembered: [] };
const game = {
  id: 'G',
  status: 'active' as const,
  round: 4,
  roundEndTime: null,
  world: view,
  players: {},
  module: { name: 'minotaur', version: 1 },
  turn: { players: ['p1'], actions: { p1: 2 }, ends: 'done', seconds: 60 },
  settings: { actionPoints: 3, health: 80, table: { damage: 7 } },
  registeredActions: { p1: [{ id: 'a1', type: 'move', vector: { q: 1, r: 0 } }] },
};

test('points are those of the turn, the rest is as the settings say', () => {
  const seen = seenOf({ game, view, version: 9 }, 'p1');
  assert.deepEqual(
    [seen?.points, seen?.damage, seen?.health, seen?.round, seen?.step, seen?.version],
    [2, 7, 80, 4, 4, 9],
  );
  assert.equal(seen?.own[0]?.id, 'a1');
  assert.equal(
    seenOf({ game: { ...game, status: 'concluded' }, view, version: 9 }, 'p1')?.step,
    5,
    'the end is a step more',
  );
});

test('what is not said is as the game has it by itself', () => {
  const { settings: _, turn: __, registeredActions: ___, ...bare } = game;
  const seen = seenOf({ game: bare, view, version: 1 }, 'p1');
  assert.deepEqual([seen?.points, seen?.damage, seen?.health, seen?.own], [3, 25, 100, []]);
});

test('a lobby, another game, a world that cannot be shown: nothing is seen', () => {
  assert.equal(seenOf({ game, view: null, version: 1 }, 'p1'), null);
  assert.equal(
    seenOf({ game: { ...game, module: { name: 'tic-tac-toe' } }, view: { cells: [] }, version: 1 }, 'p1'),
    null,
  );
  const { module: _, ...without } = game;
  assert.equal(seenOf({ game: without, view, version: 1 }, 'p1'), null);
});
