/**
 * What a request may measure, on a real member: each limit is reached exactly and passed by one.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { adminToken, expectStatus, type Reply, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import { Player } from '../../support/player.ts';

const timeout = 60_000;
const bodyBytes = 65_536;
const continueBodyBytes = 525_312;
const frameBytes = 16_384;

async function alone(t: TestContext): Promise<string> {
  const cluster = await TestCluster.start(t);
  return (await cluster.addMember('alone')).url;
}

/** JSON of exactly so many bytes: `fields`, and one that nobody knows. */
function padded(fields: object, bytes: number): string {
  const bare = JSON.stringify({ ...fields, pad: '' }).length;
  return JSON.stringify({ ...fields, pad: 'x'.repeat(bytes - bare) });
}

/** The same without a declared length. */
async function sendChunked(base: string, path: string, text: string): Promise<number> {
  const body = new Blob([text]).stream();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` };
  const options = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
  return fetch(`${base}${path}`, options).then(({ status }) => status);
}

function assertProblem(reply: Reply, status: number, code: string): void {
  assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
}

test('bodies, frames, ids and keys are taken up to their limits, and refused one past them', { timeout }, async (t) => {
  const base = await alone(t);
  const { gameId, token } = await Player.create(base);
  const post = (path: string, text: string, key?: string) =>
    send(base, 'POST', path, { text, ...(key !== undefined && { key }) });
  const join = `/v1/games/${gameId}/players`;
  expectStatus(await post(join, padded({ displayName: 'Bob' }, bodyBytes)), 201);
  assertProblem(await post(join, padded({ displayName: 'Bob' }, bodyBytes + 1)), 413, 'payload_too_large');
  assert.equal(await sendChunked(base, join, padded({ displayName: 'Bea' }, bodyBytes)), 201);
  assert.equal(await sendChunked(base, join, padded({ displayName: 'Bob' }, bodyBytes + 1)), 413);

  const longest = 'G'.repeat(64);
  const begin = `/v1/games/${longest}/continue`;
  assertProblem(await post(begin, padded({ game: {} }, continueBodyBytes + 1)), 413, 'payload_too_large');
  expectStatus(await post(begin, padded({ game: {} }, continueBodyBytes)), 201);
  assertProblem(await post(`/v1/games/${longest}G/continue`, '{"game":{}}'), 400, 'bad_request');
  for (const id of [`${longest}G`, 'not%20an%20id', '..%2f', '%00', 'ä']) {
    assertProblem(await send(base, 'GET', `/v1/games/${encodeURI(id)}`), 400, 'bad_request');
  }

  for (const key of ['k', 'k'.repeat(128), ' ~'.repeat(5).trim()]) {
    expectStatus(await post(join, `{"displayName":"Cem${key.length}"}`, key), 201);
  }
  for (const key of ['', 'k'.repeat(129), 'é']) {
    assertProblem(await post(join, '{"displayName":"Cem"}', key), 400, 'bad_request');
  }

  const socket = GameConnection.to(base, gameId, token);
  t.after(() => socket.close());
  assert.equal(await socket.outcome(), 101);
  for (const [key, status] of [
    ['k'.repeat(128), 200],
    ['k'.repeat(129), 400],
  ] as const) {
    assert.equal((await socket.ask('continue_game', { idempotencyKey: key })).status, status);
  }
  socket.socket.send(padded({ ref: 'full', type: 'ping' }, frameBytes));
  await socket.next('the reply to the longest frame', ({ ref }) => ref === 'full');
  socket.socket.send(padded({ ref: 'over', type: 'ping' }, frameBytes + 1));
  assert.equal((await socket.closed).code, 1009);
});

test('JSON that is nested 10,000 levels deep is refused and harms nobody', { timeout }, async (t) => {
  const base = await alone(t);
  const player = await Player.create(base);
  const { gameId } = player;
  const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  assertProblem(await send(base, 'POST', '/v1/games', { text: lists(10_000) }), 400, 'bad_request');
  // What nobody knows is ignored, however deep.
  expectStatus(await send(base, 'POST', '/v1/games', { text: objects(10_000) }), 201);
  for (const deep of [lists(10_000), objects(10_000)]) {
    const bodies: readonly (readonly [string, string])[] = [
      ['/v1/games', `{"settings":${deep}}`],
      ['/v1/games', `{"displayName":${deep}}`],
      ['/v1/games/DEEP/continue', `{"game":${deep}}`],
      ['/v1/games/DEEP/continue', `{"game":{"players":${deep}}}`],
      [`/v1/games/${gameId}/actions`, `{"type":"move","playerId":"p0","vector":${deep}}`],
    ];
    for (const [path, text] of bodies) {
      assertProblem(await send(base, 'POST', path, { text }), 400, 'bad_request');
    }
  }

  const socket = GameConnection.to(base, gameId, adminToken);
  t.after(() => socket.close());
  assert.equal(await socket.outcome(), 101);
  // As deep as a frame can be.
  for (const deep of [lists(8_000), objects(2_500)]) {
    const ref = `deep${deep.length}`;
    socket.socket.send(`{"ref":"${ref}","type":"continue_game","body":{"game":${deep}}}`);
    const reply = await socket.next('a reply', (frame) => frame.ref === ref);
    assert.deepEqual([reply.status, reply.problem.code], [400, 'bad_request']);
  }
  expectStatus(await player.read(base), 200);
  assert.equal((await socket.ask('ping')).status, 200);
});
