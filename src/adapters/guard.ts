/**
 * Adapter: runs code that must not run for ever.
 *
 * Role: ends what does not come to its end by itself, a loop for example. Nothing asynchronous runs in it. What it runs has no effects until it
 * answers, so it can be run again; what it would build once and for all is built before (game/built-schemas.ts).
 * Why `vm`: nothing else interrupts code in its own thread. One guarded call takes about 0.1 ms, so what belongs together shares one.
 * Why again: the limit counts the time that passes, also while the machine does something else. Who had little of the processor in it gets longer.
 * Who seems to have had enough gets the same once more: a virtual machine that is held up by its host counts that as work of whoever ran.
 */
import { createContext, Script } from 'node:vm';

/** How long one guarded call may take; then, for those that hardly ran, how long the next try. */
const LIMITS_MS = [500, 2_000, 8_000];
/** Who had so much of the processor has had a chance. */
const CHANCE_MS = 250;
const CHANCES = 2;

const context = createContext({ run: null });
const script = new Script('run()');

/** What `calls` answers. Throws what it throws, and an error with the code ERR_SCRIPT_EXECUTION_TIMEOUT when its time is up. */
export function guarded<Answer>(calls: () => Answer): Answer {
  const before: unknown = context.run;
  context.run = calls;
  try {
    return runWithin(LIMITS_MS, CHANCES);
  } finally {
    context.run = before;
  }
}

function runWithin<Answer>(limits: readonly number[], chances: number): Answer {
  const [timeout, ...longer] = limits;
  const from = process.threadCpuUsage();
  try {
    return script.runInContext(context, { timeout }) as Answer;
  } catch (error) {
    const isTimeUp = (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    const { user, system } = process.threadCpuUsage(from);
    const hadChance = (user + system) / 1_000 >= CHANCE_MS;
    const left = hadChance ? chances - 1 : chances;
    const next = hadChance ? limits : longer;
    if (!isTimeUp || left === 0 || next.length === 0) throw error;
    return runWithin(next, left);
  }
}
