/** Each game that `npm start` plays has a namespace of its own. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gameToPlay, namespaceFor } from '../../../src/dev/game-namespace.ts';
import { firstGameText } from '../../../src/dev/guide.ts';
import { wireShapesOf } from '../../../src/game/wire-shapes.ts';
import { anActionOf } from '../../../src/http/api/game-schemas.ts';

test('the game that comes first keeps the namespace that it always had, the others have one by their name', () => {
  assert.equal(namespaceFor('minotaur', ''), 'minotaur');
  assert.equal(namespaceFor('tic-tac-toe', ''), 'minotaur-tic-tac-toe');
});

test('long names differ in it, too, and every one is right', () => {
  const names = ['a'.repeat(23), 'a'.repeat(24), 'a'.repeat(31), 'a'.repeat(32), `${'a'.repeat(31)}b`];
  const spaces = names.map((name) => namespaceFor(name, ''));
  assert.equal(new Set(spaces).size, names.length);
  for (const space of spaces) assert.match(space, /^[A-Za-z0-9_-]{1,32}$/);
});

test('what an operator chose counts', () => {
  assert.equal(namespaceFor('tic-tac-toe', 'mine'), 'mine');
});

test('what is played is the file, or the game that comes with the server; the first lines show one of its actions', async () => {
  const auction = await gameToPlay({ file: join(import.meta.dirname, '../../../examples/auction.ts') });
  assert.equal(auction.name, 'auction');
  assert.equal((await gameToPlay(null)).name, 'minotaur');
  await assert.rejects(gameToPlay({ name: 'chess' }), /MINOTAUR_GAME: chess: is no game that comes/);

  const places = { url: 'u', natsUrl: '', natsVersion: '', adminToken: 't', folder: '', game: '', namespace: '' };
  const ticTacToe = await gameToPlay({ name: 'tic-tac-toe' });
  for (const game of [auction, ticTacToe]) {
    const shapes = wireShapesOf(game);
    const text = firstGameText(places, anActionOf(shapes), false).join('\n');
    const { playerId, ...action } = JSON.parse(/actions -d '(.*)'; echo/.exec(text)?.[1] ?? '{}');
    assert.equal(playerId, 'ada');
    assert.deepEqual(shapes.complaints(action), [], JSON.stringify(action));
  }
});
