/** Who follows a game, as frames over sockets and streams: when it changed, and to slow readers the newest alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamClient } from '../../../support/stream-client.ts';
import { asAdmin, asPlayer, atNow, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const since = '2030-01-31T11:58:00.000Z';
const ada = { p1: { connected: true, since } };
const presences = ({ frames }: SocketClient) => frames.filter(({ type }) => type === 'presence');

test('presence is a frame of its own over sockets and streams, and no game', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const socket = await SocketClient.open(t, port, 'ABC', '', asPlayer());
  const stream = StreamClient.to(t, `http://127.0.0.1:${port}/v1/games/ABC/stream`, asPlayer());
  await until('the games', () => socket.games.length === 1 && stream.games.length === 1);
  gateway.follow('ABC', ada, 2);
  await until('the frames', () => presences(socket).length === 1 && stream.events.length === 2);
  const expected = { type: 'presence', ...atNow, players: ada, spectators: 2 };
  assert.deepEqual(presences(socket), [expected]);
  assert.deepEqual(stream.events[1], { event: 'presence', id: '3.0', data: expected });
  assert.deepEqual([socket.games.length, socket.events.length], [1, 0]);
});

test('what did not change is not sent', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length === 1);
  for (const spectators of [0, 0, 1, 1, 1, 0]) {
    gateway.follow('ABC', ada, spectators);
    await client.ask('ping');
  }
  assert.deepEqual(
    presences(client).map(({ spectators }) => spectators),
    [0, 1, 0],
  );
});

test('a slow reader costs one frame of it, and gets the newest', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port, 'ABC', '', asAdmin);
  await until('the game', () => client.games.length === 1);
  client.socket.pause();
  gateway.put('ABC', 4, { id: 'ABC', text: 'x'.repeat(8_000_000) });
  for (let spectators = 1; spectators <= 5_000; spectators += 1) gateway.follow('ABC', ada, spectators);
  client.socket.resume();
  await until('the newest', () => presences(client).at(-1)?.spectators === 5_000);
  assert.ok(presences(client).length <= 3, `${presences(client).length} frames`);
});
