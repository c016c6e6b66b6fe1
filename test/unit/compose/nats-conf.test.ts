/**
 * docker/nats.conf: who may do what; and the servers that read it are new enough. That a real nats-server takes it is for test/compose.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { memberPermissions, permissionsBlock } from '../../../src/adapters/nats/permissions.ts';
import { judgeVersion } from '../../../src/adapters/nats/version.ts';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const conf = read('docker/nats.conf');
const unindented = (text: string) => text.replace(/^ +/gm, '');

test('members may do what they need and nothing else', () => {
  const [, permissions = ''] = /user: member\n.*?( *permissions \{.*?\n *\}\n)/s.exec(conf) ?? [];
  assert.equal(unindented(permissions), unindented(permissionsBlock(memberPermissions('minotaur', true))));
});

test('every user has a password from the environment, and nobody comes in without one', () => {
  const users = [...conf.matchAll(/\buser: (\w+),?\s+password: (\$\w+)/g)].map(([, user, password]) => [
    user,
    password,
  ]);
  assert.deepEqual(users, [
    ['route', '$NATS_ROUTE_PASSWORD'],
    ['operator', '$NATS_OPERATOR_PASSWORD'],
    ['member', '$NATS_MEMBER_PASSWORD'],
    ['system', '$NATS_SYSTEM_PASSWORD'],
  ]);
  assert.equal(conf.match(/\buser: /g)?.length, users.length);
  assert.doesNotMatch(conf, /no_auth_user/);
});

test('the images are of a release line that members say nothing about', () => {
  for (const file of ['docker-compose.yml', 'docker/stack.yml', 'test/compose/support/images.ts']) {
    const lines = [...read(file).matchAll(/\bnats:(\d+\.\d+)-alpine/g)].map(([, line]) => line);
    // A tag of a line is its newest release.
    assert.deepEqual(lines, ['2.14'], file);
    assert.equal(judgeVersion(`${lines[0]}.99`), null, file);
  }
});
