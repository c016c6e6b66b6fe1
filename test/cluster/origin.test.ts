/**
 * The scenario that Minotaur comes from: a game runs on one member, a second joins, the first goes; the game must be
 * alive on the second, with every acknowledged action. Always, not nearly always.
 *
 * Every run proves by `x-minotaur-owner` that the game was on the first member before and is on the second after.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';

const runs = 20;

interface Game {
  readonly version: number;
  readonly game: { id: string; status: string; round: number; registeredActions: Record<string, { id: string }[]> };
}

async function startGame(member: MemberProcess, id: string): Promise<string[]> {
  const roundEndTime = new Date(Date.now() + 3_600_000).toISOString();
  const body = { game: { id, roundEndTime } };
  expectStatus(await member.send('POST', `/v1/games/${id}/continue`, { key: randomUUID(), body }), 201);
  const ids: string[] = [];
  for (const playerId of ['p0', 'p1']) {
    const action = { type: 'move', vector: { q: 0, r: 1 }, playerId };
    const reply = await member.send('POST', `/v1/games/${id}/actions`, { key: randomUUID(), body: action });
    ids.push((expectStatus(reply, 200) as { actionId: string }).actionId);
  }
  return ids;
}

/** One run: the game's first member is `first`; `end` ends it; the game must live on the second member. */
async function moveOnce(
  cluster: TestCluster,
  run: number,
  end: (first: MemberProcess) => Promise<void>,
): Promise<void> {
  const first = await cluster.addMember(`first-${run}`);
  const id = `GAME${run}`;
  const actions = await startGame(first, id);

  // The share that the ring gives to the second is up to the game's id: keep the game on the first by asking for it before it has to move.
  const second = await cluster.addMember(`second-${run}`);
  const before = await second.send('GET', `/v1/games/${id}`);
  expectStatus(before, 200);
  assert.equal(
    before.headers['x-minotaur-owner'],
    first.id,
    'the game must be on the first member before that one goes',
  );

  await end(first);
  const after = await second.send('GET', `/v1/games/${id}`);
  const { game } = expectStatus(after, 200) as Game;
  assert.equal(after.headers['x-minotaur-owner'], second.id);
  assert.equal(after.headers['x-minotaur-member'], second.id);
  assert.equal(game.status, 'active');
  assert.equal(game.round, 1);
  assert.deepEqual(
    Object.values(game.registeredActions)
      .flatMap((list) => list.map((action) => action.id))
      .sort(),
    actions.sort(),
  );

  // It is alive, not only readable.
  const body = { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p0' };
  expectStatus(await second.send('POST', `/v1/games/${id}/actions`, { key: randomUUID(), body }), 200);
  assert.equal((await second.kill()).signal, 'SIGKILL');
}

// A joiner's share comes to it at once unless it is told to wait: a long delay keeps the game where it was started.
const environment = { MINOTAUR_REBALANCE_DELAY_MS: '600000', MINOTAUR_DRAIN_MIN_MS: '50' };

test(`a game outlives the planned stop of its member, ${runs} times out of ${runs}`, {
  timeout: 120_000,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment });
  for (let run = 1; run <= runs; run++) {
    await moveOnce(cluster, run, async (first) => {
      assert.deepEqual(await first.terminate(), { code: 0, signal: null });
    });
  }
});

test(`a game outlives the kill of its member, ${runs} times out of ${runs}`, { timeout: 120_000 }, async (t) => {
  const cluster = await TestCluster.start(t, { environment });
  for (let run = 1; run <= runs; run++) {
    await moveOnce(cluster, run, async (first) => {
      assert.equal((await first.kill()).signal, 'SIGKILL');
    });
  }
});
