/**
 * The scenario that Minotaur comes from: a game runs on one member, a second joins, the first goes; the game must be
 * alive on the second, with every acknowledged action. Always, not nearly always.
 *
 * Every run proves by `x-minotaur-owner` that the game was on the first member before and is on the second after.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';

const runs = 20;
const stayers = 3;

/** Ends a member in one way or another. */
type End = (member: MemberProcess) => Promise<void>;

interface Game {
  readonly version: number;
  readonly game: { id: string; status: string; round: number; registeredActions: Record<string, { id: string }[]> };
}

async function startGame(member: MemberProcess, id: string): Promise<string[]> {
  const roundEndTime = new Date(Date.now() + 3_600_000).toISOString();
  const body = { game: { id, roundEndTime } };
  expectStatus(await member.send('POST', `/v1/games/${id}/continue`, { key: randomUUID(), body }), 201);
  return [await register(member, id, 'p0'), await register(member, id, 'p1')];
}

async function register(member: MemberProcess, id: string, playerId: string): Promise<string> {
  const body = { type: 'move', vector: { q: 0, r: 1 }, playerId };
  const reply = await member.send('POST', `/v1/games/${id}/actions`, { key: randomUUID(), body });
  return (expectStatus(reply, 200) as { actionId: string }).actionId;
}

/**
 * One run: games are started on the only member, `first`; a second joins and takes its share; `end` ends the first.
 * At least `stayers` games are on the first when it goes. Resolves with the second: the first of the next run.
 */
async function moveOnce(cluster: TestCluster, first: MemberProcess, run: number, end: End): Promise<MemberProcess> {
  const games = new Map<string, string[]>();
  const startNext = async () => {
    const id = `GAME${run}-${games.size + 1}`;
    games.set(id, await startGame(first, id));
    return id;
  };
  while (games.size < stayers) await startNext();
  const second = await cluster.addMember(`m${run}`);
  await cluster.settled();
  const isOnFirst = async (id: string) => {
    const before = await second.send('GET', `/v1/games/${id}`);
    expectStatus(before, 200);
    return before.headers['x-minotaur-owner'] === first.id;
  };
  let onFirst = 0;
  for (const id of games.keys()) if (await isOnFirst(id)) onFirst += 1;
  // Those that the second's share has taken with it prove nothing: others are started, until enough are where they must be.
  while (onFirst < stayers) if (await isOnFirst(await startNext())) onFirst += 1;

  // One more each, acknowledged at the last moment.
  await Promise.all([...games].map(async ([id, actions]) => actions.push(await register(second, id, 'p2'))));
  await end(first);
  for (const [id, actions] of games) {
    const after = await second.send('GET', `/v1/games/${id}`);
    const { game } = expectStatus(after, 200) as Game;
    assert.equal(after.headers['x-minotaur-owner'], second.id);
    assert.equal(after.headers['x-minotaur-member'], second.id);
    assert.equal(game.status, 'active');
    assert.equal(game.round, 1);
    const ids = Object.values(game.registeredActions).flatMap((list) => list.map((action) => action.id));
    assert.deepEqual(ids.sort(), actions.sort());

    // It is alive, not only readable.
    await register(second, id, 'p0');
  }
  return second;
}

async function moveManyTimes(t: TestContext, end: End): Promise<void> {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_DRAIN_MIN_MS: '50' } });
  let first = await cluster.addMember('m0');
  for (let run = 1; run <= runs; run++) first = await moveOnce(cluster, first, run, end);
}

test(`games outlive the planned stop of their member, ${runs} times out of ${runs}`, { timeout: 240_000 }, (t) =>
  moveManyTimes(t, async (first) => {
    assert.deepEqual(await first.terminate(), { code: 0, signal: null });
  }),
);

test(`games outlive the kill of their member, ${runs} times out of ${runs}`, { timeout: 240_000 }, (t) =>
  moveManyTimes(t, async (first) => {
    assert.equal((await first.kill()).signal, 'SIGKILL');
  }),
);
