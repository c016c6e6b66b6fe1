/** Tic-tac-toe without a single type: what it needs is inferred from the schemas. */
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
];

export default defineGame({
  name: 'noughts',
  version: 1,
  players: { min: 2, max: 2 },
  settings: z.object({}),
  world: z.object({
    order: z.array(player()),
    cells: z.array(player().nullable()).length(9),
    forfeit: player().nullable(),
  }),
  actions: { mark: z.object({ cell: z.int().min(0).max(8) }) },
  events: { marked: z.object({ by: player(), cell: z.int() }) },
  reasons: ['cell_taken'],
  setup: ({ players, random }) => ({ order: random.shuffle(players), cells: Array(9).fill(null), forfeit: null }),
  turn: (world, { round }) => ({ players: [world.order[(round - 1) % 2]], actions: 1, ends: 'all' }),
  resolve(world, [mark], { turn, tell }) {
    if (mark === undefined) world.forfeit = turn.players[0] ?? null;
    else {
      world.cells[mark.cell] = mark.player;
      tell('marked', { by: mark.player, cell: mark.cell }, 'everybody');
    }
  },
  outcome: ({ order, cells, forfeit }) => {
    if (forfeit !== null) return { winners: order.filter((id) => id !== forfeit), reason: 'forfeit' };
    for (const [a, b, c] of lines) {
      const owner = cells[a ?? 0];
      if (owner && owner === cells[b ?? 0] && owner === cells[c ?? 0]) return { winners: [owner] };
    }
    return cells.includes(null) ? null : { winners: [] };
  },
  view: (world) => world,
  allows: (view, _player, { cell }) => view.cells[cell] === null || 'cell_taken',
  legal: (view) => view.cells.flatMap((owner, cell) => (owner === null ? [{ type: 'mark' as const, cell }] : [])),
  bot: (_view, _player, { legal, random }) => [random.pick(legal)],
});
