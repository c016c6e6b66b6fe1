/** Whoever is refused while still sending hears why: the connection is not reset under the answer. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { atEndOfTurn } from '../../../../src/adapters/system.ts';
import { Listener } from '../../../../src/http/edge/listener.ts';
import { listeningEdge, ManualClock, token, until } from '../edge-fixture.ts';

const host = '127.0.0.1';
const chunk = 'x'.repeat(16_384);

interface Client {
  readonly socket: Socket;
  readonly received: () => string;
  readonly errors: readonly string[];
}

/** Ends only when it is told to. */
async function clientOf(t: TestContext, port: number): Promise<Client> {
  const socket = connect({ port, host, allowHalfOpen: true });
  t.after(() => socket.destroy());
  let received = '';
  const errors: string[] = [];
  socket.on('data', (data) => {
    received += data;
  });
  socket.on('error', ({ code }: NodeJS.ErrnoException) => errors.push(code ?? ''));
  await once(socket, 'connect');
  return { socket, received: () => received, errors };
}

const write = (socket: Socket, text: string) =>
  new Promise<void>((resolve) => socket.write(text, 'latin1', () => resolve()));

const asJson = ['content-type: application/json', `authorization: Bearer ${token}`];
const refused: Readonly<Record<string, { status: number; lines: readonly string[] }>> = {
  'nothing at the address': { status: 404, lines: ['POST /v1/nowhere HTTP/1.1', 'host: a', ...asJson] },
  'a body that is too large': { status: 413, lines: ['POST /v1/games/ABC/continue HTTP/1.1', 'host: a', ...asJson] },
  'a body that is no JSON': {
    status: 415,
    lines: ['POST /v1/games HTTP/1.1', 'host: a', `authorization: Bearer ${token}`, 'content-type: text/plain'],
  },
  'no host': { status: 400, lines: ['POST /v1/games HTTP/1.1', ...asJson] },
  'no HTTP': { status: 400, lines: ['GET /v1/games?x=\xff HTTP/1.1', 'host: a'] },
  'an address that cannot be decoded': {
    status: 400,
    lines: ['GET /v1/games/%ff/ws HTTP/1.1', 'host: a', 'connection: upgrade', 'upgrade: websocket'],
  },
  'a socket that cannot be opened': {
    status: 400,
    lines: ['GET /v1/games/ABC/ws HTTP/1.1', 'host: a', 'connection: upgrade', 'upgrade: websocket', ...asJson],
  },
  'a proxy that this is not': { status: 400, lines: ['CONNECT a:80 HTTP/1.1', 'host: a'] },
};

for (const [what, { status, lines }] of Object.entries(refused)) {
  test(`${what}: who goes on sending meets no reset`, async (t) => {
    const { port, gateway } = await listeningEdge(t);
    const client = await clientOf(t, port);
    const { socket } = client;
    const length = 40 * chunk.length;
    await write(socket, [...lines, `content-length: ${length}`, '', ''].join('\r\n'));
    for (let sent = 0; sent < 20; sent += 1) await write(socket, chunk);
    await until('the refusal', () => client.received().includes('"code"'));
    assert.match(client.received(), new RegExp(`^HTTP/1\\.1 ${status} `));
    // To a socket that is closed the first one of these brings the reset, and the second one meets it.
    for (let sent = 0; sent < 20; sent += 1) await write(socket, chunk);
    await write(socket, 'GET /v1/games/ABC HTTP/1.1\r\nhost: a\r\n\r\n');
    assert.deepEqual(client.errors, []);
    socket.end();
    await once(socket, 'close');
    assert.deepEqual(client.errors, []);
    assert.equal(client.received().split('HTTP/1.1 ').length, 2, 'one answer');
    assert.equal(gateway.operations.length, 0);
  });
}

/** A listener that closes each connection with its first answer. */
async function lingering(t: TestContext): Promise<{ readonly client: Client; readonly clock: ManualClock }> {
  const clock = new ManualClock();
  const server = createServer((_, response) => response.writeHead(200, { connection: 'close' }).end('served'));
  const listener = new Listener(server, clock, atEndOfTurn);
  const port = await listener.open({ host, port: 0 });
  t.after(() => {
    listener.cut();
    server.close();
  });
  const client = await clientOf(t, port);
  await write(client.socket, `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n${chunk}`);
  await until('the answer', () => client.received().includes('served'));
  return { client, clock };
}

test('who never ends is cut after some seconds', async (t) => {
  const { client, clock } = await lingering(t);
  clock.advance(4_999);
  await write(client.socket, chunk);
  await write(client.socket, chunk);
  assert.deepEqual(client.errors, []);
  clock.advance(1);
  await until('the cut', async () => {
    await write(client.socket, chunk);
    return client.errors.length > 0;
  });
});

test('who sends without end is cut', async (t) => {
  const { client } = await lingering(t);
  let chunks = 0;
  while (client.errors.length === 0 && chunks < 10_000) {
    await write(client.socket, chunk);
    chunks += 1;
  }
  const mebibytes = (chunks * chunk.length) / 1024 / 1024;
  // What the kernels hold on the way comes on top.
  assert.ok(mebibytes >= 16 && mebibytes < 64, `cut after ${mebibytes} MiB`);
});
