/**
 * prepare.mjs is transparent: arguments, exit code and signals, on whatever Node.js it is run by.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { waitFor } from '../../support/wait.ts';

const prepare = join(import.meta.dirname, '../../../src/dev/prepare.mjs');
const folder = mkdtempSync(join(tmpdir(), 'minotaur-prepare-'));
after(() => rmSync(folder, { recursive: true }));

/** Runs a script by way of prepare.mjs; `signal` is sent as soon as it has written something. */
function run(script: string, args: readonly string[] = [], signal?: NodeJS.Signals) {
  const path = join(folder, 'script.ts');
  writeFileSync(path, script);
  const child = spawn(process.execPath, [prepare, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise<{ code: number | null; signal: string | null; output: string }>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (signal !== undefined) child.kill(signal);
    });
    child.once('error', reject).once('close', (code, by) => resolve({ code, signal: by, output }));
  });
}

test('arguments, output and exit code pass through', async () => {
  const script = `const args: string[] = process.argv.slice(2); console.log(JSON.stringify(args)); process.exitCode = 7;`;
  const { code, output } = await run(script, ['--flag', 'a b']);
  assert.equal(code, 7);
  assert.deepEqual(JSON.parse(output), ['--flag', 'a b']);
});

test('the script runs on the Node.js of the lock file', async () => {
  const { output } = await run('console.log(process.execPath)');
  assert.equal(output.trim(), join(import.meta.dirname, '../../../node_modules/node/bin/node'));
});

test('a signal reaches the script, which may take its time to end', async () => {
  const script = `process.on('SIGTERM', () => setTimeout(() => process.exit(5), 50)); setTimeout(() => process.exit(9), 5_000); console.log('up');`;
  const { code } = await run(script, [], 'SIGTERM');
  assert.equal(code, 5);
});

test('a script that a signal ended counts as ended by that signal', async () => {
  const { code, signal } = await run(`setTimeout(() => process.exit(9), 5_000); console.log('up');`, [], 'SIGINT');
  assert.deepEqual({ code, signal }, { code: null, signal: 'SIGINT' });
});

test('without a script it says how to use it', async () => {
  const child = spawn(process.execPath, [prepare], { stdio: 'ignore' });
  assert.equal(await new Promise((resolve) => child.once('close', resolve)), 64);
});

const watched = (file: string) => `
  import { writeFileSync } from 'node:fs';
  const told = (by: string) => () => { writeFileSync(${JSON.stringify(file)}, by); process.exit(0); };
  process.on('SIGTERM', told('SIGTERM'));
  process.on('disconnect', told('disconnect'));
  setTimeout(() => process.exit(9), 20_000);
  console.log('up');`;

/** Runs a script as npm would, by a shell that stands for npm; resolves with its process ids once it is up. */
async function byNpm(file: string): Promise<{ npm: number; prepare: number }> {
  const path = join(folder, 'watched.ts');
  writeFileSync(path, watched(file));
  const command = `"$0" "$1" "$2" & echo $!; wait`;
  const shell = spawn('sh', ['-c', command, process.execPath, prepare, path], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await waitFor('the script is up', () => output.includes('up'));
  return { npm: shell.pid ?? 0, prepare: Number.parseInt(output, 10) };
}

test('a script is told to end when npm is killed, and learns of the end of what runs it', async () => {
  for (const [victim, by] of [
    ['npm', 'SIGTERM'],
    ['prepare', 'disconnect'],
  ] as const) {
    const file = join(folder, `${victim}.told`);
    const pids = await byNpm(file);
    process.kill(pids[victim], 'SIGKILL');
    await waitFor('it is told', () => existsSync(file) && readFileSync(file, 'utf8') === by);
  }
});

test('every npm script says how to use it', { timeout: 180_000 }, async () => {
  const { scripts } = JSON.parse(readFileSync(join(prepare, '../../../package.json'), 'utf8'));
  for (const [name, command] of Object.entries<string>(scripts)) {
    const script = command.replace('exec node src/dev/prepare.mjs ', '');
    const child = spawn(process.execPath, [prepare, script, '--help'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const byNpm = ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`;
    // It is a program of its own where the package is installed, and in the image.
    const called = name === 'minotaur' ? name : byNpm;
    assert.ok(code === 0 && output.startsWith(called) && output.includes('--help'), `${name}: ${code}, ${output}`);
  }
});
