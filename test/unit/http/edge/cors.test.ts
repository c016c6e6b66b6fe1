/** What pages of other origins get to see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asAdmin, injectedEdge, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const ours = 'https://game.example';
const theirs = 'https://evil.example';

test('without origins nothing is allowed, and OPTIONS is a method like any other', async (t) => {
  const { app } = await injectedEdge(t);
  const headers = { origin: ours, 'access-control-request-method': 'POST' };
  const preflight = await app.inject({ method: 'OPTIONS', url: '/v1/games', headers });
  assert.equal(preflight.statusCode, 405);
  const read = await app.inject({ url: '/v1/games/ABC', headers: { origin: ours } });
  assert.equal(read.statusCode, 200);
  for (const reply of [preflight, read]) assert.equal(reply.headers['access-control-allow-origin'], undefined);
});

test('a preflight tells a page on the list what it may send, and another one nothing', async (t) => {
  const { app } = await injectedEdge(t, { corsOrigins: [ours] });
  for (const url of ['/v1/games', '/v1/games/ABC', '/v1/games/ABC/actions', '/v1/games/ABC/actions/a1']) {
    const ask = (origin: string) =>
      app.inject({ method: 'OPTIONS', url, headers: { origin, 'access-control-request-method': 'POST' } });
    const { headers, statusCode } = await ask(ours);
    assert.equal(statusCode, 204, url);
    assert.equal(headers['access-control-allow-origin'], ours);
    assert.equal(headers['access-control-allow-methods'], 'GET, HEAD, POST, DELETE');
    assert.equal(
      headers['access-control-allow-headers'],
      'Authorization, Content-Type, Idempotency-Key, x-request-id, traceparent, tracestate, baggage',
    );
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.equal((await ask(theirs)).headers['access-control-allow-origin'], undefined);
  }
});

test('other headers of pages are allowed by a setting', async (t) => {
  const { app } = await injectedEdge(t, { corsOrigins: [ours], corsHeaders: ['sentry-trace'] });
  const asked = { origin: ours, 'access-control-request-method': 'POST' };
  const { headers } = await app.inject({ method: 'OPTIONS', url: '/v1/games', headers: asked });
  assert.match(`${headers['access-control-allow-headers']}`, /baggage, sentry-trace$/);
});

test('apps in web views are pages too; null never is one', async (t) => {
  const app = 'capacitor://localhost';
  const { port } = await listeningEdge(t, { corsOrigins: [app, 'null'] });
  for (const [origin, allowed] of [
    [app, true],
    ['ionic://localhost', false],
    ['null', false],
  ] as const) {
    const read = await fetch(`http://127.0.0.1:${port}/v1/games/ABC`, { headers: { origin } });
    assert.equal(read.headers.get('access-control-allow-origin'), allowed ? origin : null, origin);
    const client = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], { headers: { ...asAdmin, origin } });
    t.after(() => client.socket.terminate());
    if (allowed) await until('the game', () => client.games.length > 0);
    else assert.equal((await client.closed).code, 4403, origin);
  }
});

test('answers of every kind can be read by a page on the list, and by no other', async (t) => {
  const { app } = await injectedEdge(t, { corsOrigins: [ours] });
  for (const [url, status, headers] of [
    ['/v1/games/ABC', 200, asAdmin],
    ['/v1/games/ABC', 401, { authorization: 'Bearer wrong' }],
    ['/v1/games/NONE', 404, {}],
    ['/nothing', 404, {}],
    ['/livez', 200, {}],
  ] as const) {
    const reply = await app.inject({ url, headers: { ...headers, origin: ours } });
    assert.equal(reply.statusCode, status, url);
    assert.equal(reply.headers['access-control-allow-origin'], ours, url);
    assert.equal(
      reply.headers['access-control-expose-headers'],
      'x-minotaur-member, x-minotaur-owner, x-request-id, Location, Retry-After, Date',
    );
    assert.match(`${reply.headers.vary}`, /Origin/);
    const toOthers = await app.inject({ url, headers: { ...headers, origin: theirs } });
    assert.equal(toOthers.headers['access-control-allow-origin'], undefined, url);
  }
});

test('other methods and unknown addresses stay what they are', async (t) => {
  const { app } = await injectedEdge(t, { corsOrigins: [ours] });
  assert.equal((await app.inject({ method: 'PUT', url: '/v1/games/ABC' })).statusCode, 405);
  assert.equal((await app.inject({ method: 'PUT', url: '/nothing' })).statusCode, 404);
  assert.equal((await app.inject({ method: 'GET', url: '/nothing' })).statusCode, 404);
});

test('the same list is for sockets', async (t) => {
  const { port } = await listeningEdge(t, { corsOrigins: [ours] });
  const open = (origin: string) => {
    const options = { headers: { ...asAdmin, origin } };
    const client = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], options);
    t.after(() => client.socket.terminate());
    return client;
  };
  assert.equal((await open(theirs).closed).code, 4403);
  for (const origin of [ours, `http://127.0.0.1:${port}`]) {
    const client = open(origin);
    await until('the game', () => client.games.length > 0);
  }
});

test('no answer may be taken for anything but what its content type says', async (t) => {
  const { app } = await injectedEdge(t, { corsOrigins: [ours] });
  for (const headers of [{}, { origin: ours }]) {
    for (const url of ['/v1/games/ABC', '/v1/games', '/v1/games/NONE', '/nothing', '/livez', '/metrics']) {
      const reply = await app.inject({ url, headers });
      assert.equal(reply.headers['x-content-type-options'], 'nosniff', url);
    }
  }
});
