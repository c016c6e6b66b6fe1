/**
 * Who does what in a game that is checked.
 *
 * Role: players who act by chance, and players who act as they did before.
 * Invariant: chance is a stream of its own for each round and player, so that leaving out an action changes no other.
 */
import { entryOf } from '../../game/ids.ts';
import type { GivenAction, LoadedGame } from '../../game/loaded-game.ts';
import { bytesOfSeed, randomOf } from '../../game/random-stream.ts';
import { legalFor, type Table } from '../../game/table.ts';
import type { Chooser, Deed, Plan } from './one-game.ts';
import { Problem } from './problems.ts';
import { sampleOf } from './samples.ts';
import { short } from './watched-game.ts';

/** More actions of one player in one round say nothing new. */
const mostActions = 5;

/** In this game nobody ever does anything. */
export const idleSeed = 1;

/** Mostly what is legal, sometimes what the schemas let through, sometimes nothing. */
export function byChance(game: LoadedGame, { seed, players }: Plan): Chooser {
  return (before, attempt) => {
    if (seed === idleSeed) return;
    let table = before;
    const { turn, seats, round } = before;
    const order = randomOf(bytesOfSeed(seed, round), 'check order').shuffle(turn.players);
    for (const player of order) {
      const seat = seats.find(({ id }) => id === player);
      if (seat === undefined || seat.left || seat.bot) continue;
      const random = randomOf(bytesOfSeed(seed, round), `check ${player}`);
      const points = Math.min(entryOf(turn.actions, player) ?? 0, mostActions);
      const wanted = random.int(8) === 0 ? 0 : 1 + random.int(Math.max(1, points));
      for (let action = 0; action < Math.min(wanted, points); action += 1) {
        table = oneAction(table, player);
      }
      if (turn.ends === 'first' && (entryOf(table.actions, player)?.length ?? 0) > 0) return;

      function oneAction(current: Table, who: string): Table {
        const legal = random.int(6) === 0 ? [] : legalFor(game, current, who);
        if (legal.length === 0) {
          const taken = attempt(who, anyAction());
          return typeof taken === 'string' ? current : taken;
        }
        const action = random.pick(legal);
        const taken = attempt(who, action);
        if (typeof taken !== 'string') return taken;
        throw new Problem('legal', 'refused_legal', `offers ${who} ${short(action)}, which is refused: ${taken}`);
      }

      function anyAction(): GivenAction {
        const [type, schema] = random.pick(Object.entries(game.actions));
        return { ...(sampleOf(schema, { random, strings: players }) as object), type };
      }
    }
  };
}

/** What is refused now is left out. */
export function asBefore(rounds: readonly (readonly Deed[])[]): Chooser {
  return ({ round, turn }, attempt) => {
    for (const { player, action } of rounds[round - 1] ?? [])
      if (turn.players.includes(player)) attempt(player, action);
  };
}
