/**
 * What a deploy costs: SIGTERM to a member that owns a third of 10,000 sessions, while clients play games that it owns.
 *
 * Method: 200 requests a second, half `get_game`, half `register_action`, spread over all three members whether or not the
 * answers keep up. Two seconds is the least that a draining member keeps its listener open (`drainMinMs`), so a load
 * balancer has to stop sending to it before: here after 1.5 s. No request is repeated; one that breaks or is not answered
 * with 200 has failed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../../test/support/wait.ts';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, type BenchMember } from '../support/bench-cluster.ts';

const sessions = 10_000;
const requestEveryMs = 5;
const lookEveryMs = 10;
const warmUpMs = 1_000;
const balancerNoticesMs = 1_500;
const watchedMs = 3_000;

export const drain: Bench = {
  name: 'drain',
  about: 'SIGTERM to one of three members that hold 10,000 sessions, under load',
  measures: [
    { name: 'all slots handed off', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 1_000 } },
    { name: 'slowest request', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 250 } },
    { name: 'failed requests', unit: '', target: { of: 'value', is: 'atMost', limit: 0, inEveryRun: true } },
  ],
  async run({ resources, progress }) {
    progress('starting 3 members');
    const cluster = await BenchCluster.start(resources, 3);
    progress('making 10,000 sessions');
    const ids = await cluster.createSessions(sessions);
    const leaver = cluster.member(0);
    const moving = await cluster.ownedBy(leaver, ids);
    const load = new Load(cluster.members, moving);
    resources.defer(() => load.stop());
    await delay(warmUpMs);
    load.reset();
    progress(`draining the owner of ${moving.length} sessions`);
    const startedAt = performance.now();
    leaver.process.child.signal('SIGTERM');
    void delay(balancerNoticesMs).then(() => load.avoid(leaver));
    await waitFor('it holds no slot', () => holdsNothing(leaver, cluster.member(1)), {
      everyMs: lookEveryMs,
      timeoutMs: 30_000,
    });
    const handedOffMs = performance.now() - startedAt;
    await delay(watchedMs - handedOffMs);
    await load.stop();
    for (const [failure, times] of load.failures) progress(`failed ${times} times: ${failure}`);
    return [{ value: handedOffMs }, { value: load.slowestMs }, { value: load.failed }];
  },
};

async function holdsNothing(leaver: BenchMember, observer: BenchMember): Promise<boolean> {
  const { members } = JSON.parse((await observer.http.get('/v1/cluster')).body) as {
    members: readonly { id: string; slots: number }[];
  };
  return (members.find(({ id }) => id === leaver.process.id)?.slots ?? 0) === 0;
}

/** Requests at a constant rate, each on its own; from its construction until `stop`. */
class Load {
  slowestMs = 0;
  failed = 0;
  /** What went wrong, and how often. */
  readonly failures = new Map<string, number>();
  readonly #open = new Set<Promise<void>>();
  readonly #gameIds: readonly string[];
  readonly #timer: NodeJS.Timeout;
  #gateways: readonly BenchMember[];
  #sent = 0;

  constructor(gateways: readonly BenchMember[], gameIds: readonly string[]) {
    this.#gateways = gateways;
    this.#gameIds = gameIds;
    const startedAt = performance.now();
    this.#timer = setInterval(() => {
      // A late timer is made up for: the rate is constant.
      while (this.#sent * requestEveryMs < performance.now() - startedAt) this.#send(this.#sent++);
    }, 1);
  }

  /** Forgets what was measured so far. */
  reset(): void {
    this.slowestMs = 0;
    this.failed = 0;
    this.failures.clear();
  }

  avoid(gateway: BenchMember): void {
    this.#gateways = this.#gateways.filter((each) => each !== gateway);
  }

  /** Sends no more; resolves when everything was answered or failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }

  #send(index: number): void {
    const gateway = this.#gateways[Math.floor(index / 2) % this.#gateways.length];
    const gameId = this.#gameIds[(index * 7) % this.#gameIds.length];
    if (gateway === undefined) return;
    const path = `/v1/games/${gameId}`;
    const action = { type: 'move', vector: { q: 1, r: 0 }, playerId: `p${index}` };
    const request = index % 2 === 0 ? gateway.http.get(path) : gateway.http.post(`${path}/actions`, action);
    const sentAt = performance.now();
    const answered = request
      .then(({ status, body }) => (status === 200 ? null : `${status} ${body}`))
      .catch(String)
      .then((failure) => {
        this.#open.delete(answered);
        this.slowestMs = Math.max(this.slowestMs, performance.now() - sentAt);
        if (failure === null) return;
        this.failed += 1;
        this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
      });
    this.#open.add(answered);
  }
}
