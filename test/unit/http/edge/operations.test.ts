/** From requests to operations: who a command is from, and when two of them say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../../../src/member/contract/gateway.ts';
import { asAdmin, asPlayer, injectedEdge, listeningEdge, SocketClient } from '../edge-fixture.ts';

const identityOf = (operation: Operation | undefined) => {
  assert.ok(operation !== undefined && operation.kind !== 'read');
  return operation.command;
};

/** The nonce of a new game is another one every time. */
const withoutOrigin = (operation: Operation | undefined) => ({ ...operation, origin: null });

test('results are kept by principal: the player, or the administrator, by the player that it acts for', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const attack = { type: 'attack', targetPlayerId: 'p2' };
  const cases = [
    ['POST', '/continue', {}, asAdmin, 'admin'],
    ['POST', '/continue', {}, asPlayer(), 'player:p1'],
    ['POST', '/rounds/1/end', {}, asAdmin, 'admin'],
    ['POST', '/rounds/1/commit', { playerId: 'p1' }, asAdmin, 'admin:p1'],
    ['POST', '/rounds/1/commit', {}, asPlayer(), 'player:p1'],
    ['POST', '/actions', { ...attack, playerId: 'p0' }, asAdmin, 'admin:p0'],
    ['POST', '/actions', attack, asPlayer(), 'player:p1'],
    ['DELETE', '/actions/a1', {}, asAdmin, 'admin'],
    ['DELETE', '/actions/a1', { playerId: 'p3' }, asAdmin, 'admin:p3'],
    ['DELETE', '/actions/a1', {}, asPlayer(), 'player:p1'],
    ['POST', '/settings', { settings: {} }, asAdmin, 'admin'],
    ['POST', '/settings', { settings: {} }, asPlayer(), 'player:p1'],
    ['POST', '/start', {}, asAdmin, 'admin'],
    ['POST', '/start', {}, asPlayer(), 'player:p1'],
    ['POST', '/players', { displayName: 'Ada' }, {}, 'joiners'],
    ['POST', '/players', { displayName: 'Ada' }, asAdmin, 'joiners'],
    ['POST', '/players/p2/ready', {}, asAdmin, 'admin:p2'],
    ['POST', '/players/p1/ready', {}, asPlayer(), 'player:p1'],
    ['POST', '/players/p2/token', {}, asAdmin, 'admin:p2'],
    ['DELETE', '/players/p2', {}, asAdmin, 'admin:p2'],
    ['DELETE', '/players/p2', {}, asPlayer(), 'player:p1'],
    ['DELETE', '', {}, asAdmin, 'admin'],
  ] as const;
  for (const [method, path, payload, headers, principal] of cases) {
    await app.inject({ method, url: `/v1/games/ABC${path}`, headers, payload });
    assert.equal(identityOf(gateway.operations.at(-1)).principal, principal, `${method} ${path}`);
    assert.equal(identityOf(gateway.operations.at(-1)).key, null);
    gateway.put('ABC', 3);
  }
  await app.inject({ method: 'POST', url: '/v1/games', payload: {} });
  assert.equal(identityOf(gateway.operations.at(-1)).principal, 'creator');
});

test('a player acts for itself, and need not say so', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const cases = [
    ['POST', '/actions', { type: 'move', vector: { q: 1, r: 0 } }],
    ['POST', '/rounds/1/commit', {}],
    ['DELETE', '/actions/a1', {}],
  ] as const;
  for (const [method, path, body] of cases) {
    const send = (payload: object, headers: Record<string, string>) =>
      app.inject({ method, url: `/v1/games/ABC${path}`, headers, payload });
    await send(body, asPlayer());
    const implied = gateway.operations.at(-1);
    assert.equal(implied?.kind === 'command' && 'playerId' in implied.input && implied.input.playerId, 'p1', path);
    assert.deepEqual(implied?.caller, { kind: 'player', playerId: 'p1', nonce: 'nonce', generation: 1 });
    await send({ ...body, playerId: 'p1' }, asPlayer());
    assert.deepEqual(gateway.operations.at(-1), implied, path);

    const before = gateway.operations.length;
    assert.equal((await send({ ...body, playerId: 'p2' }, asPlayer())).json().code, 'forbidden', path);
    assert.equal(gateway.operations.length, before);
    await send({ ...body, playerId: 'p2' }, asAdmin);
    const forAnother = gateway.operations.at(-1);
    assert.equal(forAnother?.kind === 'command' && 'playerId' in forAnother.input && forAnother.input.playerId, 'p2');
  }
});

