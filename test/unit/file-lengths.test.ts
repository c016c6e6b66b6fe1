/**
 * Files of the source are short enough to be read at once: 300 lines, header and comments included.
 *
 * Why not by the linter: its rule leaves out a file's header, and style sheets.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const MOST_LINES = 300;
const root = join(import.meta.dirname, '../..');

test('no file of src has more than 300 lines', () => {
  const files = globSync('src/**/*.{ts,tsx,mjs,css}', { cwd: root });
  assert.ok(files.includes('src/session/session.ts') && files.includes('src/web/cluster/cluster.css'));
  const lengths = files.map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }));
  const long = lengths.filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});
