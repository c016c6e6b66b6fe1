/**
 * Writes src/game/confusables.json: Unicode's table of confusable characters, the characters of each look together.
 *
 * Run: node src/dev/confusables.ts < confusables.txt, the file of https://www.unicode.org/Public/security/latest/.
 * Why not all of it: names are compared in NFKC and then taken apart (NFD), so what neither form holds is never looked up.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const line = /^([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;/gm;
const target = join(import.meta.dirname, '..', 'game', 'confusables.json');

const characters = (codes: string) =>
  String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));

/** By look, every character that has it. */
function byLook(text: string): Record<string, string> {
  const looks: Record<string, string> = {};
  for (const [, source = '', look = ''] of text.matchAll(line)) {
    const character = characters(source);
    if (character.normalize('NFKD') !== character) continue;
    looks[characters(look)] = (looks[characters(look)] ?? '') + character;
  }
  return looks;
}

writeFileSync(target, `${JSON.stringify(byLook(readFileSync(0, 'utf8')), null, 2)}\n`);