test('a game to continue is brought by administrators alone; players resume what is stored', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const send = (headers: Record<string, string>, payload: object) =>
    app.inject({ method: 'POST', url: '/v1/games/ABC/continue', headers, payload });
  assert.equal((await send(asPlayer(), { game: {} })).json().code, 'forbidden');
  assert.equal(gateway.operations.length, 0);
  assert.equal((await send(asPlayer(), {})).statusCode, 200);
  assert.equal((await send(asAdmin, { game: {} })).statusCode, 200);
  const [resumed, brought] = gateway.operations;
  assert.deepEqual([resumed?.may, brought?.may], [['player', 'admin'], ['admin']]);
  assert.ok(resumed?.kind === 'continue' && brought?.kind === 'continue');
  assert.equal(resumed.origin.host, null);
  assert.match(resumed.origin.nonce, /^[A-Za-z0-9]{16}$/);
  assert.notEqual(resumed.origin.nonce, brought.origin.nonce);
});

test('permissions travel with what they are for', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const cases = [
    ['POST', '/players/p1/ready', ['self', 'admin']],
    ['DELETE', '/players/p1', ['self', 'host', 'admin']],
    ['POST', '/start', ['host', 'admin']],
    ['POST', '/actions', ['self', 'admin']],
    ['DELETE', '/actions/a1', ['player', 'admin']],
    ['POST', '/players', ['anyone']],
    ['POST', '/rounds/1/end', ['admin']],
    ['DELETE', '', ['admin']],
  ] as const;
  for (const [method, path, may] of cases) {
    const attack = { type: 'attack', targetPlayerId: 'p2', playerId: 'p1' };
    const payload = path === '/actions' ? attack : { displayName: 'Ada' };
    await app.inject({ method, url: `/v1/games/ABC${path}`, headers: asAdmin, payload });
    assert.deepEqual(gateway.operations.at(-1)?.may, may, path);
  }
});

test('the fingerprint changes with what a command says, and with nothing else', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const fingerprint = async (path: string, payload: object, key = 'k') => {
    const headers = { ...asAdmin, 'idempotency-key': key };
    await app.inject({ method: 'POST', url: `/v1/games/ABC${path}`, headers, payload });
    return identityOf(gateway.operations.at(-1)).fingerprint;
  };
  const move = { type: 'move', vector: { q: 1, r: 2 }, playerId: 'p0' };
  const first = await fingerprint('/actions', move);
  assert.match(first, /^[A-Za-z0-9_-]{8,10}$/);
  assert.equal(await fingerprint('/actions', { playerId: 'p0', vector: { r: 2, q: 1 }, type: 'move' }, 'other'), first);

  const game = { id: 'ABC', players: { p0: { id: 'p0', displayName: 'Ada' } }, list: [1, 2] };
  const others = [
    await fingerprint('/actions', { ...move, vector: { q: 2, r: 1 } }),
    await fingerprint('/actions', { ...move, playerId: 'p1' }),
    await fingerprint('/actions', { ...move, round: 1 }),
    await fingerprint('/rounds/1/commit', { playerId: 'p0' }),
    await fingerprint('/rounds/2/commit', { playerId: 'p0' }),
    await fingerprint('/rounds/1/end', {}),
    await fingerprint('/continue', {}),
    await fingerprint('/continue', { game: {} }),
    await fingerprint('/continue', { game }),
    await fingerprint('/continue', { game: { ...game, list: [2, 1] } }),
  ];
  assert.equal(new Set([first, ...others]).size, 1 + others.length);
  const shuffled = { list: [1, 2], players: { p0: { displayName: 'Ada', id: 'p0' } }, id: 'ABC' };
  assert.equal(await fingerprint('/continue', { game: shuffled }), others[8]);
});

test('the same command over REST and over a socket is the same operation', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  const cases = [
    ['POST', '/actions', { type: 'move', vector: { q: 0, r: 1 }, playerId: 'p0', round: 1 }, 'register_action', {}],
    ['DELETE', '/actions/a7', { playerId: 'p0' }, 'retract_action', { actionId: 'a7' }],
    ['POST', '/rounds/4/commit', { playerId: 'p0' }, 'commit_round', { round: 4 }],
    ['POST', '/continue', { game: { id: 'ABC', world: null } }, 'continue_game', {}],
  ] as const;
  for (const [method, path, body, type, addressed] of cases) {
    await fetch(`http://127.0.0.1:${port}/v1/games/ABC${path}`, {
      method,
      headers: { ...asAdmin, 'content-type': 'application/json', 'idempotency-key': 'k1' },
      body: JSON.stringify(body),
    });
    const overRest = gateway.operations.at(-1);
    await client.ask(type, { idempotencyKey: 'k1', body: { ...body, ...addressed } });
    assert.deepEqual(withoutOrigin(gateway.operations.at(-1)), withoutOrigin(overRest));
    assert.equal(identityOf(overRest).key, 'k1');
  }
});
