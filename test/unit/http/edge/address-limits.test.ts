/** How often an address may do what costs something, at one member and over several; and how many sockets it may have. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fastify, type InjectOptions } from 'fastify';
import { AddressRates } from '../../../../src/http/edge/address-rates.ts';
import { addressKey } from '../../../../src/http/edge/addresses.ts';
import { CountedPlaces } from '../../../../src/http/edge/counted-places.ts';
import { RequestProblem } from '../../../../src/http/edge/problem-reply.ts';
import { Refusals } from '../../../../src/http/edge/refusals.ts';
import type { Caller } from '../../../../src/session/permission.ts';
import { asAdmin, asPlayer, injectedEdge, token } from '../edge-fixture.ts';

type Create = (address: string, caller?: Caller) => Promise<'made' | RequestProblem>;

/** A member that counts creations, and nothing else; `members` may change meanwhile. */
async function counting(
  t: TestContext,
  creationsPerMinute: number,
  members: () => number,
  gamesPerAddress = 1_000_000,
): Promise<Create> {
  const limits = {
    creationsPerMinute,
    gamesPerAddress,
    joinsPerMinute: 1,
    listingsPerMinute: 1,
    failedAuthenticationsPerMinute: 1,
  };
  const rates = new AddressRates(limits, members, new Refusals());
  const app = fastify();
  await rates.register(app);
  let caller: Caller = { kind: 'public' };
  let outcome: 'made' | RequestProblem = 'made';
  app.get('/', async (request) => {
    outcome = await rates.creations(request, caller).then(
      () => 'made' as const,
      (error) => error,
    );
  });
  t.after(() => app.close());
  return async (address, by = { kind: 'public' }) => {
    caller = by;
    await app.inject({ url: '/', remoteAddress: address });
    return outcome;
  };
}

const many = (n: number) => Array.from({ length: n }, (_, index) => index);

/** How many of `tries` creations are made. */
async function made(tries: number, create: (index: number) => ReturnType<Create>): Promise<number> {
  let count = 0;
  for (const index of many(tries)) if ((await create(index)) === 'made') count += 1;
  return count;
}

test('so many in a minute, and then it says when to try again', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const create = await counting(t, 5, () => 1);
  assert.equal(await made(20, () => create('1.1.1.1')), 5);
  t.mock.timers.tick(45_000);
  const refused = await create('1.1.1.1');
  assert.ok(refused instanceof RequestProblem);
  assert.equal(refused.problem.status, 429);
  assert.equal(refused.problem.code, 'too_many_requests');
  assert.equal(refused.retryAfterSeconds, 15);
  assert.equal(await create('1.1.1.2'), 'made');
  t.mock.timers.tick(15_000);
  assert.equal(await made(20, () => create('1.1.1.1')), 5);
});

test('so many games a day, whatever a minute allows, and administrators as many as they like', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  // Three members: each allows a third of it.
  const create = await counting(t, 1_000, () => 3, 12);
  assert.equal(await made(20, () => create('1.1.1.1')), 4);
  t.mock.timers.tick(3_600_000);
  const refused = await create('1.1.1.1');
  assert.ok(refused instanceof RequestProblem);
  assert.deepEqual([refused.problem.status, refused.problem.code], [429, 'too_many_games']);
  assert.equal(refused.retryAfterSeconds, 23 * 3_600);
  assert.equal(await create('1.1.1.1', { kind: 'admin' }), 'made');
  assert.equal(await create('1.1.1.2'), 'made');
  t.mock.timers.tick(23 * 3_600_000);
  assert.equal(await made(20, () => create('1.1.1.1')), 4);
});

test('what a minute refuses does not count for the day', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const create = await counting(t, 2, () => 1, 4);
  for (const left of [2, 2, 0]) {
    assert.equal(await made(10, () => create('1.1.1.1')), left);
    t.mock.timers.tick(60_000);
  }
});

