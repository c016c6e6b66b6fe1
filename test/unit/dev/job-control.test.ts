/** Ctrl-Z where there is no shell to come back from: nothing stops, and the keys go on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { waitFor } from '../../support/wait.ts';

const moduleUrl = new URL('../../../src/dev/job-control.ts', import.meta.url).href;
const program = `
  const { jobControl } = await import(${JSON.stringify(moduleUrl)});
  const suspend = jobControl({ onContinue: () => console.log('goes on') });
  process.stdin.setRawMode(true);
  process.stdin.on('data', (keys) => (String(keys) === 'z' ? suspend() : console.log('key ' + keys)));
  console.log('listens');
`;

/** A terminal that runs nothing but the program; what it wrote is in `text`. */
function terminal() {
  const command = `'${process.execPath}' --input-type=module --eval '${program.replaceAll("'", `'\\''`)}'`;
  const child = spawn('script', ['--quiet', '--command', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const shown = { child, text: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown.text += text;
  });
  return shown;
}

test('a job that cannot be stopped goes on, and hears its keys', { skip: process.platform !== 'linux' }, async (t) => {
  const shown = terminal();
  t.after(() => shown.child.kill('SIGKILL'));
  await waitFor('the program', () => shown.text.includes('listens'));
  shown.child.stdin.write('z');
  await waitFor('the next step', () => shown.text.includes('goes on'));
  shown.child.stdin.write('a');
  await waitFor('the key', () => shown.text.includes('key a'));
  assert.doesNotMatch(shown.text, /key z/);
});
