/** Where the tool sends people, there is something: every place of a document that its source names exists. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../../..');

/** As GitHub makes them of headings. */
function anchorsOf(document: string): ReadonlySet<string> {
  const headings = readFileSync(join(root, document), 'utf8').matchAll(/^#{2,} (.*)$/gm);
  const anchor = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');
  return new Set([...headings].map(([, text = '']) => anchor(text)));
}

test('every link of the tool leads somewhere', () => {
  const sources = globSync('src/cli/**/*.ts', { cwd: root }).map((file) => readFileSync(join(root, file), 'utf8'));
  const links = [...sources.join('\n').matchAll(/(docs\/[\w-]+\.md)(?:#([\w-]+))?/g)];
  assert.ok(links.length > 10);
  const lost = links.filter(([, document = '', anchor]) => anchor !== undefined && !anchorsOf(document).has(anchor));
  assert.deepEqual(
    lost.map(([link]) => link),
    [],
  );
});
