/**
 * `player()`: the schema of a field that names a player.
 *
 * Role: a string of a client becomes a key of the world only when it names a seat. The schema is made before there is a game, so the seats are
 * lent to it for the length of one parse.
 * Invariants:
 *  - Where nobody says which seats there are, any id passes (a gateway knows no seats); nothing that is no id ever does.
 *  - What a guard ended in the middle of a parse had no chance to take the seats back (`finally` does not run then): every parse
 *    of settings, actions, events and worlds, and every guarded call (game-host.ts), says anew which there are.
 */
import { idPattern, idSchema } from './ids.ts';

let seats: ReadonlySet<string> | null = null;

/** What a parse says of a name that is nobody's in this game. */
export const noPlayer = 'no such player is in this game';

/** A player of the game, by id. */
export function player() {
  return idSchema.refine((id) => seats === null || seats.has(id), noPlayer).meta({ pattern: idPattern.source });
}

/** What `parse` answers while every `player()` has to be one of these; null: any will do. */
export function amongSeats<Result>(players: Iterable<string> | null, parse: () => Result): Result {
  seats = players && new Set(players);
  try {
    return parse();
  } finally {
    seats = null;
  }
}
