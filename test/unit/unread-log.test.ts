/** A member whose log goes into a pipe that is full, and that nobody reads: it works, and it ends. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const entry = join(import.meta.dirname, '../../src/main.ts');
const patience = { timeoutMs: 60_000 };

/** A pipe that takes nothing more, for whoever writes to it and waits. */
function fullPipe(folder: string): number {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const filler = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  assert.throws(
    () => {
      for (;;) writeSync(filler, 'x'.repeat(4_096));
    },
    { code: 'EAGAIN' },
  );
  return openSync(pipe, 'r+');
}

test('a log that nobody reads keeps a member neither from serving nor from ending', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const member = spawn(process.execPath, [entry], {
    stdio: ['ignore', fullPipe(folder), 'inherit'],
    env: {
      MINOTAUR_HOST: '127.0.0.1',
      MINOTAUR_PORT: String(port),
      // Nobody is there: it waits for NATS, and serves what it can.
      MINOTAUR_NATS_URL: 'nats://127.0.0.1:1',
      MINOTAUR_ADMIN_TOKEN: 'a'.repeat(32),
      MINOTAUR_TOKEN_SECRETS: 's'.repeat(32),
      MINOTAUR_DRAIN_MIN_MS: '0',
    },
  });
  t.after(() => member.kill('SIGKILL'));
  const lives = () =>
    fetch(`http://127.0.0.1:${port}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitFor('it serves', lives, patience);
  member.kill('SIGTERM');
  await waitFor('its end', () => member.exitCode !== null, patience);
  assert.equal(member.exitCode, 0);
});
