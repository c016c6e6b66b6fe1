/** Every link between our documents leads to a file, and to a heading of it. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const documents = ['*.md', 'docs/**/*.md', 'k8s/**/*.md', 'examples/**/*.md'].flatMap((glob) =>
  globSync(glob, { cwd: root }),
);
const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(file: string): ReadonlySet<string> {
  return new Set([...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));
}

function isBroken(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : normalize(join(dirname(from), path));
  if (!existsSync(join(root, file))) return true;
  if (anchor === undefined || statSync(join(root, file)).isDirectory()) return false;
  return file.endsWith('.md') && !anchorsOf(file).has(anchor);
}

test('no link between documents is broken', () => {
  assert.ok(documents.length > 60);
  const broken = documents.flatMap((from) =>
    [...textOf(from).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target) && isBroken(from, target))
      .map((target) => `${from}: ${target}`),
  );
  assert.deepEqual(broken, []);
});
