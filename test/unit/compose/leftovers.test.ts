/**
 * What a run of test/compose has on this machine goes with it, however it ends.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { beginRun, clearRun } from '../../compose/support/leftovers.ts';
import { waitFor } from '../../support/wait.ts';

const leftovers = new URL('../../compose/support/leftovers.ts', import.meta.url).href;
/** A run that has started a program, and lives until it is killed. */
const script = `
const { spawn } = await import('node:child_process');
const { beginRun } = await import(${JSON.stringify(leftovers)});
const { folder } = await beginRun(process.argv[1], () => undefined);
const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
console.log(JSON.stringify({ folder, pid }));
setInterval(() => undefined, 1_000);`;

interface Started {
  /** Or its parent. */
  readonly run: ChildProcess;
  readonly folder: string;
  /** Of the program. */
  readonly pid: number;
}

async function temporary(t: TestContext): Promise<string> {
  const tools = await mkdtemp(join(tmpdir(), 'minotaur-leftovers-'));
  t.after(() => rm(tools, { recursive: true, force: true }));
  return tools;
}

async function start(tools: string, program = process.execPath, ...first: readonly string[]): Promise<Started> {
  const args = [...first, '--input-type=module', '-e', script, tools];
  const run = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(run.stdout, 'data');
  return { run, ...JSON.parse(String(line)) };
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  test(`a run that ${signal} ends leaves no folder and no program behind`, async (t) => {
    const { run, folder, pid } = await start(await temporary(t));
    assert.ok(existsSync(folder) && runs(pid));
    run.kill(signal);
    await waitFor('its folder and its program are gone', () => !existsSync(folder) && !runs(pid));
  });
}

test('a run whose parent is killed ends', async (t) => {
  const keepShell = '"$0" "$@" & wait';
  const { run, folder, pid } = await start(await temporary(t), 'sh', '-c', keepShell, process.execPath);
  run.kill('SIGKILL');
  await waitFor('its folder and its program are gone', () => !existsSync(folder) && !runs(pid));
});

test('while a run lives, no other one begins, and nothing of it is touched', async (t) => {
  const tools = await temporary(t);
  const { run, folder, pid } = await start(tools);
  await assert.rejects(
    beginRun(tools, () => undefined),
    new RegExp(`another run lives: process ${run.pid},`),
  );
  assert.ok(existsSync(folder) && runs(pid));
  run.kill('SIGKILL');
  await waitFor('it is gone', () => !existsSync(folder) && !runs(pid));
});

test('a run begins by clearing what dead ones left, and nothing else', async (t) => {
  const tools = await temporary(t);
  // A process that lives, but began at another time.
  const dead = `run-${process.pid}-1`;
  for (const name of [dead, 'apt']) await mkdir(join(tools, name));
  const said: string[] = [];
  const { folder } = await beginRun(tools, (line) => said.push(line));
  assert.deepEqual((await readdir(tools)).sort(), ['apt', folder.slice(folder.lastIndexOf('/') + 1)]);
  assert.match(said.join(), new RegExp(dead));
  await clearRun(folder);
  assert.deepEqual(await readdir(tools), ['apt']);
  await clearRun(folder);
});
