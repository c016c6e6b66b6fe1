/**
 * Tic-tac-toe: the smallest game that is whole.
 *
 * Role: shows what a game with alternating turns takes. Nothing is hidden, so its view is its world.
 */
import { defineGame, player, z } from 'minotaur/game';

const lines = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

export default defineGame({
  name: 'tic-tac-toe',
  version: 1,
  players: { min: 2, max: 2 },
  settings: z.object({}),
  world: z.object({
    /** Whoever begins comes first. */
    order: z.array(player()).length(2),
    /** Row by row. */
    cells: z.array(player().nullable()).length(9),
    /** Who let its time pass, and lost by it. */
    forfeit: player().nullable(),
  }),
  actions: { mark: z.object({ cell: z.int().min(0).max(8) }) },
  events: { marked: z.object({ by: player(), cell: z.int() }) },
  reasons: ['cell_taken'],

  setup: ({ players, random }) => ({ order: random.shuffle(players), cells: Array(9).fill(null), forfeit: null }),

  turn: ({ order }, { round }) => ({ players: [order[(round - 1) % 2]], actions: 1, ends: 'all' }),

  resolve(world, [mark], { turn, tell }) {
    if (mark === undefined) {
      world.forfeit = turn.players[0] ?? null;
      return;
    }
    world.cells[mark.cell] = mark.player;
    tell('marked', { by: mark.player, cell: mark.cell }, 'everybody');
  },

  outcome({ order, cells, forfeit }, { players }) {
    const gone = forfeit ?? players.find(({ left }) => left)?.id;
    if (gone !== undefined) return { winners: order.filter((id) => id !== gone), reason: 'forfeit' };
    for (const [a, b, c] of lines) {
      const owner = cells[a];
      if (owner && owner === cells[b] && owner === cells[c]) return { winners: [owner] };
    }
    return cells.includes(null) ? null : { winners: [], reason: 'draw' };
  },

  view: (world) => world,

  allows: (view, _player, { cell }) => view.cells[cell] === null || 'cell_taken',

  legal: (view) => view.cells.flatMap((owner, cell) => (owner === null ? [{ type: 'mark' as const, cell }] : [])),

  /** Completes a line of its own, blocks one of the other's, or draws. */
  bot({ cells }, player, { legal, random }) {
    const completes = (cell: number, owner: (id: string) => boolean) =>
      lines.some((line) => line.some((at) => at === cell) && line.every((at) => at === cell || owner(cells[at] ?? '')));
    const wins = legal.filter(({ cell }) => completes(cell, (id) => id === player));
    const blocks = legal.filter(({ cell }) => completes(cell, (id) => id !== '' && id !== player));
    return [random.pick([wins, blocks, legal].find(({ length }) => length > 0) ?? legal)];
  },
});