test('over the cluster: at most limit + members - 1, at least limit / members', async (t) => {
  for (const [limit, members] of [
    [10, 3],
    [12, 3],
    [1, 5],
    [7, 7],
    [100, 1],
  ] as const) {
    const edges = await Promise.all(many(members).map(() => counting(t, limit, () => members)));
    const at = (index: number) => edges[index % members] as Create;
    const spread = await made(3 * limit * members, (index) => at(index)('1.1.1.1'));
    assert.ok(spread >= limit && spread <= limit + members - 1, `${limit} over ${members}: ${spread}`);
    const faithful = await made(3 * limit, () => at(0)('2.2.2.2'));
    assert.ok(faithful >= limit / members && faithful <= limit, `${limit} at one of ${members}: ${faithful}`);
  }
});

test('the part of a member follows the number of members; before it has joined, it counts as the only one', async (t) => {
  let members = 0;
  const create = await counting(t, 8, () => members);
  assert.equal(await made(20, () => create('1.1.1.1')), 8);
  members = 4;
  assert.equal(await made(20, () => create('2.2.2.2')), 2);
});

test('administrators are not counted, players are', async (t) => {
  const create = await counting(t, 1, () => 1);
  assert.equal(await made(9, () => create('1.1.1.1', { kind: 'admin' })), 9);
  const player: Caller = { kind: 'player', playerId: 'p', nonce: 'n', generation: 1 };
  assert.equal(await made(9, () => create('1.1.1.1', player)), 1);
});

test('the counters are bounded: who has not been seen for long is forgotten first', async (t) => {
  const create = await counting(t, 1, () => 1);
  assert.equal(await create('9.9.9.9'), 'made');
  assert.equal(await made(5_000, (index) => create(`10.0.${index >> 8}.${index & 255}`)), 5_000);
  assert.equal(await create('9.9.9.9'), 'made');
  assert.equal(await made(1, () => create('10.0.19.130')), 0);
});

test('an IPv6 client is its /64, an IPv4 client the same over IPv6', () => {
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), addressKey('2001:db8:1:2::1'));
  assert.notEqual(addressKey('2001:db8:1:2::1'), addressKey('2001:db8:1:3::1'));
  assert.equal(addressKey('::ffff:10.1.2.3'), '10.1.2.3');
  assert.equal(addressKey('::ffff:a01:203'), '10.1.2.3');
  assert.notEqual(addressKey('10.1.2.3'), addressKey('10.1.2.4'));
  assert.equal(addressKey('10.1.2.3:4'), '10.1.2.3');
  assert.equal(addressKey('[2001:db8:1:2::1]:4'), addressKey('2001:db8:1:2::1'));
  assert.equal(addressKey('fe80::1%eth0'), addressKey('fe80::2'));
  for (const garbage of ['', 'unknown', '_hidden', '1.2.3.4:x', '[::1', 'x'.repeat(9_999)]) {
    assert.equal(addressKey(garbage), 'unknown');
  }
});

test('sockets: so many of an address at once, freed when they close', () => {
  const slots = new CountedPlaces(2, addressKey);
  assert.deepEqual([slots.admit('1.1.1.1'), slots.admit('1.1.1.1'), slots.admit('1.1.1.1')], [true, true, false]);
  assert.equal(slots.admit('1.1.1.2'), true);
  slots.release('1.1.1.1');
  assert.deepEqual([slots.admit('::ffff:1.1.1.1'), slots.admit('1.1.1.1')], [true, false]);
  slots.release('1.1.1.1');
  slots.release('1.1.1.1');
  assert.deepEqual([slots.admit('1.1.1.1'), slots.admit('1.1.1.1'), slots.admit('1.1.1.1')], [true, true, false]);
});

test('creations and joins over the limit are answered 429; administrators go on', async (t) => {
  // The fake gateway tells of three members.
  const { app } = await injectedEdge(t, { limits: { creationsPerMinute: 6, joinsPerMinute: 3 } });
  const ask = (url: string, payload: object, headers = {}): InjectOptions => ({
    method: 'POST',
    url,
    payload,
    headers,
  });
  const statuses = async (options: InjectOptions, times: number) => {
    const replies = [];
    for (const _ of many(times)) replies.push(await app.inject(options));
    return replies.map(({ statusCode }) => statusCode === 429);
  };
  assert.deepEqual(await statuses(ask('/v1/games', {}), 4), [false, false, true, true]);
  assert.deepEqual(await statuses(ask('/v1/games', {}, asAdmin), 4), [false, false, false, false]);
  const joining = '/v1/games/ABC/players';
  assert.deepEqual(await statuses(ask(joining, { displayName: 'Ada' }), 2), [false, true]);
  assert.deepEqual(await statuses(ask(joining, { displayName: 'Ada' }, asAdmin), 2), [false, false]);
  const reply = await app.inject(ask(joining, { displayName: 'Ada' }));
  assert.equal(reply.json().code, 'too_many_requests');
  assert.match(`${reply.headers['retry-after']}`, /^[1-6]?\d$/);
});

