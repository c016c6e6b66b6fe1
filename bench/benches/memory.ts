/**
 * What a bare session costs a member: while it is in memory, and when it is listed only.
 *
 * Method: one member. Its heap, after all garbage was collected, with no session, with 50,000 that were taken over at its start, and with
 * the same when they were idle for so long that they left memory.
 */
import { waitFor } from '../../test/support/wait.ts';
import type { Bench } from '../support/bench.ts';
import { BenchCluster, type BenchMember } from '../support/bench-cluster.ts';

const sessions = 50_000;
const collector = new URL('../programs/collect-on-signal.ts', import.meta.url).href;

export const memory: Bench = {
  name: 'memory',
  about: 'what 50,000 sessions of one member occupy, in memory and listed only',
  measures: [
    { name: 'heap of a session in memory', unit: 'B', target: { of: 'value', is: 'atMost', limit: 5_000 } },
    { name: 'resident size of a session in memory', unit: 'B', target: { of: 'value', is: 'atMost', limit: 10_000 } },
    { name: 'heap of a session that is listed only', unit: 'B', target: { of: 'value', is: 'atMost', limit: 300 } },
  ],
  async run({ resources, progress }) {
    progress('starting a member');
    const cluster = await BenchCluster.start(resources, 1);
    const member = cluster.member(0);
    const empty = await restarted(member, 0, {});
    progress('making 50,000 sessions');
    await cluster.createSessions(sessions);
    const full = await restarted(member, sessions, { MINOTAUR_IDLE_MS: '20000' });
    progress('waiting until they have left memory');
    const listed = await idle(member, full);
    const each = (bytes: number) => ({ value: bytes / sessions });
    return [each(full.heapUsed - empty.heapUsed), each(full.rss - empty.rss), each(listed.heapUsed - empty.heapUsed)];
  },
};

interface Use {
  readonly heapUsed: number;
  readonly rss: number;
}

async function restarted(member: BenchMember, count: number, extra: Readonly<Record<string, string>>): Promise<Use> {
  const { process } = member;
  await process.terminate();
  process.start({ ...extra, NODE_OPTIONS: `--import ${collector}` });
  await process.ready(60_000);
  await settled(member, count);
  return collected(process);
}

/** Every session is in memory that will be. */
async function settled({ process }: BenchMember, count: number): Promise<void> {
  const isLoaded = async () => {
    const { text } = await process.send('GET', '/metrics', { token: null });
    const claimed = [...text.matchAll(/^minotaur_claims_total\{.*\} (\d+)$/gm)].map(([, claims]) => Number(claims));
    return claimed.reduce((sum, claims) => sum + claims, 0) >= count && /^minotaur_loads 0$/m.test(text);
  };
  await waitFor('nothing is being loaded', isLoaded, { timeoutMs: 120_000, everyMs: 200 });
}

/** What is used when it falls no more. */
async function idle({ process }: BenchMember, full: Use): Promise<Use> {
  let last = full;
  const look = async () => {
    const before = last;
    last = await collected(process);
    const hasLeft = full.heapUsed - last.heapUsed > sessions * 2_000;
    return hasLeft && last.heapUsed > before.heapUsed * 0.99 ? last : null;
  };
  return waitFor('all have left memory', look, { timeoutMs: 300_000, everyMs: 5_000 });
}

async function collected({ child }: BenchMember['process']): Promise<Use> {
  const before = child.output.length;
  child.signal('SIGUSR2');
  const line = () => /collected (\{.*\})/.exec(child.output.slice(before))?.[1] ?? null;
  return JSON.parse(await waitFor('garbage is collected', line, { timeoutMs: 30_000 })) as Use;
}
