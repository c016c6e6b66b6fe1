/**
 * How long sessions are away when their member dies: kill -9 of one of three members, 10,000 bare sessions, default settings.
 *
 * Method: from the kill on, 64 clients ask for every game that the victim owned, through the two survivors; each game is
 * asked for until a survivor answers as its owner.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, type BenchMember, clients } from '../support/bench-cluster.ts';
import { inParallel } from '../support/parallel.ts';

const sessions = 10_000;
/** Between two questions for the same game. */
const againMs = 5;
const giveUpMs = 60_000;

export const takeover: Bench = {
  name: 'takeover',
  about: 'kill -9 of one of three members that hold 10,000 sessions',
  measures: [
    { name: 'first session answers', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 100 } },
    { name: 'every session has answered', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 1_200 } },
  ],
  async run({ resources, progress }) {
    progress('starting 3 members');
    const cluster = await BenchCluster.start(resources, 3);
    progress('making 10,000 sessions');
    const ids = await cluster.createSessions(sessions);
    const victim = cluster.member(0);
    const survivors = [cluster.member(1), cluster.member(2)] as const;
    const orphans = await cluster.ownedBy(victim, ids);
    await readAll(orphans.slice(0, 10 * clients), survivors, victim.process.id);
    progress(`killing the owner of ${orphans.length} sessions`);
    const killedAt = performance.now();
    void victim.process.kill();
    const answeredAt = await readAll(orphans, survivors);
    return [{ value: Math.min(...answeredAt) - killedAt }, { value: Math.max(...answeredAt) - killedAt }];
  },
};

/** When each game was answered on behalf of one of `gateways`, or, for a rehearsal, of `owner`. */
async function readAll(
  gameIds: readonly string[],
  gateways: readonly [BenchMember, BenchMember],
  owner?: string,
): Promise<number[]> {
  const owners = owner === undefined ? gateways.map(({ process }) => process.id) : [owner];
  const giveUpAt = performance.now() + giveUpMs;
  const answeredAt: number[] = [];
  await inParallel(gameIds, clients, async (id, index) => {
    const gateway = gateways[index % 2 === 0 ? 0 : 1];
    for (;;) {
      const { status, header } = await gateway.http.get(`/v1/games/${id}`);
      if (status === 200 && owners.includes(header('x-minotaur-owner') ?? '')) break;
      if (performance.now() > giveUpAt) throw new Error(`game ${id} is not back: ${status}`);
      await delay(againMs);
    }
    answeredAt.push(performance.now());
  });
  return answeredAt;
}
