/**
 * A world in which the faults of a plan say what happens: to the promises, or to the thread.
 *
 * Role: what the fleet runs in its own tests. Loaded by its URL, as the real one.
 */
import type { Plan } from '../../simulation/world/plan.ts';
import type { Outcome } from '../../simulation/world/world.ts';

/** How many plans this thread has run. */
let runs = 0;

export async function runPlan({ seed, faults }: Plan, { journal = false } = {}): Promise<Outcome> {
  runs += 1;
  const happens = new Set(faults.map(({ kind }) => String(kind)));
  if (happens.has('throw')) throw new Error(`seed ${seed} threw`);
  if (happens.has('reject')) void Promise.reject(new Error(`seed ${seed} forgot a rejection`));
  if (happens.has('exit')) process.exit(7);
  if (happens.has('wait')) await new Promise(() => undefined);
  while (happens.has('spin'));
  if (happens.has('starve')) starve();
  return {
    violations: happens.has('break') ? [{ promise: 'I1', what: `seed ${seed} broke it`, at: 1_000 }] : [],
    simulatedMs: 60_000,
    events: 5,
    counts: { operations: 2, runsOfThread: runs },
    journal: journal ? [`0.5000  m1  seed ${seed}: ${[...happens]}`] : [],
    digest: `of ${seed}`,
  };
}

/** As on a machine that gives its processors to others: neither busy nor idle. */
function starve(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
}
