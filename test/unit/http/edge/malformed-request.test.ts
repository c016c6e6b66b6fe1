/** What Node.js and ws would refuse by themselves, with words of their own or none: here it is a problem document like every refusal. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { listeningEdge, token, until } from '../edge-fixture.ts';

/** Sends lines and then nothing more; resolves with all that the server said before it closed. */
async function answerTo(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.end(`${lines.join('\r\n')}\r\n\r\n`));
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  await once(socket, 'close');
  return received;
}

function assertRefused(answer: string, detail: RegExp): void {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 400 .*^content-type: application\/problem\+json; charset=utf-8$/ims);
  assert.match(head, new RegExp(`^content-length: ${body.length}$`, 'im'));
  assert.match(head, /^connection: close$/im);
  const { status, code, detail: said } = JSON.parse(body);
  assert.deepEqual([status, code], [400, 'bad_request']);
  assert.match(said, detail);
}

test('a request of HTTP/1.1 that names no host is refused; one of HTTP/1.0 need not name any', async (t) => {
  const { port } = await listeningEdge(t);
  assertRefused(await answerTo(port, 'GET /livez HTTP/1.1'), /host/);
  assert.match(await answerTo(port, 'GET /livez HTTP/1.0'), /^HTTP\/1\.1 200 /);
});

test('a refusal names its request, if there is one', async (t) => {
  const { port } = await listeningEdge(t);
  assert.match(await answerTo(port, 'GET / HTTP/1.1', 'host: a b', 'x-request-id: r1'), /^x-request-id: r1$/im);
  assert.match(await answerTo(port, 'GET / HTTP/1.1'), /^x-request-id: [A-Za-z0-9]{16}$/im);
  assert.doesNotMatch(await answerTo(port, 'what', 'x-request-id: r1'), /x-request-id/i);
});

test('the server as a whole is no page', async (t) => {
  const { port } = await listeningEdge(t);
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
    const answer = await answerTo(
      port,
      `${method} *?a=b HTTP/1.1`,
      'host: a',
      'content-length: 0',
      'connection: close',
    );
    assert.match(answer, /^HTTP\/1\.1 404 /, method);
  }
});

test('a request that names two hosts, or none that could be one, is refused, a WebSocket too', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const upgrade = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
  const socket = [...upgrade, 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==', `authorization: Bearer ${token}`];
  for (const hosts of [
    ['host: a', 'Host: b'],
    ['HOST: a', 'host: a'],
    ['host: a b'],
    ['host: a/b'],
    ['host: user@a'],
    ['host: a, b@'],
    ['host: \xff'],
  ]) {
    assertRefused(await answerTo(port, 'GET /livez HTTP/1.1', ...hosts), /host/);
    assertRefused(await answerTo(port, 'GET /livez HTTP/1.0', ...hosts), /host/);
    assertRefused(await answerTo(port, 'GET /v1/games/ABC/ws HTTP/1.1', ...hosts, ...socket), /host/);
  }
  assert.equal(gateway.operations.length, 0);
  for (const host of ['', 'x', 'under_score:8080', '[::1]:80', 'xn--bcher-kva.example']) {
    assert.match(await answerTo(port, 'GET /livez HTTP/1.1', `host: ${host}`), /^HTTP\/1\.1 200 /, host);
  }
});

test('an expectation that nobody knows is ignored', async (t) => {
  const { port } = await listeningEdge(t);
  const answer = await answerTo(port, 'GET /livez HTTP/1.1', 'host: x', 'expect: a pony');
  assert.match(answer, /^HTTP\/1\.1 200 .*"alive":true/s);
  assertRefused(await answerTo(port, 'GET /livez HTTP/1.1', 'expect: a pony'), /host/);
});

test('a WebSocket that is opened in a wrong way is refused, and told which version there is', async (t) => {
  const { port } = await listeningEdge(t);
  const right = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-protocol': 'minotaur.v1',
  };
  for (const wrong of [
    { 'sec-websocket-key': 'short' },
    { 'sec-websocket-version': '12' },
    { 'sec-websocket-protocol': 'a, a' },
    { 'sec-websocket-protocol': '\xff' },
  ]) {
    const headers = { host: 'x', authorization: `Bearer ${token}`, ...right, ...wrong };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const answer = await answerTo(port, 'GET /v1/games/ABC/ws HTTP/1.1', ...lines);
    assertRefused(answer, /WebSocket/);
    assert.match(answer, /^sec-websocket-version: 13$/im);
  }
});

test('an address that cannot be decoded is not repeated: its query may hold a token', async (t) => {
  const { port } = await listeningEdge(t);
  const answer = await answerTo(port, `GET /v1/games/%?token=${token} HTTP/1.1`, 'host: x', 'connection: close');
  assertRefused(answer, /^the address cannot be decoded$/);
  assert.ok(!answer.includes(token));
});

test('a refusal after which the connection ends says so, an upgrade asked for or not', async (t) => {
  const { port } = await listeningEdge(t);
  for (const upgrade of ['websocket', 'h2c']) {
    for (const method of ['GET', 'DELETE']) {
      const answer = await answerTo(port, `${method} /v1/games/%/ws HTTP/1.1`, 'host: x', `upgrade: ${upgrade}`);
      assertRefused(answer, /decoded/);
    }
  }
});

test('an answer to who asked for an upgrade in vain is the last one: what follows it is heard by nobody', async (t) => {
  const { port } = await listeningEdge(t);
  const bodies = ['', 'content-length: 2\r\n\r\n{}', 'transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0'];
  for (const upgrade of ['websocket', 'h2c'])
    for (const line of ['GET /livez', 'GET /v1/games/ABC', 'DELETE /v1/games/ABC', 'POST /v1/games', 'GET /nothing'])
      for (const body of bodies) {
        const headers = ['host: x', `authorization: Bearer ${token}`, 'content-type: application/json'];
        const asked = [`${line} HTTP/1.1`, ...headers, `upgrade: ${upgrade}`, 'connection: upgrade', body];
        // It keeps its own side open: the end is the server's.
        const socket = connect(port, '127.0.0.1', () => socket.write(`${asked.join('\r\n')}\r\n\r\n`));
        t.after(() => socket.destroy());
        let received = '';
        socket.on('data', (data) => {
          received += data;
        });
        await until(`the end after ${line}, ${upgrade}, ${body}`, () => socket.closed);
        assert.match(received, /^HTTP\/1\.1 \d\d\d .*^connection: close$/ims);
      }
});

test('a tunnel is refused', async (t) => {
  const { port } = await listeningEdge(t);
  assertRefused(await answerTo(port, 'CONNECT example.org:80 HTTP/1.1', 'host: x'), /proxy/);
});
