/** Who follows a game, as the table says it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followersInWords, followingOf } from '../../../src/web/play/following.ts';

test('who is there, who is not, and nothing of whom nothing is known', () => {
  const since = '2030-01-31T12:00:00.000Z';
  const presence = { players: { p0: { connected: true, since }, p1: { connected: false, since } }, spectators: 3 };
  assert.deepEqual(
    ['p0', 'p1', 'p2'].map((id) => followingOf(presence, id)),
    ['connected', 'not connected', ''],
  );
  assert.equal(followingOf(null, 'p0'), '');
  assert.equal(followersInWords(presence), '1 of the players, 3 watching');
  assert.equal(followersInWords(null), 'nobody tells');
});
