/**
 * Deployment: all three members are replaced one after the other while clients play over HTTP (keep-alive, through a
 * balancer that obeys `/readyz`, without a single retry) and over WebSockets (that follow `reconnect`). Nobody may notice.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Balancer } from '../support/balancer.ts';
import { TestCluster } from '../support/cluster.ts';
import { ImpatientLoad, socketProblems } from '../support/impatient-load.ts';

/** Replaces all three: one restarts under its id, one is succeeded after its end, one is replaced by a surge. */
async function replaceAll(t: TestContext, cluster: TestCluster): Promise<void> {
  for (const [index, member] of cluster.running.entries()) {
    const began = performance.now();
    if (index === 1) await cluster.addMember('surge');
    assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    if (index === 0) {
      member.start();
      await member.ready();
    }
    if (index === 2) await cluster.addMember('successor');
    t.diagnostic(`replaced ${member.id} in ${Math.round(performance.now() - began)} ms`);
  }
}

test('a rolling replacement under load fails no request', { timeout: 120_000 }, async (t) => {
  const environment = { MINOTAUR_DRAIN_MIN_MS: '1000' };
  const cluster = await TestCluster.start(t, { environment });
  await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const balancer = new Balancer(() => cluster.running);
  await balancer.start();
  t.after(() => balancer.stop());
  const load = await ImpatientLoad.start({ games: 30, httpClients: 24, picks: [balancer.pick], thinkMs: 15 });
  t.after(() => load.close());

  await replaceAll(t, cluster);
  await load.stop();
  t.diagnostic(
    `${load.answered} requests, ${load.failures.length} failed, the slowest took ${load.slowestMs.toFixed()} ms`,
  );
  assert.deepEqual(load.failures, []);
  assert.ok(load.answered > 2_000, `the load was too small to say anything: ${load.answered}`);
  assert.deepEqual(socketProblems(load.sockets), []);
  assert.ok(
    load.sockets.some(({ closes }) => closes.length > 0),
    'no socket was ever sent elsewhere',
  );
});
