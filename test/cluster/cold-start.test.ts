/**
 * Everything stops, planned or not, and starts again: what was acknowledged is back, and rounds whose time came in the
 * meantime end, once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

const ids = ['a', 'b', 'c'];
const plainGames = 40;
const overdueGames = 20;
const roundMs = 8_000;

async function stopAndStartAgain(cluster: TestCluster, stopAll: () => Promise<void>): Promise<void> {
  const members = await cluster.addMembers(...ids);
  await cluster.settled();
  const roundEnd = Date.now() + roundMs;
  const plain = Array.from({ length: plainGames }, (_, index) => RecordedGame.start(cluster.anyone, `P${index}`));
  const overdue = Array.from({ length: overdueGames }, (_, index) =>
    RecordedGame.start(cluster.anyone, `O${index}`, roundEnd),
  );
  const games = await Promise.all([...plain, ...overdue]);
  await Promise.all(
    games.map(async (game) => {
      const first = await game.register(cluster.anyone, 'p0');
      await game.register(cluster.anyone, 'p1');
      if (first !== null) await game.retract(cluster.anyone, first);
      await game.register(cluster.anyone, 'p0');
    }),
  );

  await stopAll();
  assert.ok(Date.now() < roundEnd, 'the machine is too slow for this test: the rounds ended before the stop');
  await waitFor('the time of the short rounds comes', () => Date.now() > roundEnd, { timeoutMs: roundMs });

  for (const member of members) member.start();
  await Promise.all(members.map((member) => member.ready()));
  await cluster.settled();
  const readEach = async (id: string) => {
    const reply = await members[0]?.send('GET', `/v1/games/${id}`);
    return expectStatus(reply ?? null, 200) as { game: { round: number } };
  };
  for (const game of games) await readEach(game.id);
  await waitFor('every overdue round has ended', async () => {
    const rounds = await Promise.all(games.slice(plainGames).map(async ({ id }) => (await readEach(id)).game.round));
    return rounds.every((round) => round >= 2);
  });
  const problems = (await Promise.all(games.map((game) => game.verdict(cluster.anyone)))).flat();
  assert.deepEqual(problems, []);
}

test('all members stop by SIGTERM and start again', { timeout: 90_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  await stopAndStartAgain(cluster, async () => {
    const exits = await Promise.all(cluster.running.map((member) => member.terminate()));
    for (const exit of exits) assert.deepEqual(exit, { code: 0, signal: null });
  });
});

test('all members are killed and start again', { timeout: 90_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  await stopAndStartAgain(cluster, () => cluster.killAll());
});
