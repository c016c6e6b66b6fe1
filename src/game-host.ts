/**
 * How the game that is played is hosted in this process.
 *
 * Role: what becomes of its mistakes: the log hears of them, players never do.
 * Invariant: nothing can be added to built-in prototypes from before the first game runs, so that no string of a player gives all objects a field.
 */
import type { Logger } from 'pino';
import type { GameHost, Guard } from './game/context.ts';
import type { LoadedGame } from './game/loaded-game.ts';

/** One line for the same mistake of the same game in so long. */
const SAY_AGAIN_MS = 60_000;
const MOST_REMEMBERED = 1_000;

export function hostOf(game: LoadedGame, guard: Guard, log: Logger, now: () => number): GameHost {
  const said = new Map<string, number>();
  return {
    game,
    guard,
    faulty(gameId, error) {
      const what = error instanceof Error ? error.message : String(error);
      const at = now();
      if (at - (said.get(what) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return;
      if (said.size >= MOST_REMEMBERED) said.clear();
      said.set(what, at);
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
