/**
 * How long everything is away when everything is: all three members of 100,000 bare sessions are stopped, or killed, and
 * started again.
 *
 * Method: measured from the start of the first process. *Ready* are all three; then 64 clients read every tenth session, through whichever
 * member is next: a load balancer sends nobody before. NATS stays.
 */
import type { Bench, Reading } from '../support/bench.ts';
import { BenchCluster, clients } from '../support/bench-cluster.ts';
import { inParallel } from '../support/parallel.ts';

const sessions = 100_000;
const readEvery = 10;

export const restart: Bench = {
  name: 'restart',
  about: 'all members of 100,000 sessions are stopped, then killed, and started again',
  measures: [
    { name: 'stopped: all are ready', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 5_000 } },
    { name: 'stopped: 10,000 are read', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 10_000 } },
    { name: 'killed: all are ready', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 5_000 } },
    { name: 'killed: 10,000 are read', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 10_000 } },
  ],
  async run({ resources, progress }) {
    progress('starting 3 members');
    const cluster = await BenchCluster.start(resources, 3);
    progress('making 100,000 sessions');
    const ids = await cluster.createSessions(sessions);
    progress('stopping all members');
    await Promise.all(cluster.members.map(({ process }) => process.terminate()));
    const stopped = await startAndRead(cluster, ids);
    progress('killing all members');
    await Promise.all(cluster.members.map(({ process }) => process.kill()));
    return [...stopped, ...(await startAndRead(cluster, ids))];
  },
};

async function startAndRead(cluster: BenchCluster, ids: readonly string[]): Promise<readonly Reading[]> {
  const startedAt = performance.now();
  for (const { process } of cluster.members) process.start();
  await Promise.all(cluster.members.map(({ process }) => process.ready(60_000)));
  const readyMs = performance.now() - startedAt;
  const asked = ids.filter((_, index) => index % readEvery === 0);
  await inParallel(asked, clients, async (id, index) => {
    const { status } = await cluster.member(index).http.get(`/v1/games/${id}`);
    if (status !== 200) throw new Error(`game ${id} is answered ${status} by a member that is ready`);
  });
  return [{ value: readyMs }, { value: performance.now() - startedAt }];
}
