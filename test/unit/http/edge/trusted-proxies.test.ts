/** Whose word counts for where a client is: seen by what its address may do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { asAdmin, injectedEdge, listeningEdge, SocketClient } from '../edge-fixture.ts';

/** One creation a minute at this member, of the three that the fake gateway tells of. */
const limits = { creationsPerMinute: 3, socketsPerAddress: 1 };

/** Whether a request that came from `remoteAddress` was counted for an address that had one already. */
async function creations(t: TestContext, trustedProxies: readonly string[]) {
  const { app } = await injectedEdge(t, { trustedProxies, limits });
  return async (remoteAddress: string, forwarded?: string): Promise<'first' | 'again'> => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    const reply = await app.inject({ method: 'POST', url: '/v1/games', payload: {}, remoteAddress, headers });
    return reply.statusCode === 429 ? 'again' : 'first';
  };
}

test('without trusted proxies nobody can name another address', async (t) => {
  const create = await creations(t, []);
  assert.equal(await create('1.1.1.1', '5.5.5.5'), 'first');
  assert.equal(await create('1.1.1.1', '6.6.6.6'), 'again');
  assert.equal(await create('5.5.5.5'), 'first');
});

test('a trusted proxy is believed what it appended, and not what came before', async (t) => {
  const create = await creations(t, ['10.0.0.0/8', '::1']);
  assert.equal(await create('10.0.0.1', '5.5.5.5'), 'first');
  assert.equal(await create('10.0.0.2', '5.5.5.5'), 'again');
  assert.equal(await create('10.0.0.1', '7.7.7.7, 5.5.5.5'), 'again');
  assert.equal(await create('10.0.0.1', '7.7.7.7, 5.5.5.5, 10.0.0.9'), 'again');
  assert.equal(await create('::1', '5.5.5.5'), 'again');
  assert.equal(await create('10.0.0.1', '7.7.7.7'), 'first');
  assert.equal(await create('5.5.5.5'), 'again');
});

test('somebody else is not believed, even with the same header', async (t) => {
  const create = await creations(t, ['10.0.0.0/8']);
  assert.equal(await create('11.0.0.1', '5.5.5.5'), 'first');
  assert.equal(await create('11.0.0.1', '6.6.6.6'), 'again');
});

test('an address counts without the port and the brackets that proxies write', async (t) => {
  const create = await creations(t, ['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.1']);
  assert.equal(await create('10.0.0.1', '5.5.5.5:4711'), 'first');
  assert.equal(await create('10.0.0.1', '5.5.5.5'), 'again');
  assert.equal(await create('10.0.0.1', '6.6.6.6:4711'), 'first');
  assert.equal(await create('10.0.0.1', '[2001:db8::1]:443'), 'first');
  assert.equal(await create('10.0.0.1', '2001:db8::2'), 'again');
  assert.equal(await create('10.0.0.1', '[2001:db8::3]'), 'again');
  assert.equal(await create('10.0.0.1', '[::ffff:5.5.5.5]:1'), 'again');
  // Proxies between are trusted however they are written.
  assert.equal(await create('::ffff:10.0.0.1', '8.8.8.8:1, 10.0.0.9:443, [2001:db8:ffff::9]:80, 192.0.2.1'), 'first');
  assert.equal(await create('10.0.0.1', '8.8.8.8'), 'again');
});

test('what is no address counts as one and the same client', async (t) => {
  const create = await creations(t, ['10.0.0.1']);
  assert.equal(await create('10.0.0.1', 'unknown'), 'first');
  assert.equal(await create('10.0.0.1', '_hidden'), 'again');
  assert.equal(await create('10.0.0.1', ''), 'first');
});

test('sockets are counted by the address that the proxy names', async (t) => {
  const { port } = await listeningEdge(t, { trustedProxies: ['127.0.0.1'], limits });
  const open = (address: string) => {
    const headers = { ...asAdmin, 'x-forwarded-for': address };
    const client = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], { headers });
    t.after(() => client.socket.terminate());
    return client;
  };
  const first = open('5.5.5.5');
  await once(first.socket, 'open');
  assert.equal((await open('5.5.5.5').closed).code, 4429);
  await once(open('6.6.6.6').socket, 'message');
  first.socket.close();
  await first.closed;
  await once(open('5.5.5.5').socket, 'message');
});
