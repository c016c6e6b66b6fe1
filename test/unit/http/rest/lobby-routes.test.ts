/** Creating and joining games, and the lobby: ids, tokens in answers, retries. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../../src/adapters/system.ts';
import { problem } from '../../../../src/errors.ts';
import { PlayerTokens } from '../../../../src/http/edge/player-tokens.ts';
import type { CreateOperation, Operation } from '../../../../src/member/contract/gateway.ts';
import { PUBLIC } from '../../../../src/session/permission.ts';
import { asAdmin, asPlayer, atNow, injectedEdge, tokenSecret } from '../edge-fixture.ts';

const contentOf = (token: string) => {
  const verified = new PlayerTokens([tokenSecret], 90).verify(token, systemClock.wall());
  assert.ok(typeof verified !== 'string', `the token is ${verified}`);
  const { gameId, bearer, role } = verified;
  return { gameId, bearer, role };
};

const inputOf = (operation: Operation | undefined) => {
  assert.equal(operation?.kind, 'command');
  return operation?.kind === 'command' ? operation.input : null;
};

async function lobby(t: TestContext) {
  const edge = await injectedEdge(t);
  const post = (url: string, payload: object = {}, headers: Record<string, string> = {}) =>
    edge.app.inject({ method: 'POST', url, payload, headers });
  const creations = () =>
    edge.gateway.operations.filter((operation): operation is CreateOperation => operation.kind === 'create');
  return { ...edge, post, creations };
}

test('a new game: its id, the seat of the host and its token', async (t) => {
  const { post, creations } = await lobby(t);
  const reply = await post('/v1/games', { settings: { maxPlayers: 2 }, displayName: 'Ada', unknown: 1 });
  assert.equal(reply.statusCode, 201);
  const [operation] = creations();
  const gameId = operation?.gameId ?? '';
  const host = operation?.origin.host;
  const { token, ...body } = reply.json();
  assert.match(gameId, /^[0-9A-HJKMNP-TV-Z]{8}$/);
  const game = { id: gameId, status: 'lobby', settings: { maxPlayers: 2 } };
  assert.deepEqual(body, { game, view: 'player', version: 1, owner: 'm2', playerId: host?.playerId, ...atNow });
  const bearer = { kind: 'player', playerId: host?.playerId, nonce: 'nonce', generation: 1 };
  assert.deepEqual(contentOf(token), { gameId, bearer, role: 'host' });
  assert.equal(reply.headers.location, `/v1/games/${gameId}`);
  assert.equal(reply.headers['x-minotaur-owner'], 'm2');
  assert.equal(reply.headers['x-minotaur-member'], 'm1');
  assert.equal(reply.headers['cache-control'], 'no-store');
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(host?.displayName, 'Ada');
  assert.deepEqual([operation?.caller, operation?.may], [PUBLIC, ['anyone']]);
  assert.match(operation?.origin.nonce ?? '', /^[A-Za-z0-9]{16}$/);
});

test('whether an administrator made the game goes along', async (t) => {
  const { post, creations } = await lobby(t);
  for (const headers of [{}, asPlayer(), asAdmin]) {
    assert.equal((await post('/v1/games', { settings: { roundSeconds: 1 } }, headers)).statusCode, 201);
  }
  assert.deepEqual(
    creations().map(({ origin }) => origin.byAdmin),
    [undefined, undefined, true],
  );
});

test('a game without anything said about it', async (t) => {
  const { app, creations } = await lobby(t);
  assert.equal((await app.inject({ method: 'POST', url: '/v1/games' })).statusCode, 201);
  assert.deepEqual(creations()[0]?.document, { status: 'lobby' });
  assert.equal(creations()[0]?.origin.host?.displayName, null);
});

test('a player of another game counts as anyone where a game is made', async (t) => {
  const { post, creations } = await lobby(t);
  assert.equal((await post('/v1/games', {}, asPlayer())).statusCode, 201);
  assert.deepEqual(creations()[0]?.caller, PUBLIC);
});

test('a creation repeated with its key finds its game, with a token signed anew', async (t) => {
  const { post, creations } = await lobby(t);
  const create = (key: string, payload: object) => post('/v1/games', payload, { 'idempotency-key': key });
  const first = (await create('k1', { displayName: 'Ada' })).json();
  const again = (await create('k1', { displayName: 'Ada' })).json();
  assert.deepEqual({ ...again, token: '' }, { ...first, token: '' });
  assert.deepEqual(contentOf(again.token), contentOf(first.token));
  const [one, two] = creations();
  assert.deepEqual(one?.command, two?.command);
  assert.deepEqual([one?.command.key, one?.command.principal], ['k1', 'creator']);
  assert.notEqual(one?.origin.nonce, two?.origin.nonce);
  assert.equal((await create('k1', { displayName: 'Bob' })).json().code, 'key_reused');
  assert.notEqual((await create('k2', { displayName: 'Ada' })).json().game.id, first.game.id);
});

test('where an id is taken the next one is tried, and a repetition takes the same steps', async (t) => {
  const { post, gateway, edge, creations } = await lobby(t);
  const ids = [1, 2, 3, 4].map((attempt) => edge.ids.game('k', attempt));
  gateway.put(ids[0] ?? '', 5);
  gateway.put(ids[1] ?? '', 5);
  const create = () => post('/v1/games', {}, { 'idempotency-key': 'k' });
  const first = await create();
  assert.equal(first.json().game.id, ids[2]);
  assert.equal(first.headers.location, `/v1/games/${ids[2]}`);
  assert.equal((await create()).json().game.id, ids[2]);
  assert.deepEqual(
    creations().map(({ gameId }) => gameId),
    [...ids.slice(0, 3), ...ids.slice(0, 3)],
  );
});

test('while a secret is replaced, a creation is looked for under every other one before it is made', async (t) => {
  const newer = 'a-newer-secret-of-the-edge-0123456789abcdef';
  const before = await injectedEdge(t);
  const { gateway } = before;
  const { app } = await injectedEdge(t, { tokenSecrets: [newer, tokenSecret], gateway });
  const create = (edge: { app: typeof app }, key: string) =>
    edge.app.inject({ method: 'POST', url: '/v1/games', payload: {}, headers: { 'idempotency-key': key } });
  const first = (await create(before, 'k1')).json();
  gateway.operations.length = 0;
  const again = (await create({ app }, 'k1')).json();
  assert.equal(again.game.id, first.game.id);
  assert.equal(again.playerId, first.playerId);
  const tried = () =>
    gateway.operations.map((operation) => operation.kind === 'create' && [operation.gameId, operation.document]);
  assert.deepEqual(tried(), [[first.game.id, null]]);
  gateway.operations.length = 0;
  const made = (await create({ app }, 'k2')).json();
  assert.deepEqual(tried(), [
    [before.edge.ids.game('k2', 1), null],
    [made.game.id, { status: 'lobby' }],
  ]);
  gateway.operations.length = 0;
  await app.inject({ method: 'POST', url: '/v1/games' });
  assert.equal(gateway.operations.length, 1, 'without a key there is nothing to look for');
});

test('a creation that may have been made under another secret is not made anew while nobody can tell', async (t) => {
  const newer = 'a-newer-secret-of-the-edge-0123456789abcdef';
  const { app, gateway } = await injectedEdge(t, { tokenSecrets: [newer, tokenSecret] });
  for (const code of ['session_unavailable', 'key_expired'] as const) {
    gateway.operations.length = 0;
    const document = problem(code, 'no');
    gateway.answerWith = () => ({ status: document.status, body: JSON.stringify(document), owner: null });
    const reply = await app.inject({ method: 'POST', url: '/v1/games', headers: { 'idempotency-key': 'k' } });
    assert.equal(reply.json().code, code);
    assert.equal(gateway.operations.length, 1);
  }
});

test('a creation is given up after four ids, or at once for any other reason', async (t) => {
  const { post, gateway, creations } = await lobby(t);
  const refuseWith = (code: 'game_exists' | 'key_reused' | 'too_late') => {
    const document = problem(code, 'no');
    gateway.answerWith = () => ({ status: document.status, body: JSON.stringify(document), owner: 'm2' });
  };
  refuseWith('game_exists');
  const taken = await post('/v1/games');
  assert.equal(taken.json().code, 'game_exists');
  assert.equal(taken.headers.location, undefined);
  assert.equal(creations().length, 4);
  assert.equal(new Set(creations().map(({ gameId }) => gameId)).size, 4);
  for (const code of ['key_reused', 'too_late'] as const) {
    refuseWith(code);
    assert.equal((await post('/v1/games')).json().code, code);
  }
  assert.equal(creations().length, 6);
});

test('joining: a seat, its token, and where the game is', async (t) => {
  const { post, gateway } = await lobby(t);
  const reply = await post('/v1/games/ABC/players', { displayName: 'Bob' });
  assert.equal(reply.statusCode, 201);
  const input = inputOf(gateway.operations[0]);
  assert.ok(input?.type === 'join' && input.displayName === 'Bob');
  assert.match(input.playerId, /^p[0-9A-HJKMNP-TV-Z]{10}$/);
  const { token, ...seat } = reply.json();
  assert.deepEqual(seat, { playerId: input.playerId, version: 4 });
  const bearer = { kind: 'player', playerId: input.playerId, nonce: 'nonce', generation: 4 };
  assert.deepEqual(contentOf(token), { gameId: 'ABC', bearer, role: 'player' });
  assert.equal(reply.headers.location, '/v1/games/ABC');
  assert.equal(reply.headers['x-minotaur-owner'], 'm2');
  assert.deepEqual(gateway.operations[0]?.caller, PUBLIC);
});

test('a join repeated with its key is the same command', async (t) => {
  const { post, gateway } = await lobby(t);
  const join = (key: string, url = '/v1/games/ABC/players') =>
    post(url, { displayName: 'Bob' }, { 'idempotency-key': key });
  await join('k');
  await join('k');
  const [first, again] = gateway.operations;
  assert.deepEqual(again, first);
  await join('other');
  assert.notDeepEqual(inputOf(gateway.operations[2]), inputOf(first));
  // Nor does the key that made a game give away the seat of its host.
  const created = (await post('/v1/games', {}, { 'idempotency-key': 'k' })).json();
  await join('k', `/v1/games/${created.game.id}/players`);
  const input = inputOf(gateway.operations.at(-1));
  assert.notEqual(input?.type === 'join' && input.playerId, created.playerId);
});

test('a new token comes with the answer of a renewal, and with no other', async (t) => {
  const { post, app } = await lobby(t);
  const renewed = await post('/v1/games/ABC/players/p1/token', {}, asPlayer());
  assert.equal(renewed.statusCode, 200);
  const { token, ...seat } = renewed.json();
  assert.deepEqual(seat, { playerId: 'p1', version: 4 });
  assert.equal(contentOf(token).bearer.generation, 4);
  assert.equal(renewed.headers.location, undefined);
  for (const [method, path] of [
    ['POST', '/players/p1/ready'],
    ['POST', '/start'],
    ['GET', ''],
  ] as const) {
    const reply = await app.inject({ method, url: `/v1/games/ABC${path}`, headers: asAdmin });
    assert.equal(reply.statusCode, 200);
    assert.equal(reply.json().token, undefined, path);
  }
});

test('every step of the lobby becomes its command; the address counts, not the body', async (t) => {
  const { app, gateway } = await lobby(t);
  const cases = [
    ['POST', '/players/p1/ready', undefined, { type: 'set_ready', playerId: 'p1', ready: true }],
    ['POST', '/players/p1/ready', { ready: false }, { type: 'set_ready', playerId: 'p1', ready: false }],
    ['POST', '/players/p1/ready', { playerId: 'p2' }, { type: 'set_ready', playerId: 'p1', ready: true }],
    ['POST', '/players/p1/token', { playerId: 'p2' }, { type: 'renew_token', playerId: 'p1' }],
    ['DELETE', '/players/p1', undefined, { type: 'leave', playerId: 'p1', kicked: false }],
    ['DELETE', '/players/p2', undefined, { type: 'leave', playerId: 'p2', kicked: true }],
    ['POST', '/lock', undefined, { type: 'lock', locked: true }],
    [
      'POST',
      '/settings',
      { settings: { bots: 2, mind: 1 }, byAdmin: true },
      { type: 'change_settings', settings: { bots: 2, mind: 1 }, byAdmin: false },
    ],
    ['POST', '/start', undefined, { type: 'start' }],
  ] as const;
  for (const [method, path, payload, input] of cases) {
    const url = `/v1/games/ABC${path}`;
    const reply = await app.inject({ method, url, headers: asPlayer(), ...(payload && { payload }) });
    assert.equal(reply.statusCode, method === 'DELETE' ? 204 : 200, url);
    assert.deepEqual(inputOf(gateway.operations.at(-1)), input);
  }
  await app.inject({ method: 'DELETE', url: '/v1/games/ABC/players/p1', headers: asAdmin });
  assert.deepEqual(inputOf(gateway.operations.at(-1)), { type: 'leave', playerId: 'p1', kicked: true });
  const payload = { settings: {} };
  await app.inject({ method: 'POST', url: '/v1/games/ABC/settings', headers: asAdmin, payload });
  assert.deepEqual(inputOf(gateway.operations.at(-1)), { type: 'change_settings', settings: {}, byAdmin: true });
});

test('what makes no sense is refused by path, and never reaches the gateway', async (t) => {
  const { post, gateway } = await lobby(t);
  const cases = [
    ['/v1/games', { displayName: 7 }, /^displayName: must be/],
    ['/v1/games', { displayName: 'a\u0000b' }, /^displayName: must be 1 to 64/],
    ['/v1/games', { settings: [] }, /^settings: must be a JSON object$/],
    ['/v1/games', [], /must be a JSON object/],
    ['/v1/games/ABC/players', {}, /^displayName: is required$/],
    ['/v1/games/ABC/players', { displayName: 'x'.repeat(65) }, /^displayName: must be 1 to 64/],
    ['/v1/games/a.b/players', { displayName: 'Ada' }, /^id: must be 1 to 64/],
    ['/v1/games/ABC/players/p1/ready', { ready: 1 }, /^ready: must be true or false$/],
    ['/v1/games/ABC/settings', {}, /^settings: must be a JSON object$/],
    ['/v1/games/ABC/settings', { settings: [] }, /^settings: must be a JSON object$/],
    ['/v1/games/ABC/players/a%20b/token', {}, /^playerId: must be 1 to 64/],
  ] as const;
  for (const [url, payload, detail] of cases) {
    const reply = await post(url, payload, asAdmin);
    assert.equal(reply.statusCode, 400, `${url} ${JSON.stringify(payload)}`);
    assert.match(reply.json().detail, detail);
  }
  const badKey = await post('/v1/games', {}, { 'idempotency-key': 'x'.repeat(129) });
  assert.equal(badKey.statusCode, 400);
  assert.equal(gateway.operations.length, 0);
});

test('erasing a game', async (t) => {
  const { app, gateway } = await lobby(t);
  const headers = { ...asAdmin, 'idempotency-key': 'k' };
  const reply = await app.inject({ method: 'DELETE', url: '/v1/games/ABC', headers });
  assert.equal(reply.statusCode, 204);
  assert.equal(reply.body, '');
  const [operation] = gateway.operations;
  assert.ok(operation?.kind === 'erase' && operation.gameId === 'ABC');
  assert.deepEqual([operation.command.key, operation.may], ['k', ['admin']]);
});

test('creations and joins of an address are counted; those of administrators are not', async (t) => {
  const { app, gateway } = await injectedEdge(t, { limits: { creationsPerMinute: 6, joinsPerMinute: 9 } });
  const post = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, headers, payload: { displayName: 'Ada' } });
  // The fake's cluster has three members: each allows a third.
  for (const [url, part] of [
    ['/v1/games', 2],
    ['/v1/games/ABC/players', 3],
  ] as const) {
    for (let count = 0; count < part; count += 1) assert.equal((await post(url)).statusCode, 201);
    const before = gateway.operations.length;
    const refused = await post(url);
    assert.deepEqual([refused.statusCode, refused.json().code], [429, 'too_many_requests']);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal(gateway.operations.length, before);
    assert.equal((await post(url, asAdmin)).statusCode, 201);
  }
});

test('whichever way somebody joins, the game learns where from; of an administrator it does not', async (t) => {
  const { post, gateway } = await lobby(t);
  gateway.put('ABCDEFGH', 3);
  const ways: [string, object][] = [
    ['/v1/games/ABCDEFGH/players', { displayName: 'Bob' }],
    ['/v1/join', { code: 'abcdefgh', displayName: 'Bob' }],
    ['/v1/games', { displayName: 'Bob' }],
  ];
  for (const [headers, count] of [
    [{}, 1],
    [asAdmin, 0],
  ] as const) {
    for (const [url, payload] of ways) {
      gateway.operations.length = 0;
      await post(url, payload, headers);
      const [operation] = gateway.operations;
      const host = operation?.kind === 'create' ? operation.origin.host : null;
      const input = operation?.kind === 'command' && operation.input.type === 'join' ? operation.input : null;
      const addresses = host?.addresses ?? input?.addresses;
      assert.equal(addresses?.length, count, url);
      if (count > 0) assert.match(addresses?.[0] ?? '', /^[\w-]{12}$/);
    }
  }
});
