/**
 * Pushes: what the owner encodes is what a gateway decodes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUpdate, encodeUpdate } from '../../../src/member/updates.ts';
import { bytes } from './lab.ts';

test('version and both views come through as they are', () => {
  const views = { admin: '{"name":"line one\\nline two"}', public: '{"n":1}' };
  const session = { committedVersion: 42, view: (viewer: 'admin' | 'public') => views[viewer] };
  assert.deepEqual(decodeUpdate(encodeUpdate(session)), { version: 42, views });
});

test('a malformed update is an error', () => {
  for (const text of ['', '7', '7\n{}']) assert.throws(() => decodeUpdate(bytes(text)), /malformed/);
});
