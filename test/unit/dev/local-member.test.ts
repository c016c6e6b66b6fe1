/** A member of `npm start` on a machine that has too much to do: it gets ready later than anybody waits for it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LocalMember, type Phase } from '../../../src/dev/local-member.ts';
import { watchReadiness } from '../../../src/dev/readiness-watch.ts';
import { waitFor } from '../../support/wait.ts';

const neverListening = 'nats://127.0.0.1:1';

test('who is still starting after a while is said to be, and is ready once it says so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-member-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // Answers in place of the process, which waits for NATS all the while.
  let isReady = false;
  const readiness = createServer((_request, response) => {
    response.statusCode = isReady ? 200 : 503;
    response.end(JSON.stringify({ reasons: isReady ? [] : ['joining'] }));
  }).listen(0, '127.0.0.1');
  t.after(() => readiness.close());
  await once(readiness, 'listening');
  const phases: Phase[] = [];
  const member = new LocalMember({
    id: 'm1',
    port: (readiness.address() as AddressInfo).port,
    logFile: join(folder, 'm1.log'),
    environment: {
      PATH: process.env.PATH,
      MINOTAUR_HOST: '127.0.0.1',
      MINOTAUR_PORT: '0',
      MINOTAUR_NATS_URL: neverListening,
      MINOTAUR_ADMIN_TOKEN: 'a'.repeat(32),
      MINOTAUR_TOKEN_SECRETS: 's'.repeat(32),
    },
    onChange: ({ phase }) => void phases.push(phase),
  });
  t.after(() => member.kill());
  t.mock.timers.enable({ apis: ['Date'] });
  const started = member.start();
  await waitFor('a look', () => member.notReady === 'joining');
  t.mock.timers.tick(60_000);
  assert.equal(await started, false);
  assert.deepEqual([member.phase, member.notReady], ['starting', 'joining']);
  t.after(
    watchReadiness(
      () => [member],
      () => {},
    ),
  );
  isReady = true;
  await waitFor('it is ready', () => member.phase === 'ready');
  await member.kill();
  assert.deepEqual(phases, ['starting', 'ready', 'dead']);
});
