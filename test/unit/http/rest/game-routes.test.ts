/** REST routes of games: what reaches the gateway, and what its answer looks like on the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../../../../src/errors.ts';
import { StoreUnavailable } from '../../../../src/ports/store.ts';
import { ADMIN, PUBLIC } from '../../../../src/session/permission.ts';
import { asAdmin, asPlayer, atNow, injectedEdge } from '../edge-fixture.ts';

const move = { type: 'move', vector: { q: 1, r: -1 }, playerId: 'p0' };

test('a game is read as the gateway answers it, with its headers', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const reply = await app.inject({ url: '/v1/games/ABC', headers: asAdmin });
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(reply.json(), { game: { id: 'ABC' }, view: 'admin', version: 3, owner: 'm2', ...atNow });
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(reply.headers['x-minotaur-member'], 'm1');
  assert.equal(reply.headers['x-minotaur-owner'], 'm2');
  assert.equal(reply.headers['cache-control'], 'no-store');
  const read = { kind: 'read', gameId: 'ABC', may: ['anyone'], consistency: 'strong' };
  assert.deepEqual(gateway.operations, [{ ...read, caller: ADMIN }]);
  assert.equal((await app.inject({ url: '/v1/games/ABC', headers: asPlayer() })).json().view, 'player');
  const caller = { kind: 'player', playerId: 'p1', nonce: 'nonce', generation: 1 };
  assert.deepEqual(gateway.operations[1], { ...read, caller });
});

test('what is known at once is sent as it would be later, in every stage and to pages of other origins', async (t) => {
  const { app, edge, gateway } = await injectedEdge(t);
  const origin = { origin: 'https://elsewhere.example' };
  const called = { 'x-request-id': 'r1' };
  for (const stage of ['serving', 'parting'] as const) {
    edge.stage = stage;
    for (const url of ['/v1/games/ABC', '/v1/games/XYZ', '/v1/games/ABC?consistency=none'])
      for (const headers of [asAdmin, asPlayer(), {}, origin, { authorization: 'Bearer wrong' }]) {
        const replies = [];
        for (const atOnce of [false, true]) {
          gateway.atOnce = atOnce;
          const { statusCode, body, headers: sent } = await app.inject({ url, headers: { ...headers, ...called } });
          const { date: _, ...said } = sent;
          replies.push({ statusCode, body, said });
        }
        assert.deepEqual(replies[1], replies[0], `${url} ${JSON.stringify(headers)}`);
      }
  }
  assert.equal(
    gateway.operations.length,
    28,
    'each that names a game and a right token, or none, reached the gateway once',
  );
});

test('without a token the public view is read; consistency is passed on', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const reply = await app.inject('/v1/games/ABC?consistency=eventual');
  assert.equal(reply.json().view, 'public');
  const read = { kind: 'read', gameId: 'ABC', caller: PUBLIC, may: ['anyone'] };
  assert.deepEqual(gateway.operations, [{ ...read, consistency: 'eventual' }]);
  await app.inject('/v1/games/ABC?consistency=strong');
  assert.equal((gateway.operations[1] as { consistency: string }).consistency, 'strong');
  for (const query of ['consistency=none', 'consistency=', 'consistency=strong&consistency=strong']) {
    const refused = await app.inject(`/v1/games/ABC?${query}`);
    assert.equal(refused.json().code, 'bad_request', query);
  }
});

test('an owner that nobody knows is left out', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  gateway.owner = null;
  for (const url of ['/v1/games/ABC', '/v1/games/XYZ', '/v1/games/ABC/location', '/v1/games/ABC?consistency=x']) {
    assert.equal((await app.inject(url)).headers['x-minotaur-owner'], undefined, url);
  }
});

test('HEAD tells the length of a game and sends none of it', async (t) => {
  const { app } = await injectedEdge(t);
  const reply = await app.inject({ method: 'HEAD', url: '/v1/games/ABC' });
  assert.equal(reply.statusCode, 200);
  assert.equal(reply.body, '');
  assert.ok(Number(reply.headers['content-length']) > 10);
});

test('what the gateway refuses goes out as a problem document, naming the owner', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const missing = await app.inject('/v1/games/XYZ');
  assert.equal(missing.statusCode, 404);
  assert.equal(missing.headers['content-type'], 'application/problem+json; charset=utf-8');
  assert.equal(missing.json().code, 'game_not_alive');
  assert.equal(missing.headers['x-minotaur-owner'], 'm2');
  assert.equal(missing.headers['cache-control'], 'no-store');

  const body = JSON.stringify(problem('session_unavailable', 'no answer in time', 'unknown'));
  gateway.answerWith = () => ({ status: 503, body, owner: null });
  const away = await app.inject('/v1/games/ABC');
  assert.equal(away.statusCode, 503);
  assert.equal(away.headers['retry-after'], '1');
  assert.equal(away.json().outcome, 'unknown');
});

test('continue_game: with a game, without one, with no body at all', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const post = (payload?: object) =>
    app.inject({ method: 'POST', url: '/v1/games/NEW/continue', headers: asAdmin, ...(payload && { payload }) });
  assert.equal((await post()).statusCode, 404);
  assert.equal((await post({})).statusCode, 404);
  const started = await post({ game: { id: 'NEW' }, unknown: 1 });
  assert.equal(started.statusCode, 201);
  assert.deepEqual(started.json().game, { id: 'NEW' });
  assert.equal((await post({ game: { id: 'NEW' } })).statusCode, 200);
  const documents = gateway.operations.map((operation) => operation.kind === 'continue' && operation.document);
  assert.deepEqual(documents, [undefined, undefined, { id: 'NEW' }, { id: 'NEW' }]);
  for (const game of [null, [], 'x', 1]) {
    const refused = await post({ game });
    assert.equal(refused.statusCode, 400, JSON.stringify(game));
    assert.match(refused.json().detail, /^game: /);
  }
});

test('every command becomes its operation; the address counts, not the body', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const cases = [
    [
      'POST',
      '/actions',
      move,
      { type: 'register_action', playerId: 'p0', action: { type: 'move', vector: { q: 1, r: -1 } } },
    ],
    [
      'POST',
      '/actions',
      { type: 'attack', targetPlayerId: 'p1', playerId: 'p0', round: 4 },
      { type: 'register_action', playerId: 'p0', action: { type: 'attack', targetPlayerId: 'p1' }, round: 4 },
    ],
    ['DELETE', '/actions/a1', undefined, { type: 'retract_action', actionId: 'a1' }],
    [
      'DELETE',
      '/actions/a1',
      { playerId: 'p0', actionId: 'a2' },
      { type: 'retract_action', actionId: 'a1', playerId: 'p0' },
    ],
    ['POST', '/rounds/2/commit', { playerId: 'p0', round: 9 }, { type: 'commit_round', round: 2, playerId: 'p0' }],
    ['POST', '/rounds/2/end', undefined, { type: 'end_round', round: 2 }],
  ] as const;
  for (const [method, path, payload, input] of cases) {
    const url = `/v1/games/ABC${path}`;
    const reply = await app.inject({ method, url, headers: asAdmin, ...(payload && { payload }) });
    assert.equal(reply.statusCode, method === 'DELETE' ? 204 : 200, url);
    assert.equal(reply.headers['x-minotaur-owner'], 'm2');
    assert.equal(reply.headers['x-minotaur-member'], 'm1');
    const operation = gateway.operations.at(-1);
    assert.equal(operation?.kind, 'command');
    assert.deepEqual(operation?.kind === 'command' && operation.input, input);
  }
});

test('a command that makes no sense is refused by path, and never reaches the gateway', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const cases = [
    ['/actions', { type: 'jump', playerId: 'p0' }, /^type: must be "move" or "attack"$/],
    ['/actions', {}, /^type: /],
    ['/actions', { type: 'move', playerId: 'p0' }, /^vector: is required$/],
    ['/actions', { ...move, vector: { q: 1.5, r: 0 } }, /^vector\.q: must be a whole number$/],
    ['/actions', { ...move, vector: { q: 1 } }, /^vector\.r: is required$/],
    ['/actions', { ...move, playerId: undefined }, /^playerId: is required$/],
    ['/actions', { ...move, playerId: 'not an id' }, /^playerId: must be 1 to 64/],
    ['/actions', { ...move, round: 0 }, /^round: must be a positive whole number$/],
    ['/actions', { type: 'attack', playerId: 'p0', targetPlayerId: '' }, /^targetPlayerId: must be 1 to 64/],
    ['/actions', [], /must be a JSON object/],
    ['/actions', { ...move, rund: 1 }, /^rund: is not known; did you mean round\?$/],
    ['/actions', { ...move, vector: { q: 1, r: 0, z: 1 } }, /^vector\.z: is not known/],
    ['/actions', { ...move, vector: { q: 1e300, r: -1e300 } }, /^vector\.q: is too large; vector\.r: is too small$/],
    ['/actions', { ...move, round: 1e21 }, /^round: is too large$/],
    ['/rounds/99999999999999999999/end', {}, /^round: is too large$/],
    ['/rounds/0/commit', { playerId: 'p0' }, /^round: must be a positive whole number$/],
    ['/rounds/1.5/commit', { playerId: 'p0' }, /^round: must be a positive whole number$/],
    ['/rounds/1/commit', {}, /^playerId: is required$/],
    ['/rounds/-1/end', {}, /^round: must be a positive whole number$/],
  ] as const;
  for (const [path, payload, detail] of cases) {
    const reply = await app.inject({ method: 'POST', url: `/v1/games/ABC${path}`, headers: asAdmin, payload });
    assert.equal(reply.statusCode, 400, `${path} ${JSON.stringify(payload)}`);
    assert.equal(reply.json().code, 'bad_request');
    assert.match(reply.json().detail, detail);
  }
  assert.equal(gateway.operations.length, 0);
});

test('ids are checked wherever they stand', async (t) => {
  const { app } = await injectedEdge(t);
  const tooLong = 'x'.repeat(65);
  for (const id of ['a%20b', 'a.b', tooLong, 'x'.repeat(5_000), '%C3%A9']) {
    for (const path of ['', '/location', '/rounds/1', '/events']) {
      const url = `/v1/games/${id}${path}`;
      const reply = await app.inject({ url, headers: asAdmin });
      assert.equal(reply.statusCode, 400, url);
      assert.equal(reply.headers['x-minotaur-member'], 'm1');
    }
  }
  const action = await app.inject({ method: 'DELETE', url: `/v1/games/ABC/actions/${tooLong}`, headers: asAdmin });
  assert.equal(action.statusCode, 400);
  assert.equal((await app.inject(`/v1/games/${'x'.repeat(64)}`)).statusCode, 404);
});

test('finished rounds are sent as they come', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  gateway.rounds.set('ABC.1', '{"round":1}');
  const get = (round: string) => app.inject({ url: `/v1/games/ABC/rounds/${round}`, headers: asAdmin });
  const found = await get('1');
  assert.deepEqual(found.json(), { round: 1, ...atNow });
  assert.equal(found.headers['x-minotaur-owner'], 'm2');
  assert.equal((await get('2')).json().code, 'round_not_found');
  const may = ['player', 'admin'];
  assert.deepEqual(gateway.roundQueries[0], { gameId: 'ABC', caller: ADMIN, may, round: 1 });
  for (const round of ['x', '0', '-1', '1.5', '1e3', '9'.repeat(16)]) assert.equal((await get(round)).statusCode, 400);
  assert.equal(gateway.roundQueries.length, 2);
  gateway.failure = new StoreUnavailable('away');
  const away = await get('1');
  assert.equal(away.statusCode, 503);
  assert.equal(away.json().code, 'cluster_unavailable');
  assert.equal(away.headers['retry-after'], '1');
});

test('events are asked for by the last one that the client has, a page at a time', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  gateway.put('ABC', 4, {}, [{ type: 'game_started' }, { type: 'round_started' }]);
  const get = (query: string) => app.inject({ url: `/v1/games/ABC/events${query}`, headers: asPlayer() });
  const all = await get('');
  assert.deepEqual(
    all.json().events.map(({ seq }: { seq: number }) => seq),
    [1, 2],
  );
  assert.equal(all.headers['x-minotaur-owner'], 'm2');
  assert.deepEqual((await get('?after=1&limit=1')).json().latest, 2);
  const asked = gateway.eventQueries.map(({ after, limit }) => [after, limit]);
  assert.deepEqual(asked, [
    [0, 100],
    [1, 1],
  ]);
  assert.deepEqual(gateway.eventQueries[0]?.may, ['player', 'admin']);
  assert.equal(gateway.eventQueries[0]?.caller.kind, 'player');
  for (const query of ['?limit=0', '?limit=501', '?after=-1', '?after=x', '?after=1&after=2']) {
    assert.equal((await get(query)).statusCode, 400, query);
  }
  gateway.failure = new StoreUnavailable('away');
  assert.equal((await get('')).json().code, 'cluster_unavailable');
});

test('the list takes status, limit and cursor within bounds', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const reply = await app.inject('/v1/games');
  assert.deepEqual(reply.json(), {
    games: [{ id: 'ABC', module: 'minotaur' }],
    nextCursor: null,
    partial: false,
    ...atNow,
  });
  assert.equal(reply.headers['cache-control'], 'no-store');
  await app.inject({ url: '/v1/games?status=active&limit=500&cursor=ABC', headers: asAdmin });
  await app.inject({ url: '/v1/games?status=lobby&seats=free', headers: asPlayer() });
  assert.deepEqual(gateway.listed, [
    { caller: PUBLIC, limit: 50 },
    { caller: ADMIN, limit: 500, status: 'active', cursor: 'ABC' },
    { caller: PUBLIC, limit: 50, status: 'lobby', seats: 'free' },
  ]);
  for (const query of [
    'limit=0',
    'limit=501',
    'limit=x',
    'limit=',
    'limit=1.5',
    'status=done',
    'seats=all',
    'cursor=a.b',
    'limit=1&limit=2',
  ]) {
    assert.equal((await app.inject(`/v1/games?${query}`)).statusCode, 400, query);
  }
});

test('what is idle is for administrators to list', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  for (const query of ['idleSince=2030-01-01T00:00:00Z', 'suspended=true']) {
    assert.equal((await app.inject(`/v1/games?${query}`)).statusCode, 401, query);
    assert.equal((await app.inject({ url: `/v1/games?${query}`, headers: asPlayer() })).statusCode, 401, query);
  }
  const encoded = '/v1/games?suspended=false&idleSince=2030-01-01T01:00:00.5%2B01:00';
  // A plus as it is typed is a space to whoever reads a query.
  for (const url of [encoded, encoded.replace('%2B', '+')]) {
    assert.equal((await app.inject({ url, headers: asAdmin })).statusCode, 200);
  }
  const listed = { caller: ADMIN, limit: 50, suspended: false, idleSince: Date.UTC(2030, 0, 1) + 500 };
  assert.deepEqual(gateway.listed, [listed, listed]);
  for (const query of ['idleSince=yesterday', 'idleSince=2030-02-30T00:00:00Z', 'suspended=yes']) {
    assert.equal((await app.inject({ url: `/v1/games?${query}`, headers: asAdmin })).statusCode, 400, query);
  }
});

test('a page of what is idle is erased, each game on its condition', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  gateway.put('DEF', 5);
  gateway.answerWith = (operation) =>
    operation.gameId === 'ABC'
      ? { status: 204, body: '', owner: 'm2' }
      : { status: 409, body: JSON.stringify(problem('game_not_idle', 'no')), owner: 'm2' };
  const url = '/v1/games?status=active&suspended=true&idleSince=2030-01-01T00:00:00Z&limit=100';
  const reply = await app.inject({ method: 'DELETE', url, headers: asAdmin });
  assert.deepEqual(reply.json(), { erased: ['ABC'], left: ['DEF'], nextCursor: null, partial: false });
  const idleSince = Date.UTC(2030, 0, 1);
  assert.deepEqual(gateway.listed, [{ caller: ADMIN, limit: 100, status: 'active', suspended: true, idleSince }]);
  assert.deepEqual(
    gateway.operations.map((operation) => operation.kind === 'erase' && [operation.gameId, operation.idleSince]),
    [
      ['ABC', idleSince],
      ['DEF', idleSince],
    ],
  );
  for (const query of ['', '?idleSince=2030-01-01T00:00:00Z&limit=101', '?idleSince=now']) {
    assert.equal(
      (await app.inject({ method: 'DELETE', url: `/v1/games${query}`, headers: asAdmin })).statusCode,
      400,
      query,
    );
  }
});

test('nothing is erased for being idle since a time that is to come', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const early = new Date(gateway.now + 1).toISOString();
  for (const url of ['/v1/games', '/v1/games/ABC']) {
    const refused = await app.inject({ method: 'DELETE', url: `${url}?idleSince=${early}`, headers: asAdmin });
    assert.equal(refused.statusCode, 400, url);
    assert.match(refused.json().detail, /^idleSince: must not be in the future; it is 20/);
    assert.deepEqual([gateway.operations, gateway.listed], [[], []]);
  }
  const now = new Date(gateway.now).toISOString();
  assert.equal(
    (await app.inject({ method: 'DELETE', url: `/v1/games?idleSince=${now}`, headers: asAdmin })).statusCode,
    200,
  );
});

test('the location of a game', async (t) => {
  const { app } = await injectedEdge(t);
  const reply = await app.inject('/v1/games/ABC/location');
  assert.deepEqual(reply.json(), {
    gameId: 'ABC',
    slot: 7,
    owner: 'm2',
    desiredOwner: 'm2',
    epoch: 3,
    acquired: 'handoff',
    previousOwner: 'm1',
    ownedSince: atNow.serverTime,
  });
  assert.equal(reply.headers['x-minotaur-owner'], 'm2');
});
