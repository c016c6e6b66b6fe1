/** Settings of the webhook: what is refused at the start, by name, and that nothing secret is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config.ts';
import { ConfigError } from '../../src/config-error.ts';

const secret = (byte: number, bytes = 32) => `whsec_${Buffer.alloc(bytes, byte).toString('base64')}`;
const least = {
  MINOTAUR_NATS_URL: 'a:4222',
  MINOTAUR_ADMIN_TOKEN: 's3cret',
  MINOTAUR_TOKEN_SECRETS: 'a-secret-of-exactly-32-bytes-012',
  MINOTAUR_MEMBER_ID: 'm1',
};
const url = 'https://notify.example.org/path-that-is-secret';
const hook = { MINOTAUR_WEBHOOK_URL: url, MINOTAUR_WEBHOOK_SECRETS: secret(1) };

function problems(settings: Record<string, string>): readonly string[] {
  try {
    readConfig({ ...least, ...settings });
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test('without a URL nothing is told', () => {
  assert.equal(readConfig(least).webhook, null);
});

test('a URL and a secret are enough; several secrets may be given', () => {
  const given = { ...hook, MINOTAUR_WEBHOOK_SECRETS: `${secret(1)}, ${secret(2)}` };
  assert.deepEqual(readConfig({ ...least, ...given }).webhook, {
    url,
    secrets: [secret(1), secret(2)],
    networks: [],
    timeoutMs: 10_000,
    giveUpMs: 86_400_000,
  });
});

test('one without the other is refused', () => {
  assert.deepEqual(problems({ MINOTAUR_WEBHOOK_URL: url }), [
    'MINOTAUR_WEBHOOK_SECRETS: is required where MINOTAUR_WEBHOOK_URL is given',
  ]);
  assert.deepEqual(problems({ MINOTAUR_WEBHOOK_SECRETS: secret(1) }), [
    'MINOTAUR_WEBHOOK_URL: is required where MINOTAUR_WEBHOOK_SECRETS is given',
  ]);
});

test('secrets that are too short, too long, no base64 or there twice are refused', () => {
  const wrong = [secret(1, 23), secret(1, 65), 'whsec_*', 'a'.repeat(40), `${secret(1)},${secret(1)}`];
  for (const text of wrong) {
    const found = problems({ ...hook, MINOTAUR_WEBHOOK_SECRETS: text });
    assert.equal(found.length, 1, text);
    assert.match(found[0] ?? '', /^MINOTAUR_WEBHOOK_SECRETS: /);
    assert.ok(!found[0]?.includes(text));
  }
});

test('a host that is not allowed is refused at the start', () => {
  const refused = (where: string, networks = '') => {
    const found = problems({ ...hook, MINOTAUR_WEBHOOK_URL: where, MINOTAUR_WEBHOOK_NETWORKS: networks });
    return found.map((problem) => problem.split(':')[0]).join();
  };
  for (const where of [
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'http://example.org/',
  ]) {
    assert.equal(refused(where), 'MINOTAUR_WEBHOOK_URL', where);
  }
  assert.equal(refused('http://8.8.8.8/', '10.0.0.0/8'), 'MINOTAUR_WEBHOOK_URL');
  for (const where of ['https://10.0.0.1/', 'http://10.0.0.1/', 'http://notify:8080/', 'https://example.org/']) {
    assert.equal(refused(where, '10.0.0.0/8'), '', where);
  }
});

test('a URL of another kind, or with a password in it, is refused without being repeated', () => {
  for (const where of ['ftp://example.org/', 'notify', 'https://user:hunter2@example.org/']) {
    const [found = '', ...others] = problems({ ...hook, MINOTAUR_WEBHOOK_URL: where });
    assert.match(found, /^MINOTAUR_WEBHOOK_URL: must be a URL/);
    assert.ok(others.length === 0 && !found.includes(where));
  }
});

test('the settings that are shown hold neither the secrets nor the path', () => {
  const shown = JSON.stringify(readConfig({ ...least, ...hook }).shown);
  assert.ok(shown.includes('https://notify.example.org') && !shown.includes('path-that'));
  assert.ok(!shown.includes(secret(1)) && shown.includes('1 given'));
});
