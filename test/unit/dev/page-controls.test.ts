/** The buttons of the cluster's page: what they do, and who cannot press them. */
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { servePageControls } from '../../../src/dev/page-controls.ts';

const page = {
  bodies: { identity: Buffer.from('<p>the page</p>'), br: Buffer.of(), gzip: Buffer.of() },
  tag: 't',
  policy: "default-src 'none'",
};
const adminToken = 'the admin token';

/** Controls over members that only note what is done to them. */
async function controls(t: TestContext) {
  const done: string[] = [];
  const asked: string[] = [];
  const member = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end('{"self":"m1"}');
  });
  await new Promise<void>((resolve) => member.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(member.address() as AddressInfo).port}`;
  const local = (id: string, phase: string, running: boolean) => ({ id, phase, running, url, secret: 'no' });
  const note =
    (what: string) =>
    async (one?: { readonly id: string }): Promise<never> =>
      done.push(one === undefined ? what : `${what} ${one.id}`) as never;
  const cluster = {
    members: [local('m1', 'ready', true), local('m2', 'dead', false), local('m3', 'paused', true)],
    answering: ['http://127.0.0.1:1', url],
    add: note('add'),
    roll: note('roll'),
    kill: note('kill'),
    togglePause: note('toggle'),
    drain: note('stop'),
    startAgain: note('start'),
  };
  const served = await servePageControls({ page, adminToken, cluster: cluster as never });
  t.after(() => {
    served.close();
    member.close();
    member.closeAllConnections();
  });
  const [base = '', token = ''] = served.link.split('/cluster#control=');
  return { base, token, done, asked };
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As given, whatever browsers would do. */
function send(base: string, path: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  return new Promise<{
    readonly status: number;
    readonly text: string;
    readonly headers: Readonly<Record<string, unknown>>;
  }>((resolve, reject) => {
    const sent = request(`${base}${path}`, { method, headers, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text, headers: reply.headers }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function post(base: string, token: string, action: unknown, more: Readonly<Record<string, string>> = {}) {
  const body = typeof action === 'string' ? action : JSON.stringify(action);
  const headers = { authorization: `Bearer ${token}`, 'content-length': String(Buffer.byteLength(body)), ...more };
  return send(base, '/controls', { method: 'POST', headers, body });
}

test('the page, what it asks, and every button', async (t) => {
  const { base, token, done, asked } = await controls(t);
  const headers = { authorization: `Bearer ${token}`, origin: base };
  const shown = await send(base, '/cluster');
  assert.deepEqual(
    [shown.status, shown.text, shown.headers['content-security-policy']],
    [200, '<p>the page</p>', page.policy],
  );
  assert.equal((await send(base, '/v1/cluster?include=slots', { headers })).text, '{"self":"m1"}');
  const { members } = JSON.parse((await send(base, '/controls', { headers })).text);
  assert.deepEqual(
    members.map((member: object) => Object.keys(member).join()),
    Array(3).fill('id,phase,url'),
  );
  const buttons = [
    { action: 'kill', member: 'm1' },
    { action: 'pause', member: 'm1' },
    { action: 'resume', member: 'm3' },
    { action: 'stop', member: 'm1' },
    { action: 'start', member: 'm2' },
    { action: 'drain', member: 'm1' },
    { action: 'undrain', member: 'm1' },
    { action: 'add' },
    { action: 'roll' },
  ];
  for (const button of buttons) assert.equal((await post(base, token, button)).status, 202, JSON.stringify(button));
  assert.deepEqual(done, ['kill m1', 'toggle m1', 'toggle m3', 'stop m1', 'start m2', 'add', 'roll']);
  assert.deepEqual(asked, [
    `GET /v1/cluster?include=slots Bearer ${adminToken}`,
    `POST /v1/cluster/members/m1/drain Bearer ${adminToken}`,
    `DELETE /v1/cluster/members/m1/drain Bearer ${adminToken}`,
  ]);
});

test('another page, another name for this machine, and who has no token get nothing', async (t) => {
  const { base, token, done, asked } = await controls(t);
  const kill = { action: 'kill', member: 'm1' };
  const port = new URL(base).port;
  for (const origin of [
    'https://evil.example',
    'null',
    `http://127.0.0.1:1`,
    `https://127.0.0.1:${port}`,
    `http://evil.example:${port}`,
  ]) {
    assert.equal((await post(base, token, kill, { origin })).status, 403, origin);
  }
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`]) {
    assert.equal((await post(base, token, kill, { host })).status, 403, host);
    assert.equal((await send(base, '/cluster', { headers: { host } })).status, 403, host);
  }
  for (const wrong of ['', `${token}x`, token.slice(1), adminToken]) {
    assert.equal((await post(base, wrong, kill)).status, 401, wrong);
    const headers = { authorization: `Bearer ${wrong}` };
    assert.equal((await send(base, '/controls', { headers })).status, 401);
    assert.equal((await send(base, '/v1/cluster?include=slots', { headers })).status, 401);
  }
  assert.deepEqual([done, asked], [[], []]);
  assert.equal(
    (await post(base, token, kill, { host: `localhost:${port}`, origin: `http://localhost:${port}` })).status,
    202,
  );
});

test('it is not reachable from other machines', async (t) => {
  const { base } = await controls(t);
  const { port } = new URL(base);
  const others = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of others) {
    await assert.rejects(send(`http://${address}:${port}`, '/cluster'), { code: 'ECONNREFUSED' });
  }
});

test('it serves nothing else of members, and refuses what is no action by name', async (t) => {
  const { base, token, done, asked } = await controls(t);
  const headers = { authorization: `Bearer ${token}` };
  for (const path of [
    '/',
    '/v1/games',
    '/v1/cluster',
    '/v1/cluster/members/m1/drain',
    '/metrics',
    '//v1/cluster?include=slots',
    '/cluster/../v1/games',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      assert.equal((await send(base, path, { method, headers })).status, 404, `${method} ${path}`);
    }
  }
  const said = async (body: unknown) => {
    const { status, text } = await post(base, token, body);
    return [status, JSON.parse(text).detail];
  };
  assert.deepEqual(await said('{'), [400, 'the body must be JSON']);
  assert.deepEqual(await said({ action: 'format' }), [400, 'action: there is no such action']);
  assert.match(String((await said({ action: 'kill' }))[1]), /^member: /);
  assert.match(String((await said({ action: 'add', member: 'm1' }))[1]), /member/);
  assert.deepEqual(await said({ action: 'kill', member: 'm9' }), [400, 'there is no member m9 on this machine']);
  assert.deepEqual(await said({ action: 'kill', member: 'm2' }), [400, 'm2 does not run']);
  assert.deepEqual(await said({ action: 'start', member: 'm1' }), [400, 'm1 runs already']);
  assert.deepEqual(await said({ action: 'pause', member: 'm3' }), [400, 'm3 is paused']);
  assert.equal((await post(base, token, { action: 'kill', member: 'x'.repeat(65) })).status, 400);
  assert.equal((await post(base, token, ' '.repeat(1_025))).status, 413);
  const chunked = { authorization: `Bearer ${token}`, 'transfer-encoding': 'chunked' };
  assert.equal(
    (await send(base, '/controls', { method: 'POST', headers: chunked, body: '{"action":"add"}' })).status,
    413,
  );
  assert.deepEqual([done, asked], [[], []]);
});
