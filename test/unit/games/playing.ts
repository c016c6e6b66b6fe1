/**
 * Whole games on the pure table, for the tests of games: everything follows from a seed.
 */
import type { Outcome, Seat } from 'minotaur/game';
import type { LoadedGame } from '../../../src/game/loaded-game.ts';
import { bytesOfSeed } from '../../../src/game/random-stream.ts';
import {
  type Finished,
  finish,
  nextTable,
  openTable,
  readSettings,
  type Table,
  take,
  withAction,
} from '../../../src/game/table.ts';

const defaults = { actions: 3, seconds: 60 };

export function seatsOf(ids: readonly string[], bot = false): readonly Seat[] {
  return ids.map((id) => ({ id, bot, away: false, left: false }));
}

export function open(game: LoadedGame, seats: readonly Seat[], given: object, seed: number): Table {
  const settings = readSettings(game, given);
  if ('complaints' in settings) throw new Error(settings.complaints.join('; '));
  return openTable(game, { seats, settings: settings.value, round: 1, now: 0, bytes: bytesOfSeed(seed, 0), defaults });
}

/** Registers these actions; a refusal throws. */
export function act(game: LoadedGame, before: Table, player: string, actions: readonly object[]): Table {
  let table = before;
  for (const action of actions) {
    const taken = take(game, table, player, action);
    if ('refusal' in taken) throw new Error(`refused: ${JSON.stringify(taken.refusal)}`);
    table = withAction(table, player, taken.action);
  }
  return table;
}

export function end(game: LoadedGame, table: Table, seed: number): Finished {
  return finish(game, table, { now: table.round * 60_000, bytes: bytesOfSeed(seed, table.round), defaults });
}

export interface Played {
  readonly rounds: readonly { readonly table: Table; readonly finished: Finished }[];
  readonly outcome: Outcome;
}

/** Bots play until it is over. */
export function playOut(game: LoadedGame, seats: readonly Seat[], given: object, seed: number, most = 500): Played {
  let table = open(game, seats, given, seed);
  const rounds: { table: Table; finished: Finished }[] = [];
  for (;;) {
    const finished = end(game, table, seed);
    if (finished.faults.length > 0) throw finished.faults[0];
    rounds.push({ table, finished });
    if (finished.outcome !== null) return { rounds, outcome: finished.outcome };
    if (rounds.length === most) throw new Error(`still going on after ${most} rounds`);
    table = nextTable(table, finished, table.round * 60_000);
  }
}
