/**
 * Something that is done again and again until it is stopped.
 */
import type { Clock, Timer } from '../../ports/clock.ts';

/** Runs `run` each time that `ms` have passed; `cancel` ends it. */
export function every(clock: Clock, ms: number, run: () => void): Timer {
  let timer = clock.after(ms, again);
  let stopped = false;
  function again(): void {
    run();
    if (!stopped) timer = clock.after(ms, again);
  }
  return {
    cancel: () => {
      stopped = true;
      timer.cancel();
    },
  };
}