test('metrics tell what each limit refused, from the beginning', async (t) => {
  const { app } = await injectedEdge(t, { limits: { gamesPerAddress: 3, joinsPerMinute: 3 } });
  const refusals = async () => {
    const { body } = await app.inject({ url: '/metrics', headers: asAdmin });
    return body.split('\n').filter((line) => line.startsWith('minotaur_refusals_total'));
  };
  const line = (limit: string, count: number) => `minotaur_refusals_total{limit="${limit}"} ${count}`;
  assert.ok((await refusals()).includes(line('games_per_address', 0)));
  const { body } = await app.inject({ url: '/metrics', headers: asAdmin });
  assert.ok(body.includes('minotaur_games{status="suspended"} 1'));
  for (const _ of many(3)) await app.inject({ method: 'POST', url: '/v1/games', payload: {} });
  await app.inject({ method: 'POST', url: '/v1/games', payload: {}, headers: asAdmin });
  for (const expected of [line('games_per_address', 2), line('creations_per_minute', 0), line('joins_per_minute', 0)]) {
    assert.ok((await refusals()).includes(expected), expected);
  }
});

test('lists of games, looks at the cluster and looks for a rematch are counted together; administrators go on', async (t) => {
  // The fake gateway tells of three members.
  const { app } = await injectedEdge(t, { limits: { listingsPerMinute: 12 } });
  const rematch = await app.inject({ url: '/v1/games/ABC/rematch', headers: asPlayer() });
  assert.notEqual(rematch.statusCode, 429);
  const statuses = [];
  for (const url of ['/v1/games', '/v1/cluster', '/v1/games?limit=2', '/v1/games', '/v1/cluster']) {
    statuses.push((await app.inject({ url })).statusCode);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  const refused = await app.inject({ url: '/v1/games' });
  assert.equal(refused.json().code, 'too_many_requests');
  assert.equal((await app.inject({ url: '/v1/games/ABC/rematch', headers: asPlayer() })).statusCode, 429);
  assert.match(`${refused.headers['retry-after']}`, /^[1-6]?\d$/);
  for (const url of ['/v1/games', '/v1/cluster'])
    assert.equal((await app.inject({ url, headers: asAdmin })).statusCode, 200);
  assert.equal((await app.inject({ url: '/v1/games/ABC' })).statusCode, 200);
});

test('wrong tokens over the limit are answered 429, right ones always work', async (t) => {
  const { app } = await injectedEdge(t, { limits: { failedAuthenticationsPerMinute: 9 } });
  const read = (authorization?: string) =>
    app.inject({ url: '/v1/games/ABC', headers: { ...(authorization !== undefined && { authorization }) } });
  const wrong = [];
  for (const index of many(5)) wrong.push(await read(`Bearer guess-${index}`));
  assert.deepEqual(
    wrong.map(({ statusCode }) => statusCode),
    [401, 401, 401, 429, 429],
  );
  assert.equal(wrong[0]?.headers['www-authenticate'], 'Bearer error="invalid_token"');
  assert.ok(Number(wrong[4]?.headers['retry-after']) > 0);
  assert.equal((await read(`Bearer ${token}`)).statusCode, 200);
  assert.equal((await read(asPlayer().authorization)).statusCode, 200);
  assert.equal((await read()).statusCode, 200);
  // No token at all is no failure, and its answer stays what it is.
  const without = await app.inject({ method: 'DELETE', url: '/v1/games/ABC' });
  assert.equal(without.statusCode, 401);
  assert.equal(without.headers['www-authenticate'], 'Bearer');
});
