/** What time it is for games, in whatever is told about them: answers, frames, and the answer to `ping`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timed } from '../../../../src/http/edge/server-time.ts';
import { asAdmin, asPlayer, atNow, injectedEdge, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const body = { displayName: 'Bob' };
const move = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p1' };

test('whatever is shown of a game says the time of games, and no problem does', async (t) => {
  const { app, gateway } = await injectedEdge(t, { corsOrigins: ['https://game.example'] });
  gateway.rounds.set('ABC.1', '{"round":1}');
  const ask = (method: 'GET' | 'POST', url: string, payload?: object, headers: object = asAdmin) =>
    app.inject({ method, url, headers: { ...headers }, ...(payload && { payload }) });
  const answers = [
    await ask('GET', '/v1/games/ABC'),
    // The way past the hot path.
    await ask('GET', '/v1/games/ABC', undefined, { ...asAdmin, origin: 'https://game.example' }),
    await ask('GET', '/v1/games/ABC?consistency=eventual', undefined, {}),
    await ask('POST', '/v1/games', {}),
    await ask('POST', '/v1/games/NEW/continue', { game: {} }),
    await ask('POST', '/v1/games/ABC/continue'),
    await ask('GET', '/v1/games/ABC/rounds/1'),
    await ask('GET', '/v1/games/ABC/events'),
    await ask('GET', '/v1/games'),
  ];
  for (const [index, answer] of answers.entries()) {
    assert.ok(answer.statusCode < 300, `${index}: ${answer.body}`);
    assert.equal(answer.json().serverTime, atNow.serverTime, `${index}: ${answer.body}`);
  }
  const commands = [
    await ask('POST', '/v1/games/ABC/players', body),
    await ask('POST', '/v1/games/ABC/players/p1/ready', {}, asPlayer()),
    await ask('POST', '/v1/games/ABC/players/p1/token', {}, asPlayer()),
    await ask('POST', '/v1/games/ABC/actions', move),
    await ask('POST', '/v1/games/ABC/rounds/1/commit', { playerId: 'p1' }),
    await ask('POST', '/v1/games/ABC/rounds/1/end'),
  ];
  for (const [index, answer] of commands.entries()) {
    assert.ok(answer.statusCode < 300, `${index}: ${answer.body}`);
    assert.equal(answer.json().serverTime, undefined, 'a repetition gets the same answer');
  }
  const refused = await ask('GET', '/v1/games/NONE');
  assert.deepEqual([refused.statusCode, refused.json().serverTime], [404, undefined]);
});

test('every frame says it, the answer to a ping in its body too', async (t) => {
  const { http, port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port, 'ABC', '?after=0');
  await client.ask('ping');
  await client.ask('get_game');
  await client.ask('get_game', { body: { consistency: 'wrong' } });
  await client.ask('register_action', { body: move });
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [{ type: 'round_ended' }]);
  await until('the game', () => client.games.length === 2);
  http.startDrain();
  await client.closed;
  const types = new Set(client.frames.map(({ type }) => type));
  assert.deepEqual([...types].sort(), ['events', 'game', 'reconnect', 'reply']);
  for (const frame of client.frames) assert.equal(frame.serverTime, atNow.serverTime, JSON.stringify(frame));
  const bodies = client.frames.filter(({ type }) => type === 'reply').map((reply) => reply.body?.serverTime);
  assert.deepEqual(bodies, [atNow.serverTime, atNow.serverTime, undefined, undefined]);
});

test('a game that had to wait for a slow reader says when it was sent, not when it was made', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length === 1);
  // The first is on its way: the next waits for it, and the time goes on meanwhile.
  gateway.put('ABC', 4, { id: 'ABC', round: 4 });
  gateway.put('ABC', 5, { id: 'ABC', round: 5 });
  gateway.now += 1_000;
  await until('the last', () => client.games.at(-1)?.version === 5);
  const times = client.games.map(({ version, serverTime }) => [version, serverTime]);
  assert.deepEqual(times, [
    [3, atNow.serverTime],
    [4, atNow.serverTime],
    [5, '2030-01-31T11:59:31.000Z'],
  ]);
});

test('the time is put into any object as its last field', () => {
  assert.deepEqual(JSON.parse(timed('{}', 'now')), { serverTime: 'now' });
  assert.deepEqual(JSON.parse(timed('{"a":{"b":1}}', 'now')), { a: { b: 1 }, serverTime: 'now' });
});
