/**
 * `player()`: the schema of a field that names a player.
 *
 * Role: a string of a client becomes a key of the world only when it names a seat. The schema is made before there is a game, so the seats are
 * lent to it for the length of one parse.
 * Invariant: outside `amongSeats` any id passes (a gateway knows no seats); nothing that is no id ever does.
 */
import { idPattern, idSchema } from './ids.ts';

let seats: ReadonlySet<string> | null = null;

/** What a parse says of a name that is nobody's in this game. */
export const noPlayer = 'no such player is in this game';

/** A player of the game, by id. */
export function player() {
  return idSchema.refine((id) => seats === null || seats.has(id), noPlayer).meta({ pattern: idPattern.source });
}

/** What `parse` answers while every `player()` has to be one of these. */
export function amongSeats<Result>(players: Iterable<string>, parse: () => Result): Result {
  const before = seats;
  seats = new Set(players);
  try {
    return parse();
  } finally {
    seats = before;
  }
}
