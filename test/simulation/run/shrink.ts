/**
 * The smallest schedule of faults that still breaks a promise.
 *
 * Role: makes a failing seed readable. The rest of the plan stays: what each part of a world draws does not depend on its faults.
 * Method: delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002): leave out ever smaller
 * pieces, and keep what is left whenever that still fails. At the end every single fault was left out in vain.
 */
import type { Fault } from '../world/fault.ts';
import type { Plan } from '../world/plan.ts';
import type { Outcome } from '../world/world.ts';

export interface ShrinkOptions {
  /** The promise that must still be broken. */
  readonly promise: string;
  /** Null: stop here. */
  readonly run: (plan: Plan) => Promise<Outcome | null>;
  /** At most so many runs (default 200). */
  readonly mostRuns?: number;
  readonly progress?: (so: Progress) => void;
}

export interface Progress {
  /** Faults left. */
  readonly faults: number;
  readonly runs: number;
}

export interface Shrunk {
  readonly plan: Plan;
  readonly runs: number;
  /** Without any one of its faults the promise holds. False: it was stopped before that was known. */
  readonly isMinimal: boolean;
}

const MOST_RUNS = 200;

export async function shrink(
  plan: Plan,
  { promise, run, mostRuns = MOST_RUNS, progress }: ShrinkOptions,
): Promise<Shrunk> {
  /** Schedules in which the promise held. */
  const held = new Set<string>();
  let faults = plan.faults;
  let runs = 0;
  let isStopped = false;

  const stillFails = async (fewer: readonly Fault[]): Promise<boolean> => {
    const key = JSON.stringify(fewer);
    if (isStopped || held.has(key)) return false;
    const outcome = runs < mostRuns ? await run({ ...plan, faults: fewer }) : null;
    if (outcome === null) isStopped = true;
    else runs += 1;
    progress?.({ faults: faults.length, runs });
    if (outcome?.violations.some((violation) => violation.promise === promise)) return true;
    held.add(key);
    return false;
  };
  const firstToFail = async (candidates: readonly (readonly Fault[])[]): Promise<readonly Fault[] | null> => {
    for (const fewer of candidates) if (await stillFails(fewer)) return fewer;
    return null;
  };

  if (await stillFails([])) faults = [];
  for (let pieces = 2; faults.length > 1 && !isStopped; ) {
    const fewer = await firstToFail(withoutOnePiece(faults, pieces));
    if (fewer !== null) {
      faults = fewer;
      pieces = Math.max(2, pieces - 1);
    } else if (pieces < faults.length) pieces = Math.min(2 * pieces, faults.length);
    else break;
  }
  return { plan: { ...plan, faults }, runs, isMinimal: !isStopped };
}

/** All of them without the first piece, all without the second, … */
function withoutOnePiece(faults: readonly Fault[], pieces: number): readonly (readonly Fault[])[] {
  const count = Math.min(pieces, faults.length);
  const borders = Array.from({ length: count + 1 }, (_, piece) => Math.floor((piece * faults.length) / count));
  return borders.slice(1).map((end, piece) => [...faults.slice(0, borders[piece]), ...faults.slice(end)]);
}
