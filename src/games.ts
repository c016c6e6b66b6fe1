/**
 * The games that come with the server, and the one that an operator chose.
 *
 * Role: `MINOTAUR_GAME` is the name of one of them, or the path of a file that exports one. Everything that is wrong is said by the name of the
 * setting and of the member of the game.
 * Invariant: whatever is played, what stood on the wire before games were modules stands there.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './config-error.ts';
import type { LoadedGame } from './game/loaded-game.ts';
import { gameOf, ModuleError } from './game/module-check.ts';
import { hashOfGame } from './game-hash.ts';
import { resolveInterface } from './game-interface.ts';
import { flatFields } from './games/minotaur/before-modules.ts';
import minotaur from './games/minotaur/game.ts';
import ticTacToe from './games/tic-tac-toe/game.ts';

export const minotaurGame = gameOf(minotaur, flatFields);

/** What is played unless an operator says otherwise. */
export const defaultGame = minotaurGame.name;

const folderOfGames = join(import.meta.dirname, 'games');
const builtIn: Readonly<Record<string, LoadedGame>> = {
  minotaur: minotaurGame,
  'tic-tac-toe': gameOf(ticTacToe, flatFields),
};

/** Rejects with ConfigError. */
export async function loadGame(chosen: string): Promise<LoadedGame> {
  const own = Object.hasOwn(builtIn, chosen) ? builtIn[chosen] : undefined;
  if (own !== undefined) return { ...own, hash: await hashOfGame(join(folderOfGames, chosen, 'game.ts')) };
  const file = resolve(chosen);
  try {
    const hash = await hashOfGame(file);
    const game = gameOf(await importGame(file), flatFields);
    // Where it was saved meanwhile nobody knows which text was loaded.
    return { ...game, hash: (await hashOfGame(file)) === hash ? hash : null };
  } catch (error) {
    const problems = error instanceof ModuleError ? error.problems : [textOf(error)];
    throw new ConfigError(problems.map((problem) => `MINOTAUR_GAME: ${chosen}: ${problem}`));
  }
}

/** The default export of a file, which may lie anywhere: `minotaur/game` is this server's own. */
async function importGame(path: string): Promise<unknown> {
  const hooks = resolveInterface();
  try {
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default;
  } finally {
    hooks.deregister();
  }
}

function textOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    return `is no game that comes with the server (${Object.keys(builtIn).join(', ')}), and no file: ${error.message}`;
  }
  return `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
}
