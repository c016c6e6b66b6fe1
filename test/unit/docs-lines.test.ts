/** README.md can be read in a narrow window: no line of it is longer than 120 characters, but for tables and links. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const longest = 120;
const documents = ['README.md'];

for (const path of documents) {
  test(`${path} has no line of more than ${longest} characters`, () => {
    const lines = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8').split('\n');
    const long = lines.flatMap((line, index) => (isTooLong(line) ? [`${path}:${index + 1}: ${line}`] : []));
    assert.deepEqual(long, []);
  });
}

/** A row of a table cannot be wrapped, nor the address of a link. */
function isTooLong(line: string): boolean {
  if (line.startsWith('|')) return false;
  return line.replaceAll(/\]\([^)]*\)/g, ']()').length > longest;
}
