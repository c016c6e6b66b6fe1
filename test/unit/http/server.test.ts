/** Listeners: ports, the shared port, drain, close. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import type { Answer } from '../../../src/member/contract/gateway.ts';
import { asAdmin, atNow, listeningEdge, ManualClock, SocketClient, token, until } from './edge-fixture.ts';

const url = (port: number, path = '/v1/games/ABC') => `http://127.0.0.1:${port}${path}`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('several members listen on a shared port, sockets included', async (t) => {
  const sharedPort = await freePort();
  const first = await listeningEdge(t, { sharedPort });
  const second = await listeningEdge(t, { sharedPort });
  assert.notEqual(first.port, second.port);
  await second.http.close();
  const reply = await fetch(url(sharedPort));
  assert.equal(reply.status, 200);
  assert.equal((await fetch(url(first.port))).status, 200);
  const client = await SocketClient.open(t, sharedPort);
  await until('the game', () => client.games.length > 0);
  assert.match(await rawReply(sharedPort, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"code":"bad_request"/s);
});

test('a port that is taken is an error', async (t) => {
  const { port } = await listeningEdge(t);
  await assert.rejects(listeningEdge(t, { port }), { code: 'EADDRINUSE' });
});

test('who listens everywhere is reached as localhost over IPv6 too, and leaves there as well', async (t) => {
  const { http, port } = await listeningEdge(t, { host: '0.0.0.0' });
  for (const host of ['127.0.0.1', '[::1]']) {
    assert.equal((await fetch(`http://${host}:${port}/livez`)).status, 200, host);
  }
  await http.close();
  await assert.rejects(fetch(`http://[::1]:${port}/livez`));
});

test('where ::1 is taken, the rest is served all the same', async (t) => {
  const other = createServer().listen(0, '::1');
  await once(other, 'listening');
  t.after(() => other.close());
  const address = other.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  const { port, logs } = await listeningEdge(t, { host: '0.0.0.0', port: taken });
  assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200);
  assert.match(logs.text(), /EADDRINUSE.*not listening on ::1/);
});

test('once a stop is announced every answer closes its connection, and nothing else changes', async (t) => {
  const { http, port, gateway } = await listeningEdge(t);
  let finish: (answer: Answer) => void = () => {};
  gateway.answerWith = () => new Promise((resolve) => (finish = resolve));
  const underWay = rawHeaders(port);
  await until('the request to be asked', () => gateway.operations.length === 1);
  http.announceStop();
  finish({ status: 200, body: '{}', owner: null });
  assert.equal((await underWay).connection, 'close', 'asked before');
  gateway.answerWith = null;
  const pages = ['/', '/docs', '/docs/openapi.json', '/metrics', '/readyz', '/livez'];
  for (const path of [...pages, '/v1/games/ABC', '/v1/games/NONE', '/nothing', '/v1/games', '/%']) {
    assert.equal((await rawHeaders(port, path)).connection, 'close', path);
  }
  assert.equal((await fetch(url(port, '/readyz'))).status, 200);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  http.startDrain();
  http.announceStop();
  assert.equal((await fetch(url(port, '/readyz'))).status, 503);
});

test('a draining edge serves, but keeps no connection', async (t) => {
  const { http, port } = await listeningEdge(t);
  assert.notEqual((await rawHeaders(port)).connection, 'close');
  http.startDrain();
  for (const path of ['/v1/games/ABC', '/v1/games/NONE', '/livez', '/nothing', '/v1/games']) {
    assert.equal((await rawHeaders(port, path)).connection, 'close', path);
  }
  assert.equal((await fetch(url(port))).status, 200);
  assert.equal((await fetch(url(port, '/readyz'))).status, 503);
  assert.equal((await fetch(url(port, '/livez'))).status, 200);
});

test('draining sends sockets elsewhere, at most 1,000 a second, and refuses new ones', async (t) => {
  const clock = new ManualClock();
  const { http, port } = await listeningEdge(t, { clock });
  const clients = await Promise.all(Array.from({ length: 25 }, () => SocketClient.open(t, port)));
  await until('all games', () => clients.every((client) => client.games.length > 0));
  const told = () => clients.filter((client) => client.frames.some((frame) => frame.type === 'reconnect')).length;
  http.startDrain();
  http.startDrain();
  for (const expected of [10, 20, 25]) {
    await until(`${expected} sockets to be told`, () => told() >= expected);
    const probe = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], { headers: asAdmin });
    assert.equal((await probe.closed).code, 1012);
    assert.deepEqual(probe.frames, []);
    assert.equal(told(), expected);
    clock.advance(10);
  }
  for (const client of clients) assert.equal((await client.closed).code, 1012);
});

test('a socket that drains still gets the answers it waits for; new frames are left to the next member', async (t) => {
  const { http, port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  let finish: (answer: Answer) => void = () => {};
  gateway.answerWith = () => new Promise((resolve) => (finish = resolve));
  client.socket.send(JSON.stringify({ ref: 'last', type: 'get_game' }));
  await until('the frame to be asked', () => gateway.operations.length === 2);
  http.startDrain();
  await until('the word', () => client.frames.some((frame) => frame.type === 'reconnect'));
  client.socket.send(JSON.stringify({ ref: 'late', type: 'get_game' }));
  const pong = once(client.socket, 'pong');
  client.socket.ping();
  await pong;
  finish({ status: 200, body: '{}', owner: null });
  assert.equal((await client.closed).code, 1012);
  assert.deepEqual(
    client.frames.filter((frame) => frame.type === 'reply').map((frame) => frame.ref),
    ['last'],
  );
  assert.equal(gateway.operations.length, 2);
});

test('close lets an answer under way finish, closes idle connections and sockets, and frees the port', async (t) => {
  const { http, port, gateway } = await listeningEdge(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  await rawHeaders(port, '/livez', agent);
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  let finish: (answer: Answer) => void = () => {};
  gateway.answerWith = () => new Promise((resolve) => (finish = resolve));
  const underWay = fetch(url(port));
  await until('the request', () => gateway.operations.length === 2);
  const closed = http.close();
  assert.equal((await client.closed).code, 1012);
  await until('the port to be free', () => isRefused(port));
  finish({ status: 200, body: '{"late":true}', owner: 'm2' });
  assert.deepEqual(await (await underWay).json(), { late: true, ...atNow });
  await closed;
});

test('close does not wait for ever: half a request is cut', async (t) => {
  const clock = new ManualClock();
  const { http, port } = await listeningEdge(t, { clock });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('POST /v1/games/ABC/continue HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
  socket.write(`authorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\n{`);
  await rawHeaders(port);
  const gone = once(socket, 'close');
  let done = false;
  const closed = http.close().then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, false);
  clock.advance(10_000);
  await Promise.all([gone, closed]);
});

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

function rawHeaders(port: number, path = '/v1/games/ABC', agent = new Agent({ keepAlive: true })) {
  return new Promise<IncomingMessage['headers']>((resolve, reject) => {
    get(url(port, path), { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.headers));
    }).on('error', reject);
  });
}

function rawReply(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}
