/**
 * Three NATS servers, every bucket replicated three times: the server that leads the sessions is killed under load.
 * Nothing acknowledged is lost, and everything resumes without anybody's help.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestCluster } from '../support/cluster.ts';
import { Load } from '../support/load.ts';
import { chooseSeed, seededRandom } from '../support/seeded.ts';
import { waitFor } from '../support/wait.ts';

test('the stream leader of three NATS servers is killed under load, twice', { timeout: 150_000 }, async (t) => {
  const cluster = await TestCluster.start(t, { natsServers: 3 });
  await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const load = await Load.start({
    games: 60,
    clients: 24,
    pick: cluster.anyone,
    random: seededRandom(chooseSeed()),
    thinkMs: 30,
  });

  for (let turn = 1; turn <= 2; turn++) {
    const before = load.answered;
    await waitFor('the load flows', () => load.answered > before + 100);
    const leader = await waitFor('the sessions have a leader', () =>
      cluster.nats.leaderOf(`${cluster.namespace}_sessions`),
    );
    const killedAt = performance.now();
    await leader.kill();
    await waitFor(
      'another server leads the sessions',
      async () => {
        const next = await cluster.nats.leaderOf(`${cluster.namespace}_sessions`);
        return next !== null && next !== leader;
      },
      { timeoutMs: 30_000 },
    );
    const resumed = load.answered;
    await waitFor('the load flows again', () => load.answered > resumed + 200, { timeoutMs: 30_000 });
    t.diagnostic(
      `turn ${turn}: flowing ${Math.round(performance.now() - killedAt)} ms after the kill of ${leader.name}`,
    );
    await cluster.nats.startAll();
    await cluster.settled();
  }

  await load.stop();
  assert.deepEqual(await load.verdict(cluster.anyone), []);
});
