/**
 * How fast the dungeon crawl is: a round of eight players with ten actions each, and what one of them sees.
 *
 * Why the module alone: what stands around it (copies, checks of what it made) is the same for every game.
 */
import { randomOf } from '../../src/game/random-stream.ts';
import minotaur from '../../src/games/minotaur/game.ts';
import type { Bench } from '../support/bench.ts';

const rounds = 1_000;
const players = Array.from({ length: 8 }, (_, index) => `player-${index}`);
const seats = players.map((id) => ({ id, bot: false, away: false, left: false }));
const settings = minotaur.settings.parse({ actionPoints: 10, health: 10_000 });
const random = randomOf(new Uint8Array(32), 'bench');
const at = { round: 1, settings, players: seats };

export const crawl: Bench = {
  name: 'crawl',
  about: 'rounds of the dungeon crawl: 8 players, 10 actions each',
  measures: [
    { name: 'resolving a round', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 1 } },
    { name: 'a view', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 0.2 } },
  ],
  async run({ progress }) {
    progress(`${rounds} rounds`);
    const world = minotaur.setup({ players, settings, random, now: 0 });
    const turn = { players, actions: {}, ends: 'done', seconds: 60 } as const;
    const end = { ...at, now: 0, startedAt: 0, turn, done: [], random, tell: () => {} };
    const resolving: number[] = [];
    const viewing: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const actions = players.flatMap((player) => tenActions(world, player));
      resolving.push(timed(() => minotaur.resolve(world, actions, end)));
      viewing.push(timed(() => minotaur.view(world, { kind: 'player', id: players[0] as string }, at)));
    }
    return [{ value: median(resolving) }, { value: median(viewing) }];
  },
};

/** Drawn from what is legal, one after another. */
function tenActions(world: Parameters<typeof minotaur.view>[0], player: string) {
  const view = minotaur.view(world, { kind: 'player', id: player }, at);
  const own: NonNullable<ReturnType<NonNullable<typeof minotaur.legal>>>[number][] = [];
  for (let action = 0; action < 10; action += 1) {
    own.push(random.pick(minotaur.legal?.(view, player, { ...at, own }) ?? []));
  }
  return own.map((action) => ({ ...action, player }));
}

function timed(call: () => unknown): number {
  const startedAt = performance.now();
  call();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
