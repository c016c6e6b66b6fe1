/**
 * The game of first.ts, version 2: the world has another shape, in which version 1 cannot read a word, and counts something new.
 *
 * Invariant: version 1 has no place for `resolved`, so it stays 0 as long as that version is written.
 */
import { defineGame, player, z } from 'minotaur/game';

type First = { readonly words: Readonly<Record<string, number[]>> };

const world = z.object({
  by: z.array(z.object({ id: player(), said: z.array(z.int()) })),
  resolved: z.int(),
});

export default defineGame({
  name: 'tally',
  version: 2,
  players: { min: 2, max: 2 },
  settings: z.object({}),
  world,
  actions: { say: z.object({ word: z.int() }) },
  setup: ({ players }) => ({ by: players.map((id) => ({ id, said: [] })), resolved: 0 }),
  turn: (_world, { players }) => ({ players: players.map(({ id }) => id), actions: 1, ends: 'all' }),
  resolve(now, actions) {
    for (const { player: id, word } of actions) now.by.find((each) => each.id === id)?.said.push(word);
    now.resolved += 1;
  },
  outcome: () => null,
  view: ({ by, resolved }) => ({ words: Object.fromEntries(by.map(({ id, said }) => [id, said])), resolved }),
  migrations: {
    2: {
      up: ({ words }: First) => ({ by: Object.entries(words).map(([id, said]) => ({ id, said })), resolved: 0 }),
      down: ({ by }: z.output<typeof world>): First => ({
        words: Object.fromEntries(by.map(({ id, said }) => [id, said])),
      }),
    },
  },
});
