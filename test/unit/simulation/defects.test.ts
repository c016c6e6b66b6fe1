/**
 * The deliberate defects keep up with the code: each still fits it, and once installed really changes what is loaded.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Defect } from '../../simulation/defects/defect.ts';
import { defects } from '../../simulation/defects/defects.ts';
import { installDefect } from '../../simulation/defects/hook.ts';
import { applyEdits } from '../../support/source-edits.ts';

const root = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const urlOf = (file: string) => JSON.stringify(pathToFileURL(join(root, file)).href);

for (const defect of defects) {
  test(`the defect ${defect.name} fits the code`, () => {
    for (const file of new Set(defect.edits.map((edit) => edit.file))) {
      const text = read(file);
      const edited = applyEdits(defect, file, text);
      assert.notEqual(edited, text);
    }
    for (const { find, replace } of defect.edits) assert.notEqual(find, replace);
  });
}

test('names are unique and in kebab-case, and every defect says which promise it breaks', () => {
  assert.equal(new Set(defects.map(({ name }) => name)).size, defects.length);
  for (const { name, about } of defects) {
    assert.match(name, /^[a-z]+(-[a-z]+)+$/);
    assert.match(about, /^[A-Z].*\((I[1-9]|liveness|contract|cost|seats|erased|replay|versions|webhook)\)\.$/);
  }
});

test('an edit that fits nowhere, or twice, is an error that names the defect and the file', () => {
  const defect: Defect = { name: 'some-defect', about: '', edits: [{ file: 'a.ts', find: 'one', replace: 'two' }] };
  assert.equal(applyEdits(defect, 'a.ts', 'just one'), 'just two');
  assert.equal(applyEdits(defect, 'b.ts', 'just one'), 'just one');
  for (const text of ['nothing', 'one and one']) {
    assert.throws(() => applyEdits(defect, 'a.ts', text), /some-defect.*a\.ts/);
  }
});

test('an unknown name is refused with those that there are', () => {
  assert.throws(() => installDefect('no-such-defect'), /no-such-defect.*no-claim/);
});

test('an installed defect changes what its file does, and nothing changes without one', async () => {
  // A lease after a minute in which the machine slept: its monotonic clock stood still.
  const ask = `
    const { Lease } = await import(${urlOf('src/cluster/lease.ts')});
    const lease = new Lease(50);
    lease.granted(1, 1);
    process.stdout.write(String(lease.valid(2, 60_000)));`;
  const install = (name: string) => `
    const { installDefect } = await import(${urlOf('test/simulation/defects/hook.ts')});
    installDefect('${name}');`;
  const [sound, broken, other] = await Promise.all([
    run(ask),
    run(install('lease-by-the-monotonic-clock-only') + ask),
    run(install('no-claim') + ask),
  ]);
  assert.deepEqual([sound, broken, other], ['false', 'true', 'false']);
});

test('every edited file is a module that can be loaded', async () => {
  const output = await run(
    `
    const { readFileSync } = await import('node:fs');
    const { stripTypeScriptTypes } = await import('node:module');
    const { SourceTextModule } = await import('node:vm');
    const { applyEdits } = await import(${urlOf('test/support/source-edits.ts')});
    const { defects } = await import(${urlOf('test/simulation/defects/defects.ts')});
    for (const defect of defects) {
      for (const file of new Set(defect.edits.map((edit) => edit.file))) {
        const edited = applyEdits(defect, file, readFileSync(file, 'utf8'));
        try {
          new SourceTextModule(stripTypeScriptTypes(edited));
        } catch (error) {
          console.log(defect.name, file, String(error));
        }
      }
    }`,
    '--experimental-vm-modules',
  );
  assert.equal(output, '');
});

async function run(program: string, ...options: string[]): Promise<string> {
  const args = [...options, '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  return stdout;
}
