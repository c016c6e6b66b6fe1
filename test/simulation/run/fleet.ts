/**
 * Many plans on many threads.
 *
 * Role: what every long run is made of: hunts, tests, searches for a smaller schedule. Leaving its scope ends its threads.
 * Invariant: each plan is run once, in the order given; results come in the order in which they are ready.
 */
import { availableParallelism } from 'node:os';
import type { Plan } from '../world/plan.ts';
import type { Violation } from '../world/witness.ts';
import type { Outcome } from '../world/world.ts';
import { Thread } from './thread.ts';

export interface FleetOptions {
  /** Threads; as many as there are cores by default. */
  readonly workers?: number | undefined;
  /** The deliberate defect that every thread installs. */
  readonly defect?: string | null;
  /** Ends it, whatever it is doing. */
  readonly signal?: AbortSignal | undefined;
  /** How long one plan may take, real ms. */
  readonly blockedMs?: number;
  /** URL of the module that exports `runPlan`. */
  readonly world?: string;
}

export interface Run {
  readonly plan: Plan;
  readonly outcome: Outcome;
  readonly realMs: number;
}

const WORLD = new URL('../world/world.ts', import.meta.url).href;
const BLOCKED_MS = 60_000;

export class Fleet implements AsyncDisposable {
  readonly #threads: readonly Thread[];
  readonly #signal: AbortSignal | undefined;
  readonly #end = () => void this[Symbol.asyncDispose]();

  constructor(options: FleetOptions = {}) {
    const { workers = availableParallelism(), defect = null, signal, blockedMs = BLOCKED_MS, world = WORLD } = options;
    this.#threads = Array.from({ length: workers }, () => new Thread({ defect, world }, blockedMs));
    this.#signal = signal;
    if (signal?.aborted) this.#end();
    else signal?.addEventListener('abort', this.#end, { once: true });
  }

  /** One plan by itself, while nothing else runs. Null: it was ended before. */
  async run(plan: Plan, { journal = false } = {}): Promise<Run | null> {
    const [thread] = this.#threads;
    if (thread === undefined) throw new Error('a fleet without threads');
    return runOn(thread, plan, journal);
  }

  /** Ends when all plans were run, or when the fleet was ended. Rejects if the world cannot be loaded. */
  async *runAll(plans: Iterable<Plan>, { journal = false } = {}): AsyncGenerator<Run, void> {
    const waiting = plans[Symbol.iterator]();
    const busy = new Map<Thread, Promise<readonly [Thread, Run | null]>>();
    const occupy = (thread: Thread) => {
      busy.delete(thread);
      const { done, value } = waiting.next();
      if (done) return;
      const running = runOn(thread, value, journal).then((run) => [thread, run] as const);
      // It may fail while the reader of this generator is busy with an earlier result.
      running.catch(() => undefined);
      busy.set(thread, running);
    };
    this.#threads.forEach(occupy);
    while (busy.size > 0) {
      const [thread, run] = await Promise.race(busy.values());
      if (run === null) return;
      occupy(thread);
      yield run;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#end);
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

/** What is reported of a run, and what a shorter schedule must break as well. */
export function firstViolation({ violations }: Outcome): Violation | null {
  return violations[0] ?? null;
}

async function runOn(thread: Thread, plan: Plan, journal: boolean): Promise<Run | null> {
  const started = performance.now();
  const outcome = await thread.run({ plan, journal });
  return outcome && { plan, outcome, realMs: performance.now() - started };
}
