/**
 * The order of server versions.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareVersions } from '../../../src/dev/nats-server.ts';

it('versions are ordered by their numbers, not their digits', () => {
  const ordered = ['2.9.25', '2.10.0', '2.10.9', '2.10.27', '2.15.1', '3.0.0'];
  assert.deepEqual(ordered.toReversed().sort(compareVersions), ordered);
  assert.equal(compareVersions('2.10.27', '2.10.27'), 0);
});
