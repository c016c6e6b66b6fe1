/**
 * Batches of cases against a cluster: all lanes at once, and a look at every member after each batch.
 *
 * Role: what the suite and `npm run fuzz` have in common. A batch has one seed, and games of its own: `--seed` with that seed runs it again.
 * Invariants:
 *  - A case that fails is made as small as it gets before it is told.
 *  - Whatever a member did wrong beside its answers (died, grew, logged) is told with the batch that was under way.
 */
import fc from 'fast-check';
import { Control } from './control.ts';
import type { FuzzCluster } from './fuzz-cluster.ts';
import type { Lane } from './lane.ts';
import { RequestLane } from './requests.ts';
import { SocketLane } from './sockets.ts';
import { Stage } from './stage.ts';
import type { Totals } from './totals.ts';
import { WireLane } from './wire.ts';

/** Cases on the games of one stage: more would find them all erased. */
export const batchCases = 250;
/** Of a batch. */
const shares = { requests: 0.7, sockets: 0.15, wire: 0.15 } as const;
/** How often it is told what members take. */
const tellEveryMs = 60_000;
/** For making a failing case smaller. */
const longestBatchMs = 90_000;
const seeds = 2 ** 31;

interface Options {
  readonly cluster: FuzzCluster;
  readonly totals: Totals;
  readonly seed: number;
  readonly cases: number;
  /** Goes on after a batch that failed. */
  readonly keepsGoing?: boolean;
  /** Told at once of what was found. */
  readonly onFailure: (text: string) => void;
  /** Told once a minute what members take: what grows without end shows there. */
  readonly onMinute?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Runs them all, or up to the first batch that fails. The last line for people is the control client's. */
export async function campaign({
  cluster,
  totals,
  seed,
  cases,
  keepsGoing,
  onFailure,
  onMinute,
  signal,
}: Options): Promise<string> {
  const lanes = [
    checked(cluster, new RequestLane(cluster, totals), shares.requests),
    checked(cluster, new SocketLane(cluster, totals), shares.sockets),
    checked(cluster, new WireLane(cluster, totals), shares.wire),
  ];
  await using control = new Control(cluster);
  let tellAt = performance.now() + tellEveryMs;
  try {
    for (let batch = 0; totals.cases < cases && !signal?.aborted; batch += 1) {
      const batchSeed = (seed + batch) % seeds;
      const count = Math.min(batchCases, cases - totals.cases);
      const stage = await Stage.build(cluster);
      const found = await Promise.all(lanes.map((lane) => lane.check(stage, batchSeed, Math.ceil(count * lane.share))));
      totals.cases += count;
      const failures = [...found.flat(), ...(await cluster.complaints(stage.secrets)), ...control.takeComplaints()];
      totals.failures += failures.length;
      const again = `--seed ${batchSeed} --cases ${count} --game ${cluster.chosen}`;
      for (const failure of failures) onFailure(`${failure}\nagain: npm run fuzz -- ${again}\n`);
      if (onMinute !== undefined && cluster.isWhole && performance.now() >= tellAt) {
        tellAt += tellEveryMs;
        onMinute(`${totals.line}; ${await cluster.take()}`);
      }
      if (failures.length > 0 && (!keepsGoing || !cluster.isWhole)) break;
    }
  } finally {
    for (const lane of lanes) lane.close();
  }
  return control.line();
}

/** A lane, whatever its cases are. */
function checked<Case>(cluster: FuzzCluster, lane: Lane<Case>, share: number) {
  return {
    share,
    check: (stage: Stage, seed: number, cases: number) => runLane(cluster, lane, stage, seed, cases),
    close: () => lane.close(),
  };
}

/** What was found, as text. */
async function runLane<Case>(
  cluster: FuzzCluster,
  lane: Lane<Case>,
  stage: Stage,
  seed: number,
  numRuns: number,
): Promise<string[]> {
  const property = fc.asyncProperty(lane.cases, async (sent) => {
    // Nothing can be made smaller with what killed a member.
    fc.pre(cluster.isWhole);
    try {
      await lane.run(sent, stage);
    } catch (error) {
      await cluster.settle();
      throw error;
    }
  });
  const details = await fc.check(property, {
    seed,
    numRuns,
    interruptAfterTimeLimit: longestBatchMs,
    markInterruptAsFailure: true,
  });
  if (!details.failed) return [];
  if (details.counterexample === null && !cluster.isWhole) return [];
  if (details.counterexample === null) return [`${lane.name}: ${numRuns} cases take longer than ${longestBatchMs} ms`];
  const { counterexample, errorInstance, numShrinks } = details;
  const message = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return [`${lane.name}: ${message}\nsmallest case (${numShrinks} times smaller): ${fc.stringify(counterexample[0])}`];
}
