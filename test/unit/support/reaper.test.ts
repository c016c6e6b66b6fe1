/** A child does not outlive the process that started it, not even when that one is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { waitFor } from '../../support/wait.ts';

const child = new URL('../../support/child.ts', import.meta.url).href;
const script = `
const { Child } = await import(${JSON.stringify(child)});
const gone = new Child('sleep', ['600'], {});
await gone.kill();
console.log(new Child('sleep', ['600'], {}).pid);`;

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the children of a killed process are killed', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(String(line));
  await waitFor('the child runs', () => runs(pid));
  parent.kill('SIGKILL');
  await waitFor('the child is gone', () => !runs(pid));
});
