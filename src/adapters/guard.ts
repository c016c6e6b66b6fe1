/**
 * Adapter: runs code that must not run for ever.
 *
 * Role: ends what does not come to its end by itself, a loop for example. Nothing asynchronous runs in it. What it runs has no effects until it
 * answers, so it can be run again; what it would build once and for all is built before (game/built-schemas.ts).
 * Why `vm`: nothing else interrupts code in its own thread. One guarded call takes about 0.1 ms, so what belongs together shares one.
 * Why again: the limit counts the time that passes, also while the machine does something else. Who had little of the processor in it gets longer.
 */
import { createContext, Script } from 'node:vm';

/** How long one guarded call may take; then, for those that hardly ran, how long the next try. */
const LIMITS_MS = [500, 2_000, 8_000];
/** Who had so much of the processor has had its chance. */
const CHANCE_MS = 250;

const context = createContext({ run: null });
const script = new Script('run()');

/** What `calls` answers. Throws what it throws, and an error with the code ERR_SCRIPT_EXECUTION_TIMEOUT when its time is up. */
export function guarded<Answer>(calls: () => Answer): Answer {
  const before: unknown = context.run;
  context.run = calls;
  try {
    return runWithin(LIMITS_MS);
  } finally {
    context.run = before;
  }
}

function runWithin<Answer>([timeout, ...longer]: readonly number[]): Answer {
  const from = process.threadCpuUsage();
  try {
    return script.runInContext(context, { timeout }) as Answer;
  } catch (error) {
    const isTimeUp = (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    const { user, system } = process.threadCpuUsage(from);
    if (!isTimeUp || longer.length === 0 || (user + system) / 1_000 >= CHANCE_MS) throw error;
    return runWithin(longer);
  }
}
