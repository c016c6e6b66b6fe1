/**
 * Several test files in one process, each a suite by the name of its file: `node test/runner/batch.ts <file>…`.
 *
 * Why: most of what a small file costs is the loading of the modules that it tests, and they are the same for many.
 * Why not node's `--test-isolation=none`: there a hook of one file runs for the tests of all.
 */
import { resolve } from 'node:path';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) {
  describe(file, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
}
