/** WebSockets: who is let in, frames and their replies, and the game as it changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../../../src/member/contract/gateway.ts';
import { asAdmin, atNow, listeningEdge, otherToken, SocketClient, token, until } from '../edge-fixture.ts';

const path = '/v1/games/ABC/ws';

test('a token comes as header or as subprotocol, and only minotaur.v1 is echoed', async (t) => {
  const { port } = await listeningEdge(t);
  const cases: [string[], Record<string, string>, string][] = [
    [['minotaur.v1', `bearer.${token}`], {}, 'minotaur.v1'],
    [[`bearer.${otherToken}`, 'minotaur.v1'], {}, 'minotaur.v1'],
    [['minotaur.v1'], asAdmin, 'minotaur.v1'],
    [[], asAdmin, ''],
  ];
  for (const [protocols, headers, echoed] of cases) {
    const client = new SocketClient(port, path, protocols, { headers });
    t.after(() => client.socket.terminate());
    await until('the game', () => client.games.length > 0);
    assert.equal(client.socket.protocol, echoed);
    assert.deepEqual(client.games[0], { type: 'game', ...atNow, version: 3, game: { id: 'ABC' }, view: 'admin' });
  }
});

test('a subprotocol that is not ours is never echoed', async (t) => {
  const { port } = await listeningEdge(t);
  const client = new SocketClient(port, path, [`bearer.${token}`]);
  let echoed: string | undefined = '';
  client.socket.on('upgrade', (response) => {
    echoed = response.headers['sec-websocket-protocol'];
  });
  await client.closed;
  assert.equal(echoed, undefined);
});

test('frames are not compressed, whatever a client offers', async (t) => {
  const { port } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  assert.equal(client.socket.extensions, '');
});

test('refusals come as close codes', async (t) => {
  const { port } = await listeningEdge(t);
  const cases: [string, string[], Record<string, string>, number][] = [
    [path, ['minotaur.v1'], {}, 4401],
    [path, ['minotaur.v1', 'bearer.wrong'], {}, 4401],
    [path, ['minotaur.v1'], { authorization: 'Bearer wrong' }, 4401],
    [path, ['minotaur.v1', `bearer.${token}`], { authorization: 'Bearer wrong' }, 4401],
    ['/v1/games/a.b/ws', ['minotaur.v1'], asAdmin, 4400],
    ['/v1/games/a%20b/ws', ['minotaur.v1'], asAdmin, 4400],
    [`/v1/games/${'x'.repeat(300)}/ws`, ['minotaur.v1'], asAdmin, 4400],
    [`${path}?since=x`, ['minotaur.v1'], asAdmin, 4400],
    [`${path}?since=-1`, ['minotaur.v1'], asAdmin, 4400],
    [`${path}?after=1.5`, ['minotaur.v1'], asAdmin, 4400],
    ['/v1/games/NONE/ws', ['minotaur.v1'], asAdmin, 4404],
  ];
  for (const [address, protocols, headers, code] of cases) {
    const client = new SocketClient(port, address, protocols, { headers });
    assert.equal((await client.closed).code, code, address);
    assert.equal(client.frames.length, 0);
  }
});

test('every type of frame is answered like its REST request', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  const read = await client.ask('get_game');
  assert.deepEqual(read, {
    type: 'reply',
    ...atNow,
    ref: 1,
    ok: true,
    status: 200,
    body: { game: { id: 'ABC' }, view: 'admin', version: 3, owner: 'm2', ...atNow },
  });
  await client.ask('get_game', { body: { consistency: 'eventual' } });
  const last = gateway.operations.at(-1);
  assert.equal(last?.kind === 'read' && last.consistency, 'eventual');
  const move = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
  const registered = await client.ask('register_action', { body: move });
  assert.deepEqual(registered.body, { actionId: 'a4', version: 4 });
  const retracted = await client.ask('retract_action', { body: { actionId: 'a4' } });
  assert.deepEqual([retracted.ok, retracted.status, retracted.body], [true, 204, {}]);
  assert.equal((await client.ask('commit_round', { body: { round: 1, playerId: 'p0' } })).ok, true);
  assert.equal((await client.ask('continue_game')).status, 200);
  const pong = await client.ask('ping');
  assert.deepEqual([pong.ok, pong.status, pong.body], [true, 200, atNow]);
});

test('a ref is echoed as it was given', async (t) => {
  const { port } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  for (const ref of ['x'.repeat(64), '"quoted\\"', '', 0, -1.5, 1e21]) {
    client.socket.send(JSON.stringify({ ref, type: 'ping' }));
    assert.equal((await client.reply(ref)).ok, true);
  }
});

test('a wrong frame with a ref gets a problem, and the socket lives on', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  const before = gateway.operations.length;
  const poisoned = JSON.parse('{"game":{"__proto__":{"x":1}}}');
  const cases: [string, Record<string, unknown>, RegExp][] = [
    ['end_round', { body: { round: 1 } }, /^type: /],
    ['toString', {}, /^type: /],
    ['register_action', {}, /^body\.type: must be "move" or "attack"$/],
    ['register_action', { body: [] }, /must be a JSON object/],
    ['register_action', { body: null }, /must be a JSON object/],
    ['retract_action', { body: { actionId: 'a b' } }, /^body\.actionId: /],
    ['commit_round', { body: { round: '1', playerId: 'p0' } }, /^body\.round: /],
    ['get_game', { body: { consistency: 'no' } }, /^body\.consistency: /],
    ['continue_game', { body: { game: [] } }, /^body\.game: /],
    ['continue_game', { body: poisoned }, /__proto__/],
    ['continue_game', { idempotencyKey: 7 }, /idempotency key/],
    ['continue_game', { idempotencyKey: '' }, /idempotency key/],
  ];
  for (const [type, rest, detail] of cases) {
    const reply = await client.ask(type, rest);
    assert.deepEqual([reply.ok, reply.status, reply.problem.code, reply.body], [false, 400, 'bad_request', undefined]);
    assert.match(reply.problem.detail, detail);
  }
  assert.equal(gateway.operations.length, before);
  gateway.answerWith = () => Promise.reject(new Error('unforeseen'));
  assert.equal((await client.ask('get_game')).problem.code, 'internal');
});

test('a frame that cannot be answered closes the socket', async (t) => {
  const { port, logs } = await listeningEdge(t);
  const wrong = [
    '{',
    'null',
    '"x"',
    '[]',
    '{}',
    '{"type":"ping"}',
    '{"ref":null}',
    '{"ref":1e999}',
    `{"ref":"${'x'.repeat(65)}"}`,
  ];
  for (const text of wrong) {
    const client = await SocketClient.open(t, port);
    client.socket.send(text);
    assert.equal((await client.closed).code, 4400, text);
  }
  const binary = await SocketClient.open(t, port);
  binary.socket.send(Buffer.from('{"ref":1,"type":"ping"}'), { binary: true });
  assert.equal((await binary.closed).code, 4400);
  const large = await SocketClient.open(t, port);
  large.socket.send(JSON.stringify({ ref: 1, type: 'ping', pad: 'x'.repeat(16 * 1024) }));
  assert.equal((await large.closed).code, 1009);
  const garbled = await SocketClient.open(t, port);
  garbled.socket.send(Buffer.from([0x22, 0xc3, 0x28, 0x22]), { binary: false });
  assert.equal((await garbled.closed).code, 1007);
  assert.equal(logs.text(), '');
});

test('replies go out as each is done', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  let finish: (answer: Answer) => void = () => {};
  gateway.answerWith = () => new Promise((resolve) => (finish = resolve));
  client.socket.send(JSON.stringify({ ref: 'slow', type: 'get_game' }));
  await until('the slow one to be asked', () => gateway.operations.length === 2);
  await client.ask('ping');
  assert.equal(client.frames.at(-1).ref, 1);
  finish({ status: 200, body: '{"x":1}', owner: null });
  assert.deepEqual((await client.reply('slow')).body, { x: 1, ...atNow });
});

test('the game comes at once and after every change; versions only rise', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the first game', () => client.games.length > 0 && gateway.watchers === 1);
  gateway.put('ABC', 5, { id: 'ABC', round: 2 });
  gateway.put('ABC', 4, { id: 'ABC', round: 1 });
  gateway.put('ABC', 5, { id: 'ABC', round: 2 });
  gateway.put('ABC', 6, { id: 'ABC', round: 3 });
  await until('version 6', () => client.games.at(-1)?.version === 6);
  const versions = client.games.map((frame) => frame.version);
  assert.deepEqual(versions, [...new Set(versions)].sort());
  assert.deepEqual(client.games.at(-1).game, { id: 'ABC', round: 3 });
  client.socket.close();
  await until('the watch to end', () => gateway.watchers === 0);
});

test('since: what the client has is not sent again', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const current = await SocketClient.open(t, port, 'ABC', '?since=3&after=0&whatever=1');
  await current.ask('ping');
  await until('the watch', () => gateway.watchers === 1);
  gateway.put('ABC', 4, { id: 'ABC', round: 4 });
  await until('version 4', () => current.games.length > 0);
  assert.deepEqual(
    current.games.map((frame) => frame.version),
    [4],
  );
  const behind = await SocketClient.open(t, port, 'ABC', '?since=2');
  await until('the game', () => behind.games.length > 0);
});

test('a game that ends closes its sockets; one that cannot be read yet does not', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.answerWith = () => ({ status: 503, body: '{}', owner: null });
  const client = await SocketClient.open(t, port);
  await until('the game, from the watch', () => client.games.length > 0);
  gateway.remove('ABC');
  assert.equal((await client.closed).code, 4404);
});
