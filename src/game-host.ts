/**
 * How the game that is played is hosted in this process.
 *
 * Role: what becomes of its mistakes: the log hears of them, players never do.
 * Invariant: nothing can be added to built-in prototypes from before the first game runs, so that no string of a player gives all objects a field.
 */
import type { GameHost, Guard } from './game/context.ts';
import type { LoadedGame } from './game/loaded-game.ts';
import { amongSeats } from './game/player-field.ts';
import type { Log } from './ports/log.ts';

export function hostOf(game: LoadedGame, guard: Guard, log: Log): GameHost {
  return {
    game,
    guard: (calls) => guard(() => amongSeats(null, calls)),
    faulty(gameId, error) {
      log.error({ gameId, game: game.name, err: error }, 'the game made a mistake');
    },
  };
}

/**
 * Nothing can be added any more to what every object inherits. Not frozen: whatever assigns an own property by an inherited name would throw
 * then, Node.js itself on a header named `constructor`.
 */
export function sealPrototypes(): void {
  for (const { prototype } of [Object, Array, String, Number, Boolean, Map, Set]) Object.preventExtensions(prototype);
  Object.preventExtensions(Function.prototype);
}
