/**
 * Writes src/game/confusables.json: Unicode's table of confusable characters, the characters of each look together.
 *
 * Run: `node_modules/node/bin/node src/dev/confusables.ts`. The table is the one that Node.js brings in its ICU, so both are of one Unicode version.
 * Why its bytes are read from the program: ICU compares names by this table, but Node.js has no call for that. The form is that of ICU's
 * `confusables.cfu`, format 2 (uspoof_impl.h): keys in order, for each a character itself or where its text begins, then all texts.
 * Why not all of it: names are compared in NFKC and then taken apart (NFD), so what neither form holds is never looked up.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const target = join(import.meta.dirname, '..', 'game', 'confusables.json');
/** The magic number 0x3845fdef, and the format's version. */
const beginning = Buffer.from([0xef, 0xfd, 0x45, 0x38, 2, 0, 0, 0]);

function tableIn(program: Buffer): Buffer {
  const at = program.indexOf(beginning);
  if (at < 0) throw new Error(`${process.execPath} has no table of confusable characters in a form that is known here`);
  return program.subarray(at, at + program.readInt32LE(at + 8));
}

/** Every character with the one (or ones) that stands for all that look like it. */
function* pairs(table: Buffer): Generator<readonly [character: string, look: string]> {
  const [keys = 0, count = 0, values = 0, , texts = 0] = [12, 16, 20, 24, 28].map((at) => table.readInt32LE(at));
  for (let index = 0; index < count; index += 1) {
    const key = table.readUInt32LE(keys + 4 * index);
    const value = table.readUInt16LE(values + 2 * index);
    const length = (key >>> 24) + 1;
    const from = texts + 2 * value;
    const look = length === 1 ? String.fromCharCode(value) : table.toString('utf16le', from, from + 2 * length);
    yield [String.fromCodePoint(key & 0xff_ffff), look];
  }
}

const looks: Record<string, string> = {};
for (const [character, look] of pairs(tableIn(readFileSync(process.execPath)))) {
  if (character.normalize('NFKD') === character) looks[look] = (looks[look] ?? '') + character;
}
writeFileSync(target, `${JSON.stringify(looks, null, 2)}\n`);
process.stdout.write(`${target}: ${Object.keys(looks).length} looks, Unicode ${process.versions.unicode}\n`);
