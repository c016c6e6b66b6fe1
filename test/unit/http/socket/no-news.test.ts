/** What shows a viewer nothing new is not sent: a game that changed out of sight costs its watchers no frame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAdmin, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const hidden = { id: 'ABC' };
const open = { id: 'ABC', open: true };

test('versions that show nothing new are not sent; the next one that does is', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length === 1);
  for (const version of [4, 5, 6]) gateway.put('ABC', version, hidden);
  gateway.put('ABC', 7, open);
  gateway.put('ABC', 8, open);
  gateway.put('ABC', 9, hidden);
  await until('the last', () => client.games.at(-1).version === 9);
  assert.deepEqual(
    client.games.map(({ version, game }) => [version, game]),
    [
      [3, hidden],
      [7, open],
      [9, hidden],
    ],
  );
});

test('events are told even where the view stays as it was', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length === 1);
  gateway.put('ABC', 4, hidden, [{ type: 'x' }]);
  await until('the event', () => client.events.length === 1);
  await client.ask('ping');
  assert.equal(client.games.length, 1);
});

test('who comes back gets what is newer, for nobody knows what it shows there; a game that was put back, always', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 5, hidden);
  const behind = await SocketClient.open(t, port, 'ABC', '?since=4', asAdmin);
  const current = await SocketClient.open(t, port, 'ABC', '?since=5', asAdmin);
  await until('the game', () => behind.games.length === 1 && gateway.watchers === 2);
  gateway.put('ABC', 6, hidden);
  gateway.put('ABC', 7, open);
  await until('the news', () => current.games.length === 1 && behind.games.length === 2);
  assert.deepEqual(
    [behind, current].map(({ games }) => games.map(({ version }) => version)),
    [[5, 7], [7]],
  );
  gateway.putBack('ABC', 6, open, []);
  await until('the older one', () => current.games.length === 2 && behind.games.length === 3);
  assert.equal(current.games.at(-1).reset, true);
});

test('a slow reader that missed what came between gets the last one, even if it looks as the first did', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length === 1);
  client.socket.pause();
  const pad = 'x'.repeat(1_000_000);
  for (let version = 4; version <= 40; version += 1) gateway.put('ABC', version, { pad, even: version % 2 === 0 });
  client.socket.resume();
  await until('the last', () => client.games.at(-1).game.even === true && client.games.at(-1).version === 40);
});
