/**
 * A short name for the code of a game, which every fix of a bug changes.
 *
 * Role: made once, when the game is loaded. Members that say the same play the same code and read a stored world in the same way.
 * What it covers: the game's file, and what that and these import by relative path. What it does not: packages, `minotaur/game`, the server's
 * version, and files that are opened, or imported by a name that is put together.
 * Invariant: the same texts make the same hash on every machine and at every start, wherever they lie and whatever the game's file is called.
 */
import { hash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** 64 bits: told apart are deploys of one game, not what somebody made to look alike. */
const length = 16;
/** `from './x.ts'`, `import './x.ts'`, `import('./x.ts')`, `require('./x.cjs')`. One in a comment counts as well: that does no harm. */
const relativeImport = /\b(?:from|import|require)\s*\(?\s*(['"`])(\.{1,2}\/[^'"`\n]+)\1/g;

/** Never rejects: what cannot be read has no text. */
export async function hashOfGame(file: string): Promise<string> {
  const entry = await realpath(file).catch(() => file);
  const texts = new Map<string, string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null || texts.has(path)) continue;
    texts.set(path, text);
    for (const [, , specifier = ''] of text.matchAll(relativeImport)) waiting.push(await pathOf(specifier, path));
  }
  const folder = dirname(entry);
  const nameOf = (path: string) => (path === entry ? '' : relative(folder, path).replaceAll(sep, '/'));
  const named = [...texts].map(([path, text]) => [nameOf(path), text] as const);
  named.sort(([one], [other]) => (one < other ? -1 : 1));
  return hash('sha256', JSON.stringify(named)).slice(0, length);
}

async function pathOf(specifier: string, importer: string): Promise<string> {
  const path = fileURLToPath(new URL(specifier, pathToFileURL(importer)));
  return realpath(path).catch(() => path);
}
