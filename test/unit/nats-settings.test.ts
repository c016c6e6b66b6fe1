/** What is wrong with the NATS settings before NATS is asked: addresses, contradictions, files; nothing secret is shown. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isNatsServer, natsProblems } from '../../src/nats-settings.ts';
import { Authority } from '../support/certificates.ts';
import { NatsOperator } from '../support/nats-jwt.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-nats-settings-'));
const path = (name: string) => join(folder, name);
before(() => {
  const authority = new Authority('test');
  authority.writeTo(path('ca'));
  authority.issue(folder, 'one');
  authority.issue(folder, 'other');
  new NatsOperator().writeCredentials(path('creds'));
  writeFileSync(path('text'), 'no certificate, no key, no credentials');
});
after(() => rmSync(folder, { recursive: true }));

test('addresses of servers', () => {
  const right = [
    'h',
    'h:4222',
    'nats://h',
    'tls://h:4222',
    '[::1]:4222',
    '10.0.0.1',
    'nats://u:p%2Fw@h',
    'tls://token@h:1/',
  ];
  const wrong = [
    '',
    'http://h',
    'nats://',
    'h:port',
    'nats://u:p/w@h',
    'nats://u:12/w@h',
    'nats://u:1?w@h',
    'u:1#w@h',
    'u:%zz@h',
  ];
  assert.deepEqual([...right, ...wrong].filter(isNatsServer), right);
});

test('what is right is no problem', () => {
  const files = {
    MINOTAUR_NATS_CREDS: path('creds'),
    MINOTAUR_NATS_CA: path('ca'),
    MINOTAUR_NATS_CERT: path('one.crt'),
    MINOTAUR_NATS_KEY: path('one.key'),
  };
  assert.deepEqual(natsProblems({ MINOTAUR_NATS_URL: ['a', 'b'], ...files }), []);
  // One login counts for all; it may be given with each.
  for (const servers of [
    ['u:p@a', 'b'],
    ['u:p@a', 'nats://u:p@b'],
  ]) {
    assert.deepEqual(natsProblems({ MINOTAUR_NATS_URL: servers }), []);
  }
  assert.deepEqual(natsProblems({}), []);
});

test('logins that contradict each other, and half of a pair', () => {
  const problems = natsProblems({
    MINOTAUR_NATS_URL: ['u:secret1@a', 'u:secret2@b'],
    MINOTAUR_NATS_CREDS: path('creds'),
    MINOTAUR_NATS_CERT: path('one.crt'),
  });
  assert.deepEqual(problems, [
    'MINOTAUR_NATS_URL: must not hold different users or tokens',
    'MINOTAUR_NATS_CREDS: must not be given together with a user or token in MINOTAUR_NATS_URL',
    'MINOTAUR_NATS_KEY: is required with MINOTAUR_NATS_CERT',
  ]);
  assert.deepEqual(natsProblems({ MINOTAUR_NATS_KEY: path('one.key') }), [
    'MINOTAUR_NATS_CERT: is required with MINOTAUR_NATS_KEY',
  ]);
});

test('files that are not there, hold something else, or do not go together', () => {
  const all = (file: string) => ({
    MINOTAUR_NATS_CREDS: path(file),
    MINOTAUR_NATS_CA: path(file),
    MINOTAUR_NATS_CERT: path(file),
    MINOTAUR_NATS_KEY: path(file),
  });
  assert.deepEqual(
    natsProblems(all('missing')),
    Object.keys(all('')).map((name) => `${name}: the file cannot be read (ENOENT)`),
  );
  assert.deepEqual(natsProblems(all('text')), [
    'MINOTAUR_NATS_CREDS: the file holds no NATS credentials',
    'MINOTAUR_NATS_CA: the file holds no certificate',
    'MINOTAUR_NATS_CERT: the file holds no certificate',
    'MINOTAUR_NATS_KEY: the file holds no private key without a passphrase',
  ]);
  copyFileSync(path('other.key'), path('mixed.key'));
  const mixed = { MINOTAUR_NATS_CERT: path('one.crt'), MINOTAUR_NATS_KEY: path('mixed.key') };
  assert.deepEqual(natsProblems(mixed), ['MINOTAUR_NATS_KEY: is not the key of MINOTAUR_NATS_CERT']);
});
