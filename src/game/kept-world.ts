/**
 * What a module's answer becomes before it counts: JSON, parsed by the module's own schema, frozen.
 *
 * Why by its text: what is kept is what is stored, so a game plays the same before and after a takeover.
 */
import { playersIn } from './answers.ts';
import { complain, complaintsOf } from './complaints.ts';
import { called, GameFault } from './faults.ts';
import { noJsonIn } from './json-value.ts';
import type { LoadedGame, World } from './loaded-game.ts';
import type { Seat } from './module.ts';
import { amongSeats } from './player-field.ts';

export const LARGEST_WORLD_BYTES = 384 * 1024;

/** The world that `member` of the module answered, as it will be stored. Throws GameFault if it cannot be. */
export function kept(game: LoadedGame, member: string, value: unknown, seats: readonly Seat[]): World {
  const text = textOf(member, value);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > LARGEST_WORLD_BYTES) {
    throw new GameFault(member, `the world takes ${bytes} bytes; at most ${LARGEST_WORLD_BYTES} are kept`);
  }
  const parsed = amongSeats(playersIn(seats), () => game.world.safeParse(JSON.parse(text), { error: complain }));
  if (!parsed.success) {
    throw new GameFault(member, `the world is not as its schema says: ${complaintsOf(parsed.error.issues).join('; ')}`);
  }
  if (typeof parsed.data !== 'object' || parsed.data === null) throw new GameFault(member, 'a world must be an object');
  const stranger = noJsonIn(parsed.data);
  if (stranger !== null) {
    throw new GameFault(member, `the world's schema makes something at ${stranger} that JSON does not hold`);
  }
  return frozen(parsed.data);
}

/** What a value is once it is JSON. */
export function jsonOf(member: string, value: unknown): unknown {
  return value === undefined ? null : JSON.parse(textOf(member, value));
}

function textOf(member: string, value: unknown): string {
  const text = called(member, () => JSON.stringify(value));
  if (text === undefined) throw new GameFault(member, 'must answer a JSON value');
  return text;
}

export function frozen<Value extends object>(value: Value): Value {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) frozen(each);
  return Object.freeze(value);
}
