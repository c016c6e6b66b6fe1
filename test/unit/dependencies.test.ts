/** What a member imports is installed where it runs: the image has no devDependencies. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
/** Types are gone before anything runs. */
const IMPORTED = /^(?:import|export) (?!type )(?:[^;']*?from )?'([^'.][^']*)'|import\.meta\.resolve\('([^']+)'\)/gm;

function packagesOf(file: string): string[] {
  const specifiers = [...readFileSync(join(root, file), 'utf8').matchAll(IMPORTED)].map(
    ([, name, file]) => name ?? file ?? '',
  );
  return specifiers
    .filter((name) => !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

test('every package that src imports is a dependency, and every dependency is imported', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !/^src\/(dev|web)\//.test(file));
  const imported = new Set(files.flatMap(packagesOf));
  const { name, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Games import the package that they are in, as games elsewhere do.
  imported.delete(name);
  assert.deepEqual([...imported].sort(), Object.keys(dependencies).sort());
});
