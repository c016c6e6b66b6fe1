/**
 * After how many seeds a deliberate defect is caught.
 *
 * Role: what shows that the simulation would find mistakes of that kind. One thread for each defect, one seed after another, so that the
 * answer is always the same; several defects are tried at once.
 * Invariant: a seed that fails without the defect, too, proves nothing and is passed over.
 */
import type { Violation } from '../world/witness.ts';
import { Fleet, firstViolation } from './fleet.ts';
import { plansFrom } from './seeds.ts';

export interface Caught {
  readonly seed: number;
  /** How many seeds it took, that one included. */
  readonly seeds: number;
  readonly violation: Violation;
}

export interface CatchOptions {
  readonly base?: number;
  readonly mostSeeds?: number;
  readonly signal?: AbortSignal;
}

/** Every defect must be caught within so many seeds from here on. */
export const DEFECT_BASE = 1;
export const DEFECT_SEEDS = 500;

/** Null: it was not caught. Rejects if the defect does not fit src any more. */
export async function catchDefect(
  defect: string,
  { base = DEFECT_BASE, mostSeeds = DEFECT_SEEDS, signal }: CatchOptions = {},
): Promise<Caught | null> {
  await using fleet = new Fleet({ defect, workers: 1, signal });
  await using sound = new Fleet({ workers: 1, signal });
  let seeds = 0;
  for await (const { plan, outcome } of fleet.runAll(plansFrom(base, mostSeeds))) {
    seeds += 1;
    const violation = firstViolation(outcome);
    if (violation === null) continue;
    const without = await sound.run(plan);
    if (without?.outcome.violations.length === 0) return { seed: plan.seed, seeds, violation };
  }
  return null;
}
