/** What `bundle` writes holds no secret, wherever it came from. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { redacted, secretsOf } from '../../../src/cli/commands/bundle.ts';
import { run } from '../../../src/cli/run.ts';
import { freePort } from '../../support/ports.ts';
import { listeningEdge, token } from '../http/edge-fixture.ts';

test('tokens, secrets and logins are known by the names of their settings', () => {
  const secrets = secretsOf({
    MINOTAUR_ADMIN_TOKENS: 'first-token, second-token',
    MINOTAUR_TOKEN_SECRETS: 'signing-secret',
    MINOTAUR_NATS_URL: 'nats://user:p%40ss-word@a:4222,tls://user:p%40ss-word@b:4222',
    NATS_OPERATOR_PASSWORD: 'operators',
    MINOTAUR_PORT: '3000',
  });
  const expected = ['first-token', 'operators', 'p%40ss-word', 'p@ss-word', 'second-token', 'signing-secret'];
  assert.deepEqual([...new Set(secrets)].sort(), expected);
});

test('a secret inside of another one leaves nothing of it', () => {
  const text = JSON.stringify({ a: 'abcdef and abcd', b: 'quote"d' });
  assert.equal(redacted(text, ['abcd', 'abcdef', 'quote"d']), '{"a":"[cut out] and [cut out]","b":"[cut out]"}');
});

test('a bundle tells of the cluster, and neither secrets nor games', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-bundle-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { port, gateway } = await listeningEdge(t);
  gateway.put('SECRETGAME', 1, { id: 'SECRETGAME', players: { p1: { displayName: 'Ada Lovelace' } } });
  const file = join(folder, 'bundle.json.gz');
  const password = 'password-of-nats';
  const code = await run(['bundle', file], {
    environment: {
      MINOTAUR_URL: `http://127.0.0.1:${port}`,
      MINOTAUR_ADMIN_TOKEN: token,
      MINOTAUR_TOKEN_SECRETS: 'one-secret-of-players,another-one',
      MINOTAUR_NATS_URL: `nats://member:${password}@127.0.0.1:${await freePort()}`,
      MINOTAUR_HEARTBEAT_MS: '100',
      HOME: '/root/private',
    },
    write: () => undefined,
    writeError: () => undefined,
    wall: Date.now,
    pause: async () => {},
    stopped: new AbortController().signal,
  });
  assert.equal(code, 0);
  const text = gunzipSync(await readFile(file)).toString();
  for (const secret of [token, password, 'one-secret', 'another-one', '/root/private', 'SECRETGAME', 'Ada']) {
    assert.ok(!text.includes(secret), secret);
  }
  const { settings, doctor, metrics } = JSON.parse(text) as {
    settings: Record<string, unknown>;
    doctor: { findings: { check: string; sentence: string }[] };
    metrics: string;
  };
  assert.deepEqual([settings.MINOTAUR_HEARTBEAT_MS, settings.MINOTAUR_TOKEN_SECRETS], ['100', '2 given']);
  assert.match(metrics, /minotaur_ready 1/);
  const nats = doctor.findings.find(({ check }) => check === 'NATS');
  assert.match(nats?.sentence ?? '', /^no NATS server is reached: nats:\/\/127\.0\.0\.1:\d+: nobody listens there/);
});
