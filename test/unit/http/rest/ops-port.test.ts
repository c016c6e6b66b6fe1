/** The port for operators: what is only there, and that elsewhere nothing tells of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiOperation } from '../../../../src/http/api/operation.ts';
import { operations } from '../../../../src/http/api/operations.ts';
import { freePort } from '../../../support/ports.ts';
import { asAdmin, listeningEdge, SocketClient, until } from '../edge-fixture.ts';
import { builtPages } from './pages-fixture.ts';

const table: readonly ApiOperation[] = Object.values(operations);
const forOperators = table.filter(({ opsOnly }) => opsOnly);

type Asked = Pick<ApiOperation, 'path'> & { readonly method: string } & Partial<Pick<ApiOperation, 'example'>>;

function ask(port: number, { method, path, example }: Asked, headers = {}) {
  const url = path.replace('/v1/games/{id}', '/v1/games/ABC').replace('{round}', '1').replace('{id}', 'm1');
  return fetch(`http://127.0.0.1:${port}${url}?${new URLSearchParams(example?.query)}`, { method, headers });
}

test('there are operations for operators, and they are those that the documents say', () => {
  const ids = forOperators.map(({ id }) => id).sort();
  assert.deepEqual(ids, [
    'cluster',
    'drain_member',
    'end_round',
    'erase_game',
    'erase_games',
    'get_cluster',
    'metrics',
    'undrain_member',
  ]);
});

test('with an ops port, they are there and nowhere else, whatever token comes', async (t) => {
  const [opsPort, sharedPort] = [await freePort(), await freePort()];
  const { port, gateway } = await listeningEdge(t, { opsPort, sharedPort, pages: builtPages(t) });
  for (const line of forOperators) {
    for (const elsewhere of [port, sharedPort]) {
      for (const headers of [asAdmin, {}, { authorization: 'Bearer wrong' }]) {
        const reply = await ask(elsewhere, line, headers);
        assert.equal(reply.status, 404, `${line.id} at ${elsewhere}`);
        assert.equal(((await reply.json()) as { code: string }).code, 'not_found');
      }
    }
  }
  assert.deepEqual([gateway.operations.length, gateway.drained.size], [0, 0]);
  for (const line of forOperators) {
    gateway.put('ABC', 3);
    const reply = await ask(opsPort, line, asAdmin);
    assert.ok(reply.status < 300, `${line.id}: ${reply.status}`);
    await reply.text();
  }
});

test('other methods do not give them away', async (t) => {
  const opsPort = await freePort();
  const { port } = await listeningEdge(t, { opsPort });
  assert.equal((await ask(port, { method: 'HEAD', path: '/metrics' })).status, 404);
  assert.equal((await ask(port, { method: 'PUT', path: '/metrics' })).status, 404);
  assert.equal((await ask(port, { method: 'PUT', path: '/v1/cluster' })).status, 404);
  assert.equal((await ask(opsPort, { method: 'PUT', path: '/metrics' })).headers.get('allow'), 'GET, HEAD');
  const mixed = { method: 'PUT', path: '/v1/games/{id}' };
  assert.equal((await ask(port, mixed)).headers.get('allow'), 'GET, HEAD');
  assert.equal((await ask(opsPort, mixed)).headers.get('allow'), 'DELETE, GET, HEAD');
});

test('the ops port serves everything else too, sockets included', async (t) => {
  const opsPort = await freePort();
  const { port } = await listeningEdge(t, { opsPort });
  for (const each of [port, opsPort]) {
    for (const path of ['/v1/games/{id}', '/v1/games', '/livez', '/readyz']) {
      assert.equal((await ask(each, { method: 'GET', path })).status, 200, path);
    }
    const client = await SocketClient.open(t, each);
    await until('the game', () => client.games.length > 0);
  }
});

test('without an ops port they are everywhere', async (t) => {
  const { port, gateway } = await listeningEdge(t, { pages: builtPages(t) });
  for (const line of forOperators) {
    gateway.put('ABC', 3);
    const reply = await ask(port, line, asAdmin);
    assert.ok(reply.status < 300, `${line.id}: ${reply.status}`);
    await reply.text();
  }
});
