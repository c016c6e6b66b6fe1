/** `npm test` runs what it was asked for, and never calls a run without tests a success. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runFiles } from '../../runner/file-run.ts';

const root = join(import.meta.dirname, '../../..');

function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  // Inside of a test node's runner would take the inner one for a part of itself.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(process.execPath, ['test/run.ts', ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject).once('close', (code) => resolve({ code, output }));
  });
}

test('a file runs alone, and by any path that leads to it', async () => {
  const { code, output } = await run('./test/unit/../unit/cluster/lease.test.ts', '--only', 'lease');
  assert.equal(code, 0, output);
  assert.match(output, /\(1 files\)/);
});

test('a pattern that chooses no test of a file with hooks fails nothing else', async () => {
  const { code, output } = await run(
    'test/unit/compose/next-version.test.ts',
    'test/unit/cluster/lease.test.ts',
    '--only',
    'lease',
  );
  assert.equal(code, 0, output);
});

test('files that share a process share nothing else: hooks are those of one file, a failure names its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-batch-'));
  try {
    const [first, second] = ['first', 'second'].map((name) => join(folder, `${name}.test.mjs`)) as [string, string];
    writeFileSync(
      first,
      `import { beforeEach, test } from 'node:test';
      await null;
      globalThis.before = 0;
      beforeEach(() => { globalThis.before += 1; });
      test('one', () => undefined);
      test('other', () => undefined);`,
    );
    writeFileSync(
      second,
      `import assert from 'node:assert/strict';
      import { test } from 'node:test';
      test('sees two', () => assert.equal(globalThis.before, 2));
      test('fails', () => assert.fail());`,
    );
    const { passed, tests, failed } = await runFiles([first, second], { timeoutMs: 10_000, only: undefined });
    assert.deepEqual([passed, tests, failed], [false, 4, [`${second}: fails`]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no test at all is a failure', async () => {
  const { code, output } = await run('test/unit/cluster/lease.test.ts', '--only', 'no test has this name');
  assert.equal(code, 1);
  assert.match(output, /FAILED: no test ran/);
});

test('what is no suite and no file of one is refused by name', async () => {
  for (const name of ['uint', 'test/unit/nothing.test.ts', 'test/support/wait.ts', '/etc/passwd']) {
    const { code, output } = await run(name);
    assert.equal(code, 1);
    assert.ok(output.includes(name), output);
  }
});
