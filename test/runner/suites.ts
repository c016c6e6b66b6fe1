/**
 * The suites: which there are, what each needs, and which of its files may run beside others.
 *
 * Invariant: every file that is named here exists (test/unit/dev/test-suites.test.ts).
 */
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface Suite {
  readonly name: string;
  readonly about: string;
  /** Files at once. */
  readonly atOnce: number;
  /** Real members on a real NATS; they serve the pages as their sources are. */
  readonly needsNats: boolean;
  readonly needsBrowser?: boolean;
  /** A test that takes longer has failed. */
  readonly timeoutMs: number;
  /** Files that share one process, which loads once what they test. Default 1. */
  readonly perProcess?: number;
  /** Files that take longest: they begin first, each in its own process, so that none of them is left over at the end. */
  readonly longest?: readonly string[];
  /** Files that run while nothing else does, each with the reason: they measure, or starve the machine on purpose. */
  readonly alone?: Readonly<Record<string, string>>;
}

export const root = join(import.meta.dirname, '../..');

export const suites: readonly Suite[] = [
  {
    name: 'unit',
    about: 'rules, protocols, edge: no network',
    atOnce: availableParallelism(),
    needsNats: false,
    timeoutMs: 60_000,
    perProcess: 20,
    longest: [
      'test/unit/games/check-game/check-game.test.ts',
      'test/unit/client/build.test.ts',
      'test/unit/rules-hold.test.ts',
      'test/unit/dev/prepare.test.ts',
      'test/unit/dev/test-runner.test.ts',
    ],
  },
  {
    name: 'simulation',
    about: 'whole clusters on a simulated clock',
    // Most files use all cores by themselves; those that are one long history use one, and another file the others.
    atOnce: 2,
    needsNats: false,
    timeoutMs: 1_200_000,
  },
  { name: 'contract', about: 'ports against a real NATS', atOnce: 1, needsNats: true, timeoutMs: 120_000 },
  {
    name: 'fuzz',
    about: 'requests and frames, right and almost right',
    atOnce: 1,
    needsNats: true,
    timeoutMs: 300_000,
  },
  {
    name: 'cluster',
    about: 'real members, killed and cut off',
    // Tests of real processes wait for most of their time: leases, probes, rounds. More at once, and members begin too slowly for some.
    atOnce: 2,
    needsNats: true,
    timeoutMs: 300_000,
    longest: [
      'test/cluster/bots.test.ts',
      'test/cluster/doctor-causes.test.ts',
      'test/cluster/rollout.test.ts',
      'test/cluster/origin.test.ts',
      'test/cluster/doctor.test.ts',
      'test/cluster/gameday.test.ts',
      'test/cluster/edge-cases.test.ts',
      'test/cluster/kubernetes-nats.test.ts',
      'test/cluster/chaos.test.ts',
      'test/cluster/nats-security.test.ts',
      'test/cluster/start.test.ts',
      'test/cluster/operator.test.ts',
      'test/cluster/nats-cut-off.test.ts',
    ],
    alone: {
      'test/cluster/edge/starved.test.ts': 'takes all that the machine has, and promises that nobody is expelled',
      'test/cluster/edge/floods.test.ts': 'takes all that the machine has, and measures how others are served',
      'test/cluster/hostile-game.test.ts': 'keeps a core busy, and measures how long other games wait',
    },
  },
  {
    name: 'browser',
    about: 'the pages, in a browser, on a real cluster',
    atOnce: 1,
    needsNats: true,
    needsBrowser: true,
    timeoutMs: 120_000,
  },
];

export function filesOf({ name }: Suite): readonly string[] {
  return globSync(`test/${name}/**/*.test.ts`, { cwd: root }).sort();
}
