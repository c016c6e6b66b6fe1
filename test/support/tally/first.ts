/**
 * A game in which all say a number each round, and the world keeps what each has said: version 1.
 *
 * Role: whatever was acknowledged and got lost is missing in it.
 */
import { defineGame, player, z } from 'minotaur/game';

export default defineGame({
  name: 'tally',
  version: 1,
  players: { min: 2, max: 2 },
  settings: z.object({}),
  world: z.object({ words: z.record(player(), z.array(z.int())) }),
  actions: { say: z.object({ word: z.int() }) },
  setup: ({ players }) => ({ words: Object.fromEntries(players.map((id) => [id, []])) }),
  turn: (_world, { players }) => ({ players: players.map(({ id }) => id), actions: 1, ends: 'all' }),
  resolve({ words }, actions) {
    for (const { player: id, word } of actions) words[id]?.push(word);
  },
  outcome: () => null,
  view: (world) => world,
});
