/**
 * Three members, 200 games, clients that write, retry and read through any of them, and every fault that a machine room
 * knows, one after the other in random order. Afterwards the history of every game is judged.
 *
 * The seed is printed; TEST_SEED repeats the choices (not the timing).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestCluster } from '../support/cluster.ts';
import { Load } from '../support/load.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { chooseSeed, type Random, seededRandom } from '../support/seeded.ts';
import { waitFor } from '../support/wait.ts';

const mischiefMs = 55_000;
const games = 200;
const clients = 48;

/** Waits until the others have taken every slot of `victim`. */
async function movedAway(cluster: TestCluster, victim: MemberProcess): Promise<void> {
  const observer = cluster.running.find((member) => member !== victim);
  assert.ok(observer);
  await cluster.waitForReport(
    observer,
    `no slot is left on ${victim.id}`,
    (report) => report.members.every(({ id, slots }) => id !== victim.id || slots === 0) && report.unowned === 0,
  );
}

type Fault = (cluster: TestCluster, victim: MemberProcess, next: () => string) => Promise<void>;

const faults: Record<string, Fault> = {
  'kill and restart': async (_, victim) => {
    await victim.kill();
    victim.start();
  },
  'kill and leave away for a while': async (cluster, victim) => {
    await victim.kill();
    await movedAway(cluster, victim);
    victim.start();
  },
  pause: async (cluster, victim) => {
    victim.pause();
    await movedAway(cluster, victim);
    victim.resume();
  },
  'drain and replace': async (cluster, victim, next) => {
    const exited = victim.terminate();
    await cluster.addMember(next());
    assert.deepEqual(await exited, { code: 0, signal: null });
  },
  'NATS refuses one member': async (cluster, victim) => {
    await victim.network('refused');
    await movedAway(cluster, victim);
    await victim.network('open');
  },
  'packets to and from NATS are lost for one member': async (cluster, victim) => {
    await victim.network('blackhole');
    await movedAway(cluster, victim);
    await victim.network('open');
  },
  'NATS is killed and restarted': async (cluster) => {
    await cluster.nats.killAll();
    await cluster.nats.startAll();
  },
  'NATS is away for longer than a member may be silent': async (cluster, victim) => {
    await cluster.nats.killAll();
    await waitFor('readiness is taken back', async () => (await victim.send('GET', '/readyz')).status === 503, {
      timeoutMs: 45_000,
    });
    await cluster.nats.startAll();
  },
};

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

test('nothing acknowledged is lost, doubled or out of order, whatever happens', { timeout: 200_000 }, async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`TEST_SEED=${seed}`);
  const random = seededRandom(seed);
  const cluster = await TestCluster.start(t);
  await cluster.addMembers('m1', 'm2', 'm3');
  await cluster.settled();
  const load = await Load.start({ games, clients, pick: cluster.anyone, random, thinkMs: 30 });

  let members = 3;
  const until = performance.now() + mischiefMs;
  const done = new Set<string>();
  for (let turn = 0; performance.now() < until || done.size < Object.keys(faults).length; turn++) {
    for (const [name, fault] of shuffled(Object.entries(faults), random)) {
      if (turn > 0 && performance.now() >= until) break;
      const victim = cluster.running[Math.floor(random() * cluster.running.length)];
      assert.ok(victim);
      const began = performance.now();
      await fault(cluster, victim, () => `m${++members}`);
      await Promise.all(cluster.running.map((member) => member.ready()));
      await cluster.settled();
      done.add(name);
      t.diagnostic(`${name} (${victim.id}): ${Math.round(performance.now() - began)} ms`);
    }
  }

  await load.stop();
  const commands = load.games.flatMap(({ history }) => history.commands);
  const unknown = commands.filter(({ results }) => results.length === 0).length;
  t.diagnostic(`${load.answered} operations, ${commands.length} commands, ${unknown} with unknown outcome`);
  assert.deepEqual(await load.verdict(cluster.anyone), []);
  assert.ok(load.answered > 5_000, `the load was too small to say anything: ${load.answered}`);
  assert.ok(unknown <= commands.length / 100, `too many commands without an answer: ${unknown}`);
});
