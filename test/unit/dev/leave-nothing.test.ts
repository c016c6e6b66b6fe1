/** Nothing that `npm start` began outlives it, whichever of its processes is killed; and one run holds its folder. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FolderInUse, openRunFolder } from '../../../src/dev/run-folder.ts';
import { waitFor } from '../../support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-leave-'));
after(() => rmSync(folder, { recursive: true }));
const watchdog = join(import.meta.dirname, '../../../src/dev/watchdog.ts');

/** The shells that watch over `pid`. */
function watchdogsOf(pid: number): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(`kill -9 ${pid} `)).map((line) => Number.parseInt(line, 10));
}

test('who watches over a process is replaced when it is killed itself, and does its work', async (t) => {
  const watched: ChildProcess = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => watched.kill('SIGKILL'));
  const pid = watched.pid ?? 0;
  const script = join(folder, 'owner.ts');
  writeFileSync(
    script,
    `import { endWithThisProcess } from ${JSON.stringify(watchdog)}; endWithThisProcess(${pid}); setInterval(() => {}, 1_000);`,
  );
  const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(() => owner.kill('SIGKILL'));
  await waitFor('a watchdog', () => watchdogsOf(pid).length === 1);
  const [first] = watchdogsOf(pid);
  process.kill(first ?? 0, 'SIGKILL');
  await waitFor('its successor', () => watchdogsOf(pid).some((other) => other !== first));
  assert.equal(watched.exitCode ?? watched.signalCode, null);
  owner.kill('SIGKILL');
  await waitFor('the end of the process', () => watched.signalCode === 'SIGKILL');
});

test('a folder that is held names who holds it', async () => {
  const root = join(folder, 'run');
  const { adminToken } = await openRunFolder(root);
  assert.match(adminToken, /^[0-9a-f]{24}$/);
  await assert.rejects(openRunFolder(root), (error: unknown) => {
    assert.ok(error instanceof FolderInUse);
    assert.equal(error.pid, process.pid);
    assert.match(error.message, new RegExp(`\\(process ${process.pid}\\) uses .*kill ${process.pid}`));
    return true;
  });
});
