/** From requests to operations: who a command is from, and when two of them say the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../../../src/member/gateway.ts';
import { asAdmin, injectedEdge, listeningEdge, SocketClient } from './edge-fixture.ts';

const identityOf = (operation: Operation | undefined) => {
  assert.ok(operation !== undefined && operation.kind !== 'read');
  return operation.command;
};

test('results are kept by principal: the administrator, or the player that it acts for', async (t) => {
  const { app, gateway } = await injectedEdge(t);
  const cases = [
    ['/continue', {}, 'admin'],
    ['/rounds/1/end', {}, 'admin'],
    ['/rounds/1/commit', { playerId: 'p1' }, 'admin:p1'],
    ['/actions', { type: 'attack', targetPlayerId: 'p2', playerId: 'p0' }, 'admin:p0'],
  ] as const;
  for (const [path, payload, principal] of cases) {
    await app.inject({ method: 'POST', url: `/v1/games/ABC${path}`, headers: asAdmin, payload });
    assert.equal(identityOf(gateway.operations.at(-1)).principal, principal);
    assert.equal(identityOf(gateway.operations.at(-1)).key, null);
  }
  for (const [payload, principal] of [
    [{}, 'admin'],
    [{ playerId: 'p3' }, 'admin:p3'],
  ] as const) {
    await app.inject({ method: 'DELETE', url: '/v1/games/ABC/actions/a1', headers: asAdmin, payload });
    assert.equal(identityOf(gateway.operations.at(-1)).principal, principal);
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
  assert.equal(await fingerprint('/actions', { ...move, unknown: 1 }), first);

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
    assert.deepEqual(gateway.operations.at(-1), overRest);
    assert.equal(identityOf(overRest).key, 'k1');
  }
});
