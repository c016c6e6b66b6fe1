/** What is logged, at every level: no token and no secret, in whatever way it came. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  asAdmin,
  listeningEdge,
  otherToken,
  playerToken,
  SocketClient,
  token,
  tokenSecret,
  until,
} from './edge-fixture.ts';

/** Sends bytes as they are; resolves when the server has closed. */
async function sendRaw(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.on('error', () => {}).resume();
  await once(socket, 'close');
}

async function askEverything(port: number, given: string): Promise<void> {
  const ask = async (path: string, init: RequestInit) => {
    await (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();
  };
  const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json', 'idempotency-key': given };
  for (const path of [
    '/v1/games/ABC',
    `/v1/games/ABC?token=${given}`,
    `/v1/games/${given}`,
    `/v1/games/${given}/actions`,
    `/nothing/${given}`,
    `/v1/games/%zz?${given}`,
    `/v1/cluster/members/${given}/drain`,
    `/v1/games/ABC/rounds/${given}`,
  ]) {
    await ask(path, { headers });
    await ask(path, { method: 'POST', headers, body: JSON.stringify({ type: given, token: given }) });
    await ask(path, { method: 'POST', headers, body: `{"broken": "${given}` });
    await ask(path, { method: 'PUT', headers: { ...headers, cookie: given, 'x-forwarded-for': given } });
  }
  await sendRaw(port, `GET / HTTP/1.1\r\nauthorization: Bearer ${given}\r\nbad header ${given}\r\n\r\n`);
  await sendRaw(port, `${given}\r\n\r\n`);
  await sendRaw(port, `GET / HTTP/1.1\r\nauthorization: Bearer ${given}\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`);
  for (const protocols of [['minotaur.v1', `bearer.${given}`], [`bearer.${given}`], ['minotaur.v1', given]]) {
    const client = new SocketClient(port, `/v1/games/ABC/ws?token=${given}`, protocols);
    await Promise.race([client.closed, until('the game', () => client.games.length > 0)]);
    client.socket.send(JSON.stringify({ ref: given, type: given, body: { token: given } }), () => {});
    client.socket.send(`not json ${given}`, () => {});
    client.socket.terminate();
    await client.closed;
  }
}

/** What the process prints during the test, past every logger. */
function printed(t: TestContext): () => string {
  const kept: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
    t.mock.method(stream, 'write', (...given: unknown[]) => {
      kept.push(String(given[0]));
      return write(...given);
    });
  }
  return () => kept.join('');
}

test('no token is ever logged, in whatever way it came', async (t) => {
  const output = printed(t);
  const { http, port, gateway, logs } = await listeningEdge(t);
  const right = playerToken();
  const expired = playerToken('p1', 'ABC', 0);
  const given = [token, otherToken, right, expired, `${right.slice(0, -1)}!`, 'guessed-wrong-token'];
  for (const each of given) await askEverything(port, each);
  gateway.answerWith = () => Promise.reject(new Error('unforeseen'));
  for (const each of [token, right]) await askEverything(port, each);
  gateway.answerWith = null;
  gateway.failure = new Error('unforeseen too');
  for (const path of ['/v1/cluster', '/v1/games']) {
    await fetch(`http://127.0.0.1:${port}${path}`, { headers: asAdmin });
  }
  await http.close();
  assert.match(logs.text(), /unforeseen/);
  const told = logs.text() + output();
  t.mock.restoreAll();
  // Nor the telling parts of one.
  for (const secret of [...given, tokenSecret, ...right.split('.').slice(1)]) assert.ok(!told.includes(secret), secret);
});

test('answers do not repeat a token either', async (t) => {
  const { port } = await listeningEdge(t);
  const right = playerToken();
  for (const [path, headers] of [
    ['/v1/games/ABC', { authorization: `Bearer ${right}x` }],
    [`/v1/games/${right}`, {}],
    ['/v1/games/ABC', { authorization: right }],
  ] as const) {
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    assert.ok(reply.status >= 400, path);
    const told = `${JSON.stringify([...reply.headers])}${await reply.text()}`;
    assert.ok(!told.includes(right), told);
  }
});
