/** The fault injector does what it says: passes, refuses, or swallows bytes and delivers them late, or one by one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { NatsProxy } from '../../support/nats-proxy.ts';
import { waitFor } from '../../support/wait.ts';

async function echoBehindProxy(t: TestContext): Promise<{ proxy: NatsProxy; received: () => number }> {
  let received = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received += bytes.length;
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await NatsProxy.open((server.address() as { port: number }).port);
  t.after(async () => {
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { proxy, received: () => received };
}

function client(proxy: NatsProxy): { socket: Socket; text: () => string; error: () => string | null } {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  let text = '';
  let error: string | null = null;
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('error', (problem: NodeJS.ErrnoException) => {
    error = problem.code ?? null;
  });
  return { socket, text: () => text, error: () => error };
}

test('open: bytes pass in both directions', async (t) => {
  const { proxy } = await echoBehindProxy(t);
  const { socket, text } = client(proxy);
  socket.write('hello');
  await waitFor('the echo', () => text() === 'hello');
});

test('refused: connections are reset, new ones refused, until it is open again at the same address', async (t) => {
  const { proxy } = await echoBehindProxy(t);
  const before = client(proxy);
  before.socket.write('1');
  await waitFor('the echo', () => before.text() === '1');
  await proxy.set('refused');
  await waitFor('the reset', () => before.error() === 'ECONNRESET');
  const during = client(proxy);
  await waitFor('the refusal', () => during.error() === 'ECONNREFUSED');
  await proxy.set('open');
  const after = client(proxy);
  after.socket.write('2');
  await waitFor('the echo', () => after.text() === '2');
});

test('blackhole: connections stay, nothing passes, and what was sent arrives late', async (t) => {
  const { proxy, received } = await echoBehindProxy(t);
  const old = client(proxy);
  old.socket.write('1');
  await waitFor('the echo', () => old.text() === '1');
  await proxy.set('blackhole');
  old.socket.write('2');
  const young = client(proxy);
  await once(young.socket, 'connect');
  young.socket.write('3');
  // Whatever was going to pass would have passed by the time that another connection made a round trip.
  const other = await echoBehindProxy(t);
  const witness = client(other.proxy);
  witness.socket.write('x');
  await waitFor('the witness', () => witness.text() === 'x');
  assert.equal(received(), 1);
  assert.equal(old.text(), '1');
  await proxy.set('open');
  await waitFor('the late bytes', () => old.text() === '12' && young.text() === '3');
});

test('trickle: what is sent at once comes in many pieces, all of it and in order', async (t) => {
  const { proxy } = await echoBehindProxy(t);
  await proxy.set('trickle');
  const { socket, text } = client(proxy);
  let pieces = 0;
  socket.on('data', () => {
    pieces += 1;
  });
  const sent = Array.from({ length: 300 }, (_, index) => String.fromCharCode(33 + (index % 90))).join('');
  socket.write(sent);
  await waitFor('the echo', () => text() === sent);
  assert.ok(pieces > 100, `in ${pieces} pieces`);
  assert.deepEqual([proxy.accepted, proxy.connections], [1, 1]);
  socket.destroy();
  await waitFor('the end', () => proxy.connections === 0);
});
