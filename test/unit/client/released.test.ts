/**
 * Today's library against a server of before it: what a member of 0.2.0 answered and told, when it was asked so, is understood.
 *
 * The other way round, the library as it was first built plays in test/cluster/client.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { minotaur } from '../../../src/client/index.ts';
import { waitFor } from '../../support/wait.ts';
import { FakeHost } from './fake-host.ts';
import type { Recorded, RecordedRequest } from './released/recorded.ts';
import { playShortGame } from './released/short-game.ts';

const wire: Recorded[] = JSON.parse(readFileSync(join(import.meta.dirname, 'released/wire-0.2.0.json'), 'utf8'));
const base = 'http://a';

async function answer(fake: FakeHost, asked: RecordedRequest, count: number): Promise<void> {
  const { method, path, body = null } = asked;
  const request = await waitFor(`${method} ${path}`, () => fake.requests[count] ?? null);
  assert.deepEqual([request.method, request.url, request.body], [method, `${base}${path}`, body]);
  request.answer(asked.status, asked.answer);
}

test('a game that a member of 0.2.0 served is played to its end', async () => {
  const fake = new FakeHost();
  const playing = playShortGame(minotaur(base, fake.host));
  let answered = 0;
  for (const each of wire) {
    await fake.settle();
    if ('request' in each) {
      await answer(fake, each.request, answered);
      answered += 1;
    } else if ('socket' in each) {
      await waitFor('the socket', () => fake.sockets.length === 1);
      assert.equal(fake.socket.url, `ws://a${each.socket}`);
    } else if ('open' in each) fake.socket.open();
    else if ('frame' in each) fake.socket.say(each.frame);
    else fake.socket.end(each.close.code, each.close.reason);
  }
  const { updates, refused, record, end } = await playing;
  assert.deepEqual(
    updates.map(({ version }) => version).filter((version, index, all) => version !== all[index - 1]),
    [1, 2, 5, 6],
    'the newest alone while it acts',
  );
  assert.deepEqual(
    updates.flatMap(({ events }) => events.map(({ seq }) => seq)),
    [1, 2, 3, 4],
  );
  assert.deepEqual(new Set(updates.slice(1).map(({ resumed }) => resumed)), new Set(['gapless']));
  assert.deepEqual(refused, ['round_over']);
  assert.deepEqual([record.actions.length, end.code], [1, 4401]);
  const last = updates.at(-1);
  assert.deepEqual([last?.presence, last?.players[0]?.connected], [null, undefined], 'which it did not tell');
  assert.equal(answered, fake.requests.length);
});
