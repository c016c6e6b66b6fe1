/** Documents can be read in a narrow window: no line is longer than 120 characters, but for tables, links and code. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const longest = 120;
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];

test(`no line of a document is longer than ${longest} characters`, () => {
  assert.ok(documents.length > 25, 'the records of decisions were not found');
  assert.deepEqual(documents.flatMap(longLines), []);
});

function longLines(path: string): string[] {
  // Lines of code stay as long as they were, but empty, so that the numbers are right.
  const text = readFileSync(join(root, path), 'utf8').replace(/^```.*?^```$/gms, (code) =>
    code.replaceAll(/[^\n]/g, ''),
  );
  return text.split('\n').flatMap((line, index) => (isTooLong(line) ? [`${path}:${index + 1}: ${line}`] : []));
}

/** A row of a table cannot be wrapped, nor the address of a link, nor a long command. */
function isTooLong(line: string): boolean {
  if (line.startsWith('|')) return false;
  const shown = line.replaceAll(/\]\([^)]*\)/g, ']()').replaceAll(/`[^`]{80,}`/g, '``');
  return shown.length > longest;
}
