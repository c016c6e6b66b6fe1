/** Clients that take their time: with a request, with its body, with the answer, or with nothing at all. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listeningEdge, token, until } from '../edge-fixture.ts';

const host = '127.0.0.1';
const get = 'GET /v1/games/ABC HTTP/1.1\r\nhost: x\r\n\r\n';

class Client {
  readonly socket: Socket;
  received = '';
  closed = false;

  constructor(t: TestContext, port: number) {
    this.socket = connect(port, host);
    this.socket.on('data', (data) => {
      this.received += data;
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
    });
    t.after(() => this.socket.destroy());
  }

  /** Sends one character every few milliseconds, for as long as it may. */
  trickle(t: TestContext, text: string): void {
    let sent = 0;
    const timer = setInterval(() => this.socket.write(text[sent++ % text.length] ?? ''), 5);
    t.after(() => clearInterval(timer));
  }
}

/** The servers' sides of connections, as they come. */
function acceptedSockets(t: TestContext): readonly Socket[] {
  const accepted: Socket[] = [];
  const onSocket = (message: unknown) => accepted.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', onSocket);
  t.after(() => unsubscribe('net.server.socket', onSocket));
  return accepted;
}

const short = { requestTimeoutMs: 150 };

test('a head that trickles in is cut off, long before a body would be', async (t) => {
  const { port } = await listeningEdge(t, { limits: { headersTimeoutMs: 150 } });
  const client = new Client(t, port);
  client.socket.write('GET /livez HTTP/1.1\r\n');
  client.trickle(t, 'x-more: and more\r\n');
  await until('the end', () => client.closed);
  assert.match(client.received, /^HTTP\/1\.1 400 .*took too long/s);
});

test('a body that trickles in is cut off', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: short });
  const client = new Client(t, port);
  const head = `host: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 9999`;
  client.socket.write(`POST /v1/games/ABC/continue HTTP/1.1\r\n${head}\r\n\r\n`);
  client.trickle(t, ' ');
  await until('the end', () => client.closed);
  assert.match(client.received, /^HTTP\/1\.1 400 .*took too long/s);
  assert.equal(gateway.operations.length, 0);
});

test('a connection that says nothing is cut off', async (t) => {
  const { port } = await listeningEdge(t, { limits: short });
  const client = new Client(t, port);
  await until('the end', () => client.closed);
});

test('a connection that waits for its next request is kept, for longer than any balancer keeps it and than clients are told', async (t) => {
  const accepted = acceptedSockets(t);
  const { port } = await listeningEdge(t, { limits: short });
  const idle = new Client(t, port);
  idle.socket.write(get);
  await until('the answer', () => idle.received.includes('"game"'));
  assert.match(idle.received, /keep-alive: timeout=10\r\n/i);
  assert.equal(accepted[0]?.timeout, 620_000);
  // Later than those that said nothing are cut, by the same watch.
  const silent = new Client(t, port);
  await until('another one to be cut', () => silent.closed);
  idle.received = '';
  idle.socket.write(get);
  await until('the next answer', () => idle.received.includes('"game"'));
});

test('who does not read the answer is cut off', async (t) => {
  const accepted = acceptedSockets(t);
  const { port, gateway } = await listeningEdge(t, { limits: { stallMs: 200 } });
  const body = JSON.stringify({ game: 'x'.repeat(16 * 1024 * 1024) });
  gateway.answerWith = () => ({ status: 200, body, owner: null });
  const client = new Client(t, port);
  client.socket.pause();
  client.socket.write(get);
  await until('the server to give up', () => accepted[0]?.destroyed === true);
  client.socket.resume();
  await until('the end', () => client.closed);
  assert.ok(client.received.length < body.length);
});

test('who waits long for an answer is not cut off', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: short });
  let finish = () => {};
  gateway.answerWith = () =>
    new Promise((resolve) => {
      finish = () => resolve({ status: 200, body: '{"late":true}', owner: null });
    });
  const patient = new Client(t, port);
  patient.socket.write(get);
  await until('the request', () => gateway.operations.length === 1);
  const silent = new Client(t, port);
  await until('another one to be cut', () => silent.closed);
  finish();
  await until('the answer', () => patient.received.includes('"late"'));
});

test('a head of over 16 KiB is refused', async (t) => {
  const { port } = await listeningEdge(t);
  const client = new Client(t, port);
  client.socket.write(`GET /livez HTTP/1.1\r\nhost: x\r\nx-large: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
  await until('the end', () => client.closed);
  assert.match(client.received, /^HTTP\/1\.1 400 .*headers are too large/s);
});

test('more connections than there may be are dropped; one that leaves makes room', async (t) => {
  const { port } = await listeningEdge(t, { limits: { connections: 2 } });
  const ask = (client: Client) => client.socket.write(get);
  const first = new Client(t, port);
  const second = new Client(t, port);
  for (const client of [first, second]) {
    ask(client);
    await until('the answer', () => client.received.includes('"game"'));
  }
  const third = new Client(t, port);
  ask(third);
  await until('the third to be dropped', () => third.closed);
  assert.equal(third.received, '');
  first.socket.end();
  await once(first.socket, 'close');
  await until('a fourth to be served', () => {
    const fourth = new Client(t, port);
    ask(fourth);
    return until('an answer', () => fourth.closed || fourth.received).then(() => fourth.received.includes('"game"'));
  });
});
