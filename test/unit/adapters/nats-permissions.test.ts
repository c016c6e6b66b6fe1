/**
 * The permissions of a member: where operators read them, and which one a subject needs.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { memberPermissions, permissionFor, permissionsBlock } from '../../../src/adapters/nats/permissions.ts';

const text = readFileSync(new URL('../../../docs/nats-permissions.md', import.meta.url), 'utf8');

test('docs/nats-permissions.md shows exactly the permissions of the code', () => {
  const [, block] = /^```\n(permissions \{\n[^`]*)```$/m.exec(text) ?? [];
  assert.equal(block, permissionsBlock(memberPermissions('minotaur', true)));
});

test('without making buckets, exactly the lines that docs/nats-permissions.md says are left out', () => {
  const { publish, subscribe } = memberPermissions('minotaur', true);
  const isLeftOut = (subject: string) => /STREAM\.(CREATE|UPDATE)/.test(subject);
  const narrow = { publish: publish.filter((subject) => !isLeftOut(subject)), subscribe };
  assert.deepEqual(memberPermissions('minotaur', false), narrow);
});

test('a permission covers what NATS takes it to cover', () => {
  const permissions = ['a.*.c', 'b.>', 'd'];
  const covered = { 'a.x.c': 'a.*.c', 'b.1': 'b.>', 'b.1.2': 'b.>', 'b.>': 'b.>', d: 'd' };
  for (const [subject, permission] of Object.entries(covered))
    assert.equal(permissionFor(permissions, subject), permission);
  for (const subject of ['a.c', 'a.x.y.c', 'b', 'd.1', 'e'])
    assert.equal(permissionFor(permissions, subject), undefined);
});
