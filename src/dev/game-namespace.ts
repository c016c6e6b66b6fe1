/**
 * Where `npm start` keeps the games of what is played.
 *
 * Why: a cluster plays one game for ever, and the folder of an earlier run may hold those of another: each game has a namespace of its own.
 * Invariants:
 *  - The game that comes first has the namespace that the server has by itself, so what was kept before there were others is found.
 *  - Names of games that differ never share one; each is a right `MINOTAUR_NAMESPACE`.
 */
import { hash } from 'node:crypto';
import type { LoadedGame } from '../game/loaded-game.ts';
import { defaultGame, loadGame } from '../games.ts';
import type { StartOptions } from './start-options.ts';

const first = 'minotaur';
/** Of a namespace, in characters. */
const longest = 32;
const digestLength = 10;

/** What is played; null: what the environment says. Rejects with what is wrong with it. */
export function gameToPlay(game: StartOptions['game']): Promise<LoadedGame> {
  if (game === null) return loadGame(process.env.MINOTAUR_GAME || defaultGame);
  return loadGame('file' in game ? game.file : game.name);
}

/** What an operator chose counts, whatever is played. */
export function namespaceFor(game: string, chosen = process.env.MINOTAUR_NAMESPACE): string {
  if (chosen) return chosen;
  if (game === defaultGame) return first;
  const own = `${first}-${game}`;
  if (own.length <= longest) return own;
  return `${own.slice(0, longest - digestLength)}_${hash('sha256', game, 'hex').slice(0, digestLength - 1)}`;
}
