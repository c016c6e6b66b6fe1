/**
 * Ids of requests: which are kept, where they are told, and what goes on under them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../../../../src/errors.ts';
import { MemberSilent, OrderVoid } from '../../../../src/member/contract/gateway.ts';
import { StoreUnavailable } from '../../../../src/ports/store.ts';
import { asAdmin, injectedEdge, listeningEdge, SocketClient } from '../edge-fixture.ts';

const own = /^[A-Za-z0-9]{16}$/;

test('an id of safe characters is kept, and goes with the operation; any other is replaced by one that never was', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const idOf = async (headers: Record<string, string | string[]>) => {
    const reply = await app.inject({ url: '/v1/games/ABC', headers: { ...asAdmin, ...headers } });
    const id = reply.headers['x-request-id'];
    assert.deepEqual(gateway.traces.at(-1), { requestId: id });
    return id;
  };
  for (const id of ['r', 'A-z_0.9', 'x'.repeat(64), '4bf92f3577b34da6a3ce929d0e0e4736']) {
    assert.equal(await idOf({ 'x-request-id': id }), id);
  }
  const made = new Set<unknown>();
  for (const id of [undefined, '', 'x'.repeat(65), 'a b', 'a"b', 'a,b', 'ä', ['r1', 'r2']]) {
    const shown = await idOf(id === undefined ? {} : { 'x-request-id': id });
    assert.match(`${shown}`, own, `${id}`);
    made.add(shown);
  }
  assert.equal(made.size, 8);
});

test('every answer names its request, whatever sends it', async (t) => {
  const { app, gateway, edge } = await injectedEdge(t, { corsOrigins: ['https://ours.example'] });
  const cases: readonly [string, string, Record<string, string>][] = [
    ['GET', '/v1/games/ABC', asAdmin],
    ['HEAD', '/v1/games/ABC', asAdmin],
    ['GET', '/v1/games/ABC', { ...asAdmin, origin: 'https://ours.example' }],
    ['OPTIONS', '/v1/games/ABC', { origin: 'https://ours.example', 'access-control-request-method': 'GET' }],
    ['GET', '/v1/games/NONE', asAdmin],
    ['GET', '/v1/games/ABC', { authorization: 'Bearer wrong' }],
    ['POST', '/v1/games/ABC/continue', asAdmin],
    ['DELETE', '/v1/games/ABC', asAdmin],
    ['POST', '/v1/games', {}],
    ['PUT', '/v1/games/ABC', {}],
    ['GET', '/v1/games/%zz', {}],
    ['GET', '/nothing', {}],
    ...['/', '/play', '/livez', '/readyz', '/metrics', '/v1/cluster', '/v1/games'].map(
      (url): [string, string, Record<string, string>] => ['GET', url, {}],
    ),
    ...['/docs', '/docs/openapi.json', '/docs/static/page.css', '/docs/static/none'].map(
      (url): [string, string, Record<string, string>] => ['GET', url, {}],
    ),
  ];
  for (const atOnce of [false, true]) {
    gateway.atOnce = atOnce;
    for (const [method, url, headers] of cases) {
      const reply = await app.inject({ method: method as 'GET', url, headers: { ...headers, 'x-request-id': 'r1' } });
      assert.equal(reply.headers['x-request-id'], 'r1', `${method} ${url} ${reply.statusCode}`);
      gateway.put('ABC', 3);
    }
  }
  edge.stage = 'draining';
  assert.equal((await app.inject({ url: '/readyz', headers: { 'x-request-id': 'r2' } })).headers['x-request-id'], 'r2');
});

test('a stream names its request', async (t) => {
  const { port } = await listeningEdge(t);
  const aborted = new AbortController();
  const reply = await fetch(`http://127.0.0.1:${port}/v1/games/ABC/stream`, {
    headers: { ...asAdmin, 'x-request-id': 'r1' },
    signal: aborted.signal,
  });
  assert.equal(reply.headers.get('x-request-id'), 'r1');
  aborted.abort();
});

test('a problem of the server tells its id, one of the client none; what nobody foresaw is logged by it', async (t) => {
  const { app, gateway, logs } = await injectedEdge(t);
  const ask = async () =>
    (await app.inject({ url: '/v1/games/ABC', headers: { ...asAdmin, 'x-request-id': 'r1' } })).json();
  for (const code of ['session_unavailable', 'internal', 'round_over'] as const) {
    const document = problem(code, 'because "so"', 'unknown');
    gateway.answerWith = () => ({ status: document.status, body: JSON.stringify(document), owner: 'm2' });
    assert.deepEqual(await ask(), { ...document, ...(document.status >= 500 && { requestId: 'r1' }) });
  }
  gateway.answerWith = () => {
    throw new Error('nobody foresaw this');
  };
  const { code, requestId } = await ask();
  assert.deepEqual([code, requestId], ['internal', 'r1']);
  const line = logs
    .text()
    .split('\n')
    .find((text) => text.includes('nobody foresaw this'));
  assert.equal(JSON.parse(line ?? '{}').requestId, 'r1');
});

test('a 503 of the edge itself is logged by its id, and says why', async (t) => {
  const { app, gateway, logs } = await injectedEdge(t);
  const failures = [new StoreUnavailable('away'), new MemberSilent('m2 does not answer'), new OrderVoid('no such one')];
  for (const failure of failures) {
    gateway.failure = failure;
    const requestId = `of.${failure.name}`;
    const url = '/v1/cluster/members/m2/drain';
    const reply = await app.inject({ method: 'POST', url, headers: { ...asAdmin, 'x-request-id': requestId } });
    assert.deepEqual([reply.statusCode, reply.json().requestId], [503, requestId]);
    const [line, ...more] = logs
      .text()
      .split('\n')
      .filter((text) => text.includes(requestId));
    assert.equal(more.length, 0);
    const { msg, where, status, code, reason } = JSON.parse(line ?? '{}');
    const told = { msg, where, status, code, reason };
    assert.deepEqual(told, {
      msg: 'a request was answered with a 5xx',
      where: 'POST /v1/cluster/members/:id/drain',
      status: 503,
      code: 'cluster_unavailable',
      reason: failure.message,
    });
  }
});

test('each frame is a request of its own, named by its socket; its problem tells the id if it is the server’s', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port, 'ABC', '', { ...asAdmin, 'x-request-id': 'sock' });
  gateway.traces.length = 0;
  for (const type of ['get_game', 'ping', 'nothing', 'get_game']) await client.ask(type);
  assert.deepEqual(gateway.traces, [{ requestId: 'sock.1' }, { requestId: 'sock.4' }]);
  const document = problem('session_unavailable', 'because');
  gateway.answerWith = () => ({ status: 503, body: JSON.stringify(document), owner: null });
  const reply = await client.ask('get_game');
  assert.deepEqual(reply.problem, { ...document, requestId: 'sock.5' });
});
