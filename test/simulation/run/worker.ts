/**
 * The inside of a worker thread: runs one plan after another and says what came of each.
 *
 * Role: the other end of thread.ts. A deliberate defect is installed before the world, and with it src, is loaded.
 * Invariant: an exception that nobody caught ends the thread while its plan is still the running one, so it is never blamed on another.
 */
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { installDefect } from '../defects/hook.ts';
import type { Plan } from '../world/plan.ts';
import type { Outcome } from '../world/world.ts';

/** What a thread is told at its start. */
export interface Setting {
  /** Name of the deliberate defect to install. */
  readonly defect: string | null;
  /** URL of the module that exports `runPlan`. */
  readonly world: string;
}

/** What it is told to do. */
export interface Job {
  readonly plan: Plan;
  readonly journal: boolean;
}

interface World {
  readonly runPlan: (plan: Plan, options?: { readonly journal?: boolean }) => Promise<Outcome>;
}

if (parentPort === null) throw new Error('this file is the inside of a worker thread');
const parent = parentPort;
const { defect, world } = workerData as Setting;
if (defect !== null) installDefect(defect);
const { runPlan } = (await import(world)) as World;

parent.on('message', async ({ plan, journal }: Job) => {
  const outcome = await runPlan(plan, { journal });
  // Rejections without a handler show when the event loop turns.
  await setImmediate();
  parent.postMessage(outcome);
});
parent.postMessage('ready');
