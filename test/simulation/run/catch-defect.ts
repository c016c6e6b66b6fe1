/**
 * After how many seeds a deliberate defect is caught.
 *
 * Role: what shows that the simulation would find mistakes of that kind. One thread for each defect, one seed after another, so that the
 * answer is always the same; several defects are tried at once.
 * Invariant: a seed that fails without the defect, too, proves nothing and is passed over.
 */
import type { Plan } from '../world/plan.ts';
import type { Violation } from '../world/witness.ts';
import { Fleet, firstViolation } from './fleet.ts';
import { plansFrom } from './seeds.ts';

export interface Caught {
  readonly seed: number;
  /** How many seeds it took, that one included. */
  readonly seeds: number;
  readonly violation: Violation;
}

/** The code as it is, for whoever tries defects on it: loaded once, and asked for one seed after another. */
export class SoundCode implements AsyncDisposable {
  readonly #fleet: Fleet;
  #last: Promise<unknown> = Promise.resolve();

  constructor(signal?: AbortSignal) {
    this.#fleet = new Fleet({ workers: 1, signal });
  }

  /** Whether the plan breaks nothing; false too if it was ended before. */
  stands(plan: Plan): Promise<boolean> {
    const run = this.#last.then(() => this.#fleet.run(plan));
    this.#last = run.catch(() => undefined);
    return run.then((without) => without?.outcome.violations.length === 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#fleet[Symbol.asyncDispose]();
  }
}

export interface CatchOptions {
  readonly sound: SoundCode;
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
  { sound, base = DEFECT_BASE, mostSeeds = DEFECT_SEEDS, signal }: CatchOptions,
): Promise<Caught | null> {
  await using fleet = new Fleet({ defect, workers: 1, signal });
  let seeds = 0;
  for await (const { plan, outcome } of fleet.runAll(plansFrom(base, mostSeeds))) {
    seeds += 1;
    const violation = firstViolation(outcome);
    if (violation === null) continue;
    if (await sound.stands(plan)) return { seed: plan.seed, seeds, violation };
  }
  return null;
}
