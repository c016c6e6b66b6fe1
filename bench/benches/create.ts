/**
 * How fast sessions are made: 10,000 calls of `continue_game`, 64 at a time, through three members.
 */
import type { Bench } from '../support/bench.ts';
import { BenchCluster } from '../support/bench-cluster.ts';

const sessions = 10_000;

export const create: Bench = {
  name: 'create',
  about: '10,000 sessions are made through three members',
  measures: [{ name: '10,000 × continue_game', unit: 'ms', target: { of: 'value', is: 'atMost', limit: 5_000 } }],
  async run({ resources, progress }) {
    progress('starting 3 members');
    const cluster = await BenchCluster.start(resources, 3);
    progress('making 10,000 sessions');
    const startedAt = performance.now();
    await cluster.createSessions(sessions);
    return [{ value: performance.now() - startedAt }];
  },
};
