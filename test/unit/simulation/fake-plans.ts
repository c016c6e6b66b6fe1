/**
 * Plans of which only the seed and the faults matter, with faults that no real world knows.
 */
import type { Plan } from '../../simulation/world/plan.ts';

export function planOf(seed: number, ...kinds: readonly string[]): Plan {
  return { seed, faults: kinds.map((kind, at) => ({ at, kind })) } as unknown as Plan;
}

export function kindsOf({ faults }: Plan): readonly string[] {
  return faults.map(({ kind }) => kind);
}
