/** What the edge makes of requests that are wrong in themselves: tokens, addresses, methods, bodies. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { asAdmin, injectedEdge, listeningEdge, otherToken, token } from '../edge-fixture.ts';

const mutations = [
  ['POST', '/v1/games/ABC/continue'],
  ['DELETE', '/v1/games/ABC'],
  ['POST', '/v1/games/ABC/players/p1/ready'],
  ['POST', '/v1/games/ABC/players/p1/token'],
  ['DELETE', '/v1/games/ABC/players/p1'],
  ['POST', '/v1/games/ABC/start'],
  ['POST', '/v1/games/ABC/actions'],
  ['DELETE', '/v1/games/ABC/actions/a1'],
  ['POST', '/v1/games/ABC/rounds/1/commit'],
  ['POST', '/v1/games/ABC/rounds/1/end'],
  ['POST', '/v1/cluster/members/m1/drain'],
  ['DELETE', '/v1/cluster/members/m1/drain'],
] as const;

test('without a token nothing can be changed', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  for (const [method, url] of mutations) {
    const reply = await app.inject({ method, url });
    assert.equal(reply.statusCode, 401, url);
    assert.equal(reply.json().code, 'unauthorized');
    assert.equal(reply.headers['www-authenticate'], 'Bearer');
    assert.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8');
  }
  assert.equal((await app.inject('/v1/games/ABC/rounds/1')).statusCode, 401);
  assert.equal(gateway.operations.length, 0);
  assert.equal(gateway.drained.size, 0);
});

test('a token that is there but wrong is refused even where none is needed', async (t) => {
  const { app } = await injectedEdge(t);
  const urls = ['/v1/games/ABC', '/v1/games', '/v1/games/ABC/location', '/v1/cluster'];
  assert.equal((await app.inject({ url: '/v1/games/ABC', headers: asAdmin })).statusCode, 200);
  for (const authorization of [
    'Bearer wrong',
    `Bearer ${token}x`,
    token,
    `Basic ${token}`,
    'Bearer',
    '',
    `Bearer ${token} x`,
  ]) {
    for (const url of urls) {
      const reply = await app.inject({ url, headers: { authorization } });
      assert.equal(reply.statusCode, 401, `${url} ${authorization}`);
    }
  }
});

test('every configured token counts; the scheme is taken in any case', async (t) => {
  const { app } = await injectedEdge(t);
  for (const authorization of [`Bearer ${token}`, `Bearer ${otherToken}`, `bearer  ${token}`]) {
    const reply = await app.inject({ url: '/v1/games/ABC', headers: { authorization } });
    assert.equal(reply.json().view, 'admin', authorization);
  }
});

test('unknown addresses and wrong methods', async (t) => {
  const { app } = await injectedEdge(t);
  for (const url of ['/v1', '/v1/games/ABC/nothing', '/v2/games/ABC']) {
    const reply = await app.inject({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, payload: 'x' });
    assert.equal(reply.statusCode, 404, url);
    assert.equal(reply.json().code, 'not_found');
  }
  const cases = [
    ['PUT', '/v1/games/ABC', 'DELETE, GET, HEAD'],
    ['PUT', '/v1/games', 'DELETE, GET, HEAD, POST'],
    ['GET', '/v1/games/ABC/actions', 'POST'],
    ['GET', '/v1/games/ABC/players', 'POST'],
    ['PATCH', '/v1/games/ABC/actions/a1', 'DELETE'],
    ['GET', '/v1/cluster/members/m1/drain', 'DELETE, POST'],
    ['POST', '/livez', 'GET, HEAD'],
    ['OPTIONS', '/v1/games/ABC/location', 'GET, HEAD'],
  ] as const;
  for (const [method, url, allow] of cases) {
    const payload = method === 'GET' ? {} : { payload: '{broken', headers: { 'content-type': 'application/json' } };
    const reply = await app.inject({ method, url, ...payload });
    assert.equal(reply.statusCode, 405, url);
    assert.equal(reply.json().code, 'method_not_allowed');
    assert.equal(reply.headers.allow, allow);
  }
});

test('an address that cannot be decoded is a bad request', async (t) => {
  const { app } = await injectedEdge(t);
  const reply = await app.inject('/v1/games/%zz');
  assert.equal(reply.statusCode, 400);
  assert.equal(reply.json().code, 'bad_request');
});

test('__proto__ is no id, of nothing', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  for (const [method, path] of [
    ['GET', '/v1/games/__proto__'],
    ['GET', '/v1/games/%5f_proto__/location'],
    ['POST', '/v1/games/__proto__/continue'],
    ['DELETE', '/v1/games/ABC/players/__proto__'],
    ['DELETE', '/v1/games/ABC/actions/__proto__'],
    ['POST', '/v1/cluster/members/__proto__/drain'],
  ] as const) {
    const reply = await app.inject({ method, url: path, headers: asAdmin });
    assert.equal(reply.statusCode, 400, path);
    assert.match(reply.json().detail, /^\w+: must be .*, and not __proto__$/);
  }
  assert.equal(gateway.operations.length, 0);
});

test('an address for WebSockets says so to plain HTTP', async (t) => {
  const { app } = await injectedEdge(t);
  const reply = await app.inject({ url: '/v1/games/ABC/ws', headers: asAdmin });
  assert.equal(reply.json().code, 'bad_request');
});

test('bodies: too large, not JSON, broken, poisoned', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const post = (path: string, payload: string, type = 'application/json') =>
    app.inject({
      method: 'POST',
      url: `/v1/games/ABC/${path}`,
      headers: { ...asAdmin, 'content-type': type },
      payload,
    });
  const padded = (bytes: number) => JSON.stringify({ pad: 'x'.repeat(bytes) });
  const cases = [
    [await post('actions', padded(64 * 1024)), 413, 'payload_too_large'],
    [await post('continue', padded(520 * 1024)), 413, 'payload_too_large'],
    [await post('continue', padded(500 * 1024)), 200, undefined],
    [await post('actions', 'a=b', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type'],
    [await post('actions', '{}', 'text/plain'), 415, 'unsupported_media_type'],
    [await post('actions', '{"type":'), 400, 'bad_request'],
    [await post('continue', '{"game":{"__proto__":{"x":1}}}'), 400, 'bad_request'],
    [await post('continue', '{"game":{"constructor":{"prototype":{}}}}'), 400, 'bad_request'],
    [await post('continue', `{"game":{"deep":${'['.repeat(100)}${']'.repeat(100)}}}`), 400, 'bad_request'],
  ] as const;
  for (const [index, [reply, status, code]] of cases.entries()) {
    assert.equal(reply.statusCode, status, `case ${index}: ${reply.body}`);
    assert.equal(reply.json().code, code);
  }
  assert.equal(gateway.operations.length, 1);
});

test('an empty body counts as none, whatever type it claims', async (t) => {
  const { app } = await injectedEdge(t);
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded']) {
    const headers = { ...asAdmin, 'content-type': type, 'content-length': '0' };
    const reply = await app.inject({ method: 'POST', url: '/v1/games/ABC/continue', headers });
    assert.equal(reply.statusCode, 200, type);
  }
  assert.equal((await app.inject({ method: 'POST', url: '/v1/games/ABC/continue', headers: asAdmin })).statusCode, 200);
});

test('an idempotency key is 1 to 128 printable characters', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const end = (key: string) =>
    app.inject({ method: 'POST', url: '/v1/games/ABC/rounds/1/end', headers: { ...asAdmin, 'idempotency-key': key } });
  for (const key of ['', 'x'.repeat(129), 'é', 'a\tb']) assert.equal((await end(key)).statusCode, 400, key);
  for (const key of ['x', 'x'.repeat(128), 'a b~!']) {
    assert.equal((await end(key)).statusCode, 200, key);
    const operation = gateway.operations.at(-1);
    assert.equal(operation?.kind === 'command' && operation.command.key, key);
  }
});

test('an unforeseen error is logged, and the client learns nothing of it', async (t) => {
  const { app, gateway, logs } = await injectedEdge(t);
  gateway.answerWith = () => Promise.reject(new Error('deep inside'));
  const reply = await app.inject({ url: '/v1/games/ABC', headers: asAdmin });
  assert.equal(reply.statusCode, 500);
  assert.equal(reply.json().code, 'internal');
  assert.ok(!reply.body.includes('deep inside'));
  assert.match(logs.text(), /deep inside/);
  assert.ok(!logs.text().includes(token));
});

test('what is not HTTP gets a problem document too, and an upgrade to something else is ignored', async (t) => {
  const { port, logs } = await listeningEdge(t);
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let received = '';
      socket.on('data', (data) => {
        received += data;
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
  const broken = await raw(`GET /v1/games/ABC HTTP/1.1\r\nauthorization: Bearer ${token}\r\nbad header\r\n\r\n`);
  assert.match(broken, /^HTTP\/1\.1 400 .*application\/problem\+json.*"code":"bad_request"/s);
  const close = 'host: x\r\nconnection: close, upgrade';
  const h2c = await raw(`GET /v1/games/ABC HTTP/1.1\r\n${close}\r\nupgrade: h2c\r\n\r\n`);
  assert.match(h2c, /^HTTP\/1\.1 200 /);
  const elsewhere = await raw(`GET /v1/games HTTP/1.1\r\n${close}\r\nupgrade: websocket\r\n\r\n`);
  assert.match(elsewhere, /^HTTP\/1\.1 200 /);
  const undecodable = await raw(`GET /v1/games/%zz/ws HTTP/1.1\r\n${close}\r\nupgrade: websocket\r\n\r\n`);
  assert.match(undecodable, /^HTTP\/1\.1 400 /);
  assert.ok(!logs.text().includes(token));
});
