/**
 * A world that was stored, by this version of its module or another one.
 *
 * Role: lifts it step by step to the version that runs, and reads it by that version's schema. A world of another game is never read.
 * Why not always: a world that this very code kept is what its schema made of it, and reading it again costs more than all else of a load.
 */
import { called, GameFault } from './faults.ts';
import type { LoadedGame, World } from './loaded-game.ts';
import { moduleOf, type Play } from './play.ts';
import { asKept, readWorld } from './table.ts';

/** Throws GameFault. */
export function withStoredWorld(play: Play, game: LoadedGame): Play {
  const { module, world } = play;
  if (module.name !== game.name) {
    throw new GameFault('name', `this world is of the game ${module.name}; this member plays ${game.name}`);
  }
  const own = moduleOf(game);
  const isOwn = own.hash !== undefined && own.hash === module.hash && own.version === module.version;
  if (isOwn) return { ...play, module: own, world: asKept(world) };
  const lifted = liftedTo(game, world, module.version);
  const seats = play.seats.map((id) => ({ id, bot: false, away: false, left: false }));
  return { ...play, module: own, world: readWorld(game, lifted, seats) };
}

function liftedTo(game: LoadedGame, world: World, from: number): unknown {
  if (from > game.version)
    throw new GameFault('version', `this world is of version ${from}, newer than ${game.version}`);
  let lifted: unknown = world;
  for (let version = from + 1; version <= game.version; version += 1) {
    const step = game.migrations[version];
    // Without a step the defaults of the schema are one.
    if (step !== undefined) lifted = called('migrations', () => step.up(lifted));
  }
  return lifted;
}
