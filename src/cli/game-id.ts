/**
 * The game that a command is about, as it was typed.
 */
import { type Context, WronglyCalled } from './command.ts';

/** Throws WronglyCalled unless exactly one is named. */
export function gameOf({ given: [id, ...rest] }: Pick<Context, 'given'>): string {
  if (id === undefined || rest.length > 0) throw new WronglyCalled('name one game, by its id');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new WronglyCalled(`"${id}" is no id of a game`);
  return id;
}
