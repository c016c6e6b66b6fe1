/**
 * The receiver of a gameday refuses for a while, and knows of which events it was not told again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Receiver } from '../../../../src/dev/gameday/receiver.ts';

test('what it refused is owed to it until it is told again; an event that is refused twice counts once', async (t) => {
  const receiver = await Receiver.open();
  t.after(() => receiver.close());
  const { MINOTAUR_WEBHOOK_URL: url = '' } = receiver.settings;
  const tell = async (id: string) => (await fetch(url, { method: 'POST', headers: { 'webhook-id': id } })).status;
  assert.equal(await tell('before'), 204);
  receiver.takes = false;
  assert.deepEqual([await tell('a'), await tell('a'), await tell('b')], [503, 503, 503]);
  assert.deepEqual(receiver.counts, { refused: 2, owed: 2 });
  receiver.takes = true;
  assert.equal(await tell('b'), 204);
  assert.deepEqual(receiver.counts, { refused: 2, owed: 1 });
  assert.equal(await tell('a'), 204);
  assert.deepEqual(receiver.counts, { refused: 2, owed: 0 });
});
