/**
 * Tic-tac-toe on the pure table.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gameOf } from '../../../src/game/module-check.ts';
import { look, nextTable, type Table, take } from '../../../src/game/table.ts';
import ticTacToe from '../../../src/games/tic-tac-toe/game.ts';
import { act, end, open, playOut, seatsOf } from './playing.ts';

const game = gameOf(ticTacToe);
const seats = seatsOf(['ada', 'bob']);

function start(): { table: Table; order: readonly string[] } {
  const table = open(game, seats, {}, 1);
  return { table, order: (table.world as { order: string[] }).order };
}

/** Marks these cells in turn; the last round's end. */
function mark(cells: readonly number[]) {
  let { table, order } = start();
  for (const [index, cell] of cells.entries()) {
    const finished = end(game, act(game, table, order[index % 2] as string, [{ type: 'mark', cell }]), 1);
    if (index === cells.length - 1) return { finished, order };
    table = nextTable(table, finished, 0);
  }
  throw new Error('no cells');
}

test('players take turns, one mark each', () => {
  const { table, order } = start();
  assert.deepEqual(table.turn.players, [order[0]]);
  assert.deepEqual(take(game, table, order[1] as string, { type: 'mark', cell: 0 }), {
    refusal: { kind: 'not_your_turn' },
  });
  const marked = act(game, table, order[0] as string, [{ type: 'mark', cell: 4 }]);
  const again = take(game, marked, order[0] as string, { type: 'mark', cell: 5 });
  assert.deepEqual(again, { refusal: { kind: 'no_actions_left', most: 1 } });
  const { next, events } = end(game, marked, 1);
  assert.deepEqual(next?.players, [order[1]]);
  assert.deepEqual(events, [{ type: 'marked', fields: { by: order[0], cell: 4 }, to: 'everybody' }]);
});

test('who begins is drawn', () => {
  const first = (seed: number) => open(game, seats, {}, seed).turn.players[0];
  assert.deepEqual(new Set(Array.from({ length: 30 }, (_, seed) => first(seed))), new Set(['ada', 'bob']));
});

test('a cell is marked once', () => {
  const { table, order } = start();
  const [first, second] = order as [string, string];
  const next = nextTable(table, end(game, act(game, table, first, [{ type: 'mark', cell: 4 }]), 1), 0);
  const refused = take(game, next, second, { type: 'mark', cell: 4 });
  assert.deepEqual(refused, { refusal: { kind: 'refused', reason: 'cell_taken' } });
});

test('three in a row win, in each of the eight lines', () => {
  const lines = ['012', '345', '678', '036', '147', '258', '048', '246'];
  for (const line of lines) {
    const [a, b, c] = [...line].map(Number) as [number, number, number];
    const [x, y] = [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((cell) => !line.includes(String(cell))) as [number, number];
    const { finished, order } = mark([a, x, b, y, c]);
    assert.deepEqual(finished.outcome, { winners: [order[0]] }, line);
  }
});

test('a full board without a line is won by nobody', () => {
  assert.deepEqual(mark([0, 1, 2, 4, 3, 5, 7, 6, 8]).finished.outcome, { winners: [], reason: 'draw' });
});

test('who lets its time pass loses, and so does who leaves', () => {
  const { table, order } = start();
  assert.deepEqual(end(game, table, 1).outcome, { winners: [order[1]], reason: 'forfeit' });
  const gone = { ...table, seats: seats.map((seat) => ({ ...seat, left: seat.id === order[1] })) };
  const marked = act(game, gone, order[0] as string, [{ type: 'mark', cell: 0 }]);
  assert.deepEqual(end(game, marked, 1).outcome, { winners: [order[0]], reason: 'forfeit' });
});

test('everybody sees the board', () => {
  const { table } = start();
  assert.deepEqual(look(game, table, { kind: 'public' }), look(game, table, { kind: 'player', id: 'ada' }));
});

test('bots complete a line, block one, and end their games', () => {
  const bots = seatsOf(['ada', 'bob'], true);
  const winners = Array.from({ length: 60 }, (_, seed) => playOut(game, bots, {}, seed).outcome.winners.length);
  assert.ok(winners.includes(1) && winners.includes(0));
  const cells = ['x', 'x', null, 'o', 'o', null, null, null, null];
  const legal = ticTacToe.legal?.({ order: ['x', 'o'], cells, forfeit: null }, 'x', {} as never) ?? [];
  const random = { pick: <Item>(of: readonly Item[]) => of[0] as Item } as never;
  const bot = (who: string, on: (string | null)[]) =>
    ticTacToe.bot?.({ order: ['x', 'o'], cells: on, forfeit: null }, who, { legal, random } as never);
  assert.deepEqual(bot('x', cells), [{ type: 'mark', cell: 2 }]);
  assert.deepEqual(bot('o', cells), [{ type: 'mark', cell: 5 }]);
  assert.deepEqual(bot('o', ['x', 'x', null, 'o', null, null, null, null, null]), [{ type: 'mark', cell: 2 }]);
});
