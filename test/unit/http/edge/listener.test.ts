/** Closing a listener: whoever has come is served, whoever says nothing is not waited for. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { atEndOfTurn, systemClock } from '../../../../src/adapters/system.ts';
import { Listener } from '../../../../src/http/edge/listener.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import { ManualClock, until } from '../edge-fixture.ts';

const host = '127.0.0.1';
const request = 'GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

function listener(t: TestContext, clock: Clock = systemClock): Listener {
  const made = new Listener(
    createServer((_, response) => response.end('served')),
    clock,
    atEndOfTurn,
  );
  t.after(() => made.cut());
  return made;
}

/** Connects at once: on this machine the kernel has taken the connection when this returns. Resolves with what came back. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write(request));
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('error', (error) => resolve(String(error)));
    socket.on('close', () => resolve(received));
  });
}

test('connections that the kernel holds when the listener closes are served, however quick or slow the turns are', async (t) => {
  // By the manual clock every turn takes no time at all.
  for (const clock of [systemClock, new ManualClock()]) {
    const own = listener(t, clock);
    const port = await own.open({ host, port: 0 });
    const waiting = Array.from({ length: 40 }, () => ask(port));
    const closed = own.close();
    for (const reply of await Promise.all(waiting)) assert.match(reply, /served$/);
    await closed;
    assert.match(await ask(port), /ECONNREFUSED/);
  }
});

test('members of a shared port come and go under new connections, and none is reset', async (t) => {
  let staying = listener(t);
  const port = await staying.open({ host, port: 0, reusePort: true });
  for (let round = 0; round < 20; round += 1) {
    const next = listener(t);
    await next.open({ host, port, reusePort: true });
    const waiting = Array.from({ length: 40 }, () => ask(port));
    const closed = staying.close();
    for (const reply of await Promise.all(waiting)) assert.match(reply, /served$/, `round ${round}`);
    await closed;
    staying = next;
  }
  await staying.close();
});

test('a connection that never said anything does not keep a closed listener', async (t) => {
  const clock = new ManualClock();
  const own = listener(t, clock);
  const accepted: Socket[] = [];
  own.server.on('connection', (socket: Socket) => accepted.push(socket));
  const port = await own.open({ host, port: 0 });
  const silent = connect(port, host);
  const speaking = connect(port, host);
  const received: string[] = [];
  speaking.on('data', (data) => received.push(String(data)));
  await Promise.all([once(silent, 'connect'), once(speaking, 'connect')]);
  speaking.write('GET / HT');
  await until('half a request', () => accepted.some(({ bytesRead }) => bytesRead > 0));
  const closed = own.close();
  const gone = once(silent, 'close');
  await until('the listener to be closed', () => !own.server.listening);
  clock.advance(999);
  assert.equal(silent.destroyed, false);
  clock.advance(1);
  await gone;
  const ended = once(speaking, 'close');
  speaking.write('TP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await Promise.all([closed, ended]);
  assert.match(received.join(''), /served$/);
});

/** Every look at it takes it a little further: whatever is done for some time is done for few. */
class SteppingClock extends ManualClock {
  override monotonic(): number {
    this.advance(0.03);
    return super.monotonic();
  }
}

test('kept connections are closed a few at a time: what is sent while others are being closed is served', async (t) => {
  const clock = new SteppingClock();
  const own = listener(t, clock);
  const accepted = new Map<number | undefined, Socket>();
  own.server.on('connection', (socket: Socket) => accepted.set(socket.remotePort, socket));
  const port = await own.open({ host, port: 0 });
  const kept = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const client = { socket: connect(port, host), received: '', asked: false, closed: false };
      client.socket.on('error', () => {});
      client.socket.on('data', (data) => {
        client.received += data;
      });
      client.socket.on('close', () => {
        client.closed = true;
      });
      client.socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      await until('the first answer', () => client.received.endsWith('served'));
      client.received = '';
      return client;
    }),
  );
  const isLeft = ({ socket }: { socket: Socket }) => accepted.get(socket.localPort)?.destroyed === false;
  // Whoever is left when the first ones learn of their end asks at once. That takes a while: no quick turn, so nobody is closed by it.
  for (const one of kept) {
    one.socket.once('end', () => {
      for (const client of kept.filter((other) => isLeft(other) && !other.asked)) {
        client.asked = true;
        client.socket.write(request);
      }
      clock.advance(1);
    });
  }
  await own.close();
  await until('the end of all', () => kept.every(({ closed }) => closed));
  const asked = kept.filter((client) => client.asked);
  assert.ok(asked.length > 20, `${asked.length} were left`);
  assert.equal(asked.filter(({ received }) => !received.endsWith('served')).length, 0);
});

test('a kept connection that is being answered when the listener closes gets its answer', async (t) => {
  let answer = () => {};
  const server = createServer((incoming, response) => {
    if (incoming.url === '/') response.end('served');
    else answer = () => response.end('late');
  });
  const own = new Listener(server, systemClock, atEndOfTurn);
  t.after(() => own.cut());
  const socket = connect(await own.open({ host, port: 0 }), host);
  const received: string[] = [];
  socket.on('data', (data) => received.push(String(data)));
  const ended = once(socket, 'close');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await until('the first answer', () => received.join('').endsWith('served'));
  const asked = once(server, 'request');
  socket.write('GET /late HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  await asked;
  const closed = own.close();
  await until('the listener to be closed', () => !server.listening);
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 50; turns += 1) await turn();
  answer();
  await Promise.all([closed, ended]);
  assert.match(received.join(''), /late$/);
});

test('a listener that never opened closes too', async (t) => {
  await listener(t).close();
});
