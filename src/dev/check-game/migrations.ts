/**
 * Steps between versions of a world, tried on worlds that were played.
 *
 * Role: every version but the first has a step, and `down(up(x))` is x: what an older member wrote comes back to it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LoadedGame, World } from '../../game/loaded-game.ts';
import { Problem } from './problems.ts';
import { short } from './watched-game.ts';

/** The first thing that is wrong; null: nothing. */
export function refuseBadSteps(game: LoadedGame, worlds: readonly World[]): Problem | null {
  for (let version = game.version; version >= 2; version -= 1) {
    const member = `migrations.${version}`;
    if (game.migrations[version] === undefined) {
      return new Problem(member, 'migrations', `is missing: games of version ${version - 1} could not be read`);
    }
  }
  for (const world of worlds) {
    const problem = tryDown(game, JSON.parse(JSON.stringify(world)));
    if (problem !== null) return problem;
  }
  return null;
}

/** Down through all versions, and at each step up and down again. */
function tryDown(game: LoadedGame, world: unknown): Problem | null {
  let now = world;
  for (let version = game.version; version >= 2; version -= 1) {
    const member = `migrations.${version}`;
    const step = game.migrations[version];
    if (step === undefined) return null;
    try {
      const before = jsonOf(step.down(copyOf(now)));
      const up = jsonOf(step.up(copyOf(before)));
      const down = jsonOf(step.down(copyOf(up)));
      if (!isDeepStrictEqual(before, down)) {
        return new Problem(member, 'migrations', `down(up(${short(before)})) is ${short(down)}`);
      }
      if (version === game.version && !game.world.safeParse(copyOf(up)).success) {
        return new Problem(member, 'migrations', `up makes ${short(up)}, which the schema of the world refuses`);
      }
      now = before;
    } catch (error) {
      if (error instanceof Problem) throw error;
      return new Problem(member, 'migrations', `throws ${String(error)} for ${short(now)}`);
    }
  }
  return null;
}

export function copyOf(value: unknown): unknown {
  return structuredClone(value);
}

export function jsonOf(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError('a step must answer a JSON value');
  return JSON.parse(text);
}
