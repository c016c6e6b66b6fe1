/** How many connections there may be, in all and of one address: who has to go, what is counted, what is logged. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ConnectionLimits } from '../../../../src/http/edge/connection-limits.ts';
import { Refusals } from '../../../../src/http/edge/refusals.ts';
import { asAdmin, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

class FakeSocket extends EventEmitter {
  bytesRead = 0;
  destroyed = false;
  readonly remoteAddress: string;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function lab(connections: number, connectionsPerAddress: number, trustedProxies: string[] = []) {
  const refusals = new Refusals();
  const lines: object[] = [];
  const log = { warn: (fields: object) => lines.push(fields) };
  const limits = new ConnectionLimits({
    limits: { connections, connectionsPerAddress },
    trustedProxies,
    refusals,
    log,
  });
  /** Null: it was refused. */
  const come = (address: string, says = true): FakeSocket | null => {
    const socket = new FakeSocket(address);
    if (!limits.admit(socket as unknown as Socket)) return null;
    if (says) socket.bytesRead = 10;
    return socket;
  };
  const refused = (limit: 'connections' | 'connections_per_address') => refusals.counts.get(limit);
  return { come, lines, refused };
}

test('an address has its share, and others go on; what closes makes room', () => {
  const { come, refused } = lab(10, 2);
  const first = come('192.0.2.1');
  assert.ok(first && come('192.0.2.1'));
  assert.equal(come('192.0.2.1'), null);
  assert.equal(come('::ffff:192.0.2.1'), null, 'the same address, written otherwise');
  assert.ok(come('192.0.2.2'));
  assert.ok(come('2001:db8::1') && come('2001:db8::2'));
  assert.equal(come('2001:db8::3'), null, 'a /64 is one client');
  assert.equal(refused('connections_per_address'), 3);
  first.destroy();
  assert.ok(come('192.0.2.1'));
  assert.equal(come('192.0.2.1'), null);
  assert.equal(refused('connections'), 0);
});

test('who never said anything goes first, the oldest of them; of an address that is full, its own', () => {
  const { come, refused } = lab(4, 3);
  const other = come('192.0.2.9', false);
  const talking = come('192.0.2.1');
  const silent = [come('192.0.2.1', false), come('192.0.2.1', false)];
  assert.ok(come('192.0.2.1'), 'its address was full');
  assert.deepEqual(
    [other, talking, ...silent].map((socket) => socket?.destroyed),
    [false, false, true, false],
  );
  assert.equal(refused('connections_per_address'), 1);
  assert.ok(come('192.0.2.2'), 'all were taken');
  assert.deepEqual(
    [other, talking, ...silent].map((socket) => socket?.destroyed),
    [true, false, true, false],
  );
  const last = silent[1] as FakeSocket;
  last.bytesRead = 1;
  assert.equal(come('192.0.2.3'), null, 'everybody has spoken');
  assert.equal(refused('connections'), 2);
  last.destroy();
  assert.ok(come('192.0.2.3'));
});

test('connections of trusted proxies count in all only', () => {
  const { come } = lab(5, 1, ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.7']);
  for (const address of ['10.1.1.1', '10.1.1.1', '::ffff:10.1.1.1', '2001:db8:1::5']) assert.ok(come(address), address);
  assert.ok(come('192.0.2.7'));
  assert.equal(come('10.1.1.1'), null);
});

test('each refusal is said, by its limit', () => {
  const { come, lines } = lab(10, 1);
  come('192.0.2.1');
  assert.equal(come('192.0.2.1'), null);
  assert.deepEqual(lines, [{ limit: 'connections_per_address' }]);
});

async function opened(t: TestContext, port: number, localAddress: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket.resume();
}

async function asked(t: TestContext, port: number, localAddress: string): Promise<Socket> {
  const socket = await opened(t, port, localAddress);
  const answer = once(socket, 'data');
  socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
  await answer;
  return socket;
}

test('one address that takes all it can leaves room for the next, and the metric says so', async (t) => {
  const { port } = await listeningEdge(t, { limits: { connections: 6, connectionsPerAddress: 3 } });
  const kept = [];
  for (let count = 0; count < 3; count += 1) kept.push(await asked(t, port, '127.0.0.50'));
  const fourth = await opened(t, port, '127.0.0.50');
  if (!fourth.closed) await once(fourth, 'close');
  assert.deepEqual(
    kept.map(({ closed }) => closed),
    [false, false, false],
  );
  const honest = await asked(t, port, '127.0.0.60');
  const told = once(honest, 'data');
  honest.write(`GET /metrics HTTP/1.1\r\nhost: x\r\nauthorization: ${asAdmin.authorization}\r\n\r\n`);
  assert.match(String((await told)[0]), /HTTP\/1\.1 200/);
  const { body } = await metrics(port);
  assert.match(body, /minotaur_refusals_total\{limit="connections_per_address"\} 1\n/);
});

test('what limits of the edge refuse is counted under their names', async (t) => {
  const limits = {
    socketsPerAddress: 1,
    framesPerSecond: 1,
    bodyBytes: 1_024,
    frameBytes: 1_024,
    requestTimeoutMs: 100,
  };
  const { port, gateway } = await listeningEdge(t, { limits });
  const first = await SocketClient.open(t, port);
  await until('the game', () => first.games.length > 0);
  assert.equal((await (await SocketClient.open(t, port)).closed).code, 4429);
  first.socket.send('x'.repeat(2_000));
  assert.equal((await first.closed).code, 1009);
  const second = await SocketClient.open(t, port);
  await until('the game', () => second.games.length > 0);
  for (let count = 0; count < 10; count += 1) second.socket.send('{"ref":1,"type":"ping"}');
  assert.equal((await second.closed).code, 4429);
  await fetch(`http://127.0.0.1:${port}/v1/games`, { method: 'POST', body: 'x'.repeat(2_000), headers: json });
  const body = '{"code":"session_overloaded"}';
  gateway.answerWith = () => ({ status: 503, body, owner: null });
  await fetch(`http://127.0.0.1:${port}/v1/games/ABC`);
  gateway.answerWith = null;
  const half = await opened(t, port, '127.0.0.1');
  half.write('GET / HT');
  await once(half, 'close');
  const shown = (await metrics(port)).body;
  const names = ['sockets_per_address', 'frame_bytes', 'frames_per_second', 'body_bytes', 'waiting_requests'];
  for (const name of [...names, 'request_timeout']) {
    assert.match(shown, new RegExp(`minotaur_refusals_total\\{limit="${name}"\\} 1\\n`), name);
  }
});

const json = { 'content-type': 'application/json' };

async function metrics(port: number): Promise<{ body: string }> {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close', ...asAdmin } });
  return { body: await reply.text() };
}
