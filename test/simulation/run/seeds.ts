/**
 * Which seeds are run.
 *
 * Role: seeds are unsigned 32-bit numbers; a hunt takes a random one, says which, and goes on from there.
 */
import { randomInt } from 'node:crypto';
import { makePlan, type Plan } from '../world/plan.ts';

const SEEDS = 2 ** 32;

export function randomBase(): number {
  return randomInt(SEEDS);
}

/** The plans of `count` seeds from `base` on, made as they are asked for. */
export function* plansFrom(base: number, count: number): Generator<Plan, void> {
  for (let index = 0; index < count; index += 1) yield makePlan((base + index) % SEEDS);
}
