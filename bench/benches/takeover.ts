/**
 * How long sessions are away when their member dies: kill -9 of one of three members, bare sessions, default settings.
 *
 * Method: from the kill on, 64 clients ask for every game that the victim owned, through the two survivors; each game is
 * asked for until a survivor answers as its owner.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, type BenchMember, clients } from '../support/bench-cluster.ts';
import { inParallel } from '../support/parallel.ts';

/** Between two questions for the same game. */
const againMs = 5;
const giveUpMs = 60_000;

export const takeover = takeoverOf('takeover', 10_000, { firstMs: 100, allMs: 1_200 });
export const takeoverOfMany = takeoverOf('takeover-50k', 50_000, { firstMs: 200, allMs: 5_000 });

function takeoverOf(
  name: string,
  sessions: number,
  limit: { readonly firstMs: number; readonly allMs: number },
): Bench {
  const count = sessions.toLocaleString('en');
  return {
    name,
    about: `kill -9 of one of three members that hold ${count} sessions`,
    measures: [
      { name: 'first session answers', unit: 'ms', target: { of: 'value', is: 'atMost', limit: limit.firstMs } },
      { name: 'every session has answered', unit: 'ms', target: { of: 'value', is: 'atMost', limit: limit.allMs } },
    ],
    async run({ resources, progress }) {
      progress('starting 3 members');
      const cluster = await BenchCluster.start(resources, 3);
      progress(`making ${count} sessions`);
      const ids = await cluster.createSessions(sessions);
      const victim = cluster.member(0);
      const survivors = [cluster.member(1), cluster.member(2)] as const;
      const orphans = await cluster.ownedBy(victim, ids);
      await readAll(orphans.slice(0, 10 * clients), survivors, victim.process.id);
      progress(`killing the owner of ${orphans.length} sessions`);
      const killedAt = performance.now();
      void victim.process.kill();
      const answeredAt = await readAll(orphans, survivors);
      const [first = Number.NaN] = answeredAt;
      return [{ value: first - killedAt }, { value: (answeredAt.at(-1) ?? first) - killedAt }];
    },
  };
}

/** When the games were answered, the first one first, on behalf of one of `gateways`, or, for a rehearsal, of `owner`. */
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
