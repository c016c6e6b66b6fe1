/** Bodies as clients and proxies frame them: nothing in every way, byte order marks, and what is not taken, by name. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { asAdmin, injectedEdge, listeningEdge, SocketClient, token, until } from '../edge-fixture.ts';

const types = [null, '', 'json', '*', 'text/plain', 'application/json', 'application/json; charset=utf-16'];
const framings = [
  ['none', [], ''],
  ['length 0', ['content-length: 0'], ''],
  ['chunked', ['transfer-encoding: chunked'], '0\r\n\r\n'],
  ['gzip, length 0', ['content-encoding: gzip', 'content-length: 0'], ''],
] as const;
const requests = [
  ['POST', '/v1/games/ABC/start', 200],
  ['POST', '/v1/games/ABC/continue', 200],
  ['POST', '/v1/games', 201],
  ['DELETE', '/v1/games/ABC/players/p1', 204],
] as const;

function rawAnswer(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

test('an empty body is {}, whatever frames it and whatever type it claims', async (t) => {
  const { port } = await listeningEdge(t);
  for (const [method, path, status] of requests) {
    for (const type of types) {
      for (const [framing, headers, body] of framings) {
        const all = [
          `${method} ${path} HTTP/1.1`,
          'host: x',
          'connection: close',
          `authorization: Bearer ${token}`,
          ...(type === null ? [] : [`content-type: ${type}`]),
          ...headers,
        ];
        const answer = await rawAnswer(port, `${all.join('\r\n')}\r\n\r\n${body}`);
        assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `), `${method} ${path}, ${type}, ${framing}: ${answer}`);
      }
    }
  }
});

async function continued(t: TestContext) {
  const { app, gateway } = await injectedEdge(t);
  return async (payload: Buffer, headers: Record<string, string> = {}) => {
    const before = gateway.operations.length;
    const all = { ...asAdmin, 'content-type': 'application/json', ...headers };
    const reply = await app.inject({ method: 'POST', url: '/v1/games/ABC/continue', payload, headers: all });
    const { code, detail } = reply.json();
    return { status: reply.statusCode, code, detail, asked: gateway.operations.slice(before) };
  };
}

test('a byte order mark is no part of the body, nor a body by itself', async (t) => {
  const send = await continued(t);
  const { status, asked } = await send(Buffer.from('\ufeff{"game":{"id":"ABC"}}'));
  assert.equal(status, 200);
  assert.deepEqual(asked[0]?.kind === 'continue' && asked[0].document, { id: 'ABC' });
  assert.equal((await send(Buffer.from('\ufeff'))).status, 200);
});

test('a frame may begin with a byte order mark', async (t) => {
  const { port } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  client.socket.send('\ufeff{"ref":1,"type":"ping"}');
  await until('the reply', () => client.frames.some((frame) => frame.type === 'reply' && frame.ok === true));
});

test('encodings and charsets that are not taken are named', async (t) => {
  const send = await continued(t);
  const json = Buffer.from('{}');
  for (const [payload, headers, named] of [
    [gzipSync('{}'), { 'content-encoding': 'gzip' }, /^Content-Encoding: gzip/],
    [json, { 'content-encoding': 'br' }, /^Content-Encoding: br/],
    [json, { 'content-encoding': 'identity, deflate' }, /^Content-Encoding: identity, deflate/],
    [json, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }, /^Content-Encoding: gzip/],
    [json, { 'content-type': 'application/json; charset=utf-16' }, /charset=utf-16 /],
    [json, { 'content-type': 'application/json;charset="ISO-8859-1"' }, /charset=ISO-8859-1 /],
    [json, { 'content-type': `application/json;charset=${'x'.repeat(500)}` }, /^.{1,120}$/],
    [json, { 'content-type': 'text/plain' }, /^send Content-Type: application\/json$/],
    [json, { 'content-type': 'nonsense' }, /^send Content-Type: application\/json$/],
  ] as const) {
    const { status, code, detail, asked } = await send(payload, headers);
    assert.deepEqual([status, code], [415, 'unsupported_media_type'], JSON.stringify(headers));
    assert.match(detail, named);
    assert.equal(asked.length, 0);
  }
  for (const headers of [
    { 'content-encoding': 'identity' },
    { 'content-encoding': '' },
    { 'content-type': 'application/json; charset="UTF-8"' },
    { 'content-type': 'application/json; charset=us-ascii' },
    { 'content-type': 'Application/JSON;version=1;charset=utf8' },
  ]) {
    assert.equal((await send(json, headers)).status, 200, JSON.stringify(headers));
  }
});

test('what is not UTF-8 is said to be that', async (t) => {
  const send = await continued(t);
  for (const bytes of ['{"a":"\xff"}', '{"a":"\xed\xa0\x80"}', '\xff\xfe{\0}\0']) {
    const { status, detail } = await send(Buffer.from(bytes, 'latin1'));
    assert.deepEqual([status, detail], [400, 'the body is not UTF-8']);
  }
});

test('a body that stops in the middle of nothing is no body', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { requestTimeoutMs: 300, headersTimeoutMs: 200 } });
  const head = `POST /v1/games/ABC/start HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`;
  const answer = await rawAnswer(port, `${head}transfer-encoding: chunked\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.equal(gateway.operations.length, 0);
});
