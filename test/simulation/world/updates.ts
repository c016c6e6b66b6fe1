/**
 * Worlds in which one version is replaced by the next one, and operators finalize.
 *
 * Role: makes such a plan of any other one, with a stream of randomness of its own, so that all other plans stay as they are.
 */
import type { Random } from '../../support/seeded.ts';
import type { Fault } from './fault.ts';
import type { Plan } from './plan.ts';
import { clipped, FIRST_FAULT_MS } from './profiles.ts';
import { between, chance, pick } from './streams.ts';

/** Longer than any world lasts: then nothing but finalizing shuts older members out. */
const NEVER_MS = 7_200_000;

/** Kinds of faults that only `withUpdates` draws. */
export type UpdateKind = 'roll' | 'finalize';

/**
 * The cluster is of the first version, and all members are, until they are replaced. What a store forgets, and what a watch skips for good, is left
 * out: nobody promises anything of versions there (docs/adr/0067-finalize.md). So are jumps of the store's clock: whoever knew of one is replaced.
 */
export function withUpdates(plan: Plan, random: Random): Plan {
  const gameRollbackMs = chance(random, 0.5) ? NEVER_MS : null;
  const ids = plan.machines.map(({ id }) => id);
  const kept = plan.faults.filter(
    (fault) =>
      fault.kind !== 'storeClock' &&
      !(fault.kind === 'natsRestart' && fault.lostMs > 0) &&
      !(fault.kind === 'watchSkip' && fault.bucket === 'members'),
  );
  return {
    ...plan,
    writtenVersion: 1,
    machines: plan.machines.map((machine) => ({
      ...machine,
      stateVersion: 1,
      settings: { ...machine.settings, ...(gameRollbackMs !== null && { gameRollbackMs }) },
    })),
    faults: [...kept, ...drawUpdates(random, ids, plan.calmFrom)].sort((one, other) => one.at - other.at),
  };
}

/** Whether operators finalize in a world. */
export function isUpdated({ faults }: Pick<Plan, 'faults'>): boolean {
  return faults.some(({ kind }) => kind === 'finalize');
}

/**
 * Members roll forth and back between two versions, operators finalize, some of them killed half way, two at once; meanwhile replicas that lag
 * show the record of the cluster as it was, and writes of it come late.
 */
function drawUpdates(random: Random, ids: readonly string[], until: number): readonly Fault[] {
  const faults: Fault[] = [];
  const forth = pick(random, [0.5, 0.8, 0.95]);
  for (let at = FIRST_FAULT_MS; at < until - 1_000; at += between(random, 300, 3_000)) {
    const to = chance(random, forth) ? 2 : 1;
    const restartMs = Math.round(between(random, 1, 500));
    faults.push({ at: Math.round(at), kind: 'roll', member: pick(random, ids), to, restartMs });
  }
  for (let left = 2 + Math.floor(random() * 5); left > 0; left -= 1) {
    const at = Math.round(between(random, FIRST_FAULT_MS, until));
    for (let calls = chance(random, 0.3) ? 2 : 1; calls > 0; calls -= 1) {
      const killAfterMs = chance(random, 0.3) ? Math.round(random() * 7_000) : null;
      faults.push({ at, kind: 'finalize', takeBack: chance(random, 0.1), killAfterMs });
    }
    // A member of the older version comes just when older ones are shut out, which takes a while.
    if (chance(random, 0.5)) {
      const comes = Math.round(at - between(random, 0, 300));
      faults.push({ at: comes, kind: 'roll', member: pick(random, ids), to: 1, restartMs: 1 });
    }
    const members = { at, bucket: 'members', ms: Math.round(between(random, 500, 6_000)), probability: 0.3 } as const;
    // Not longer than finalize waits for members that were shown the record as it was.
    const slow: Fault = chance(random, 0.5)
      ? { ...members, kind: 'staleReads', lagMs: 4_000 }
      : { ...members, kind: 'lateWrites', lateMs: 4_000 };
    faults.push(clipped(slow, until));
  }
  return faults;
}
