/**
 * Something that is done again and again, one time after the other, while `npm start` runs.
 *
 * Invariant: what is under way when it is ended finishes, and can tell by `isOver` that nobody wants it any more.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Begins at once, and again `everyMs` after each end; returns a function that ends it. A `run` that rejects ends the process, loudly. */
export function repeat(everyMs: number, run: (isOver: () => boolean) => Promise<void>): () => void {
  let stopped = false;
  const isOver = () => stopped;
  const runAll = async () => {
    while (!stopped) {
      await run(isOver);
      await pause(everyMs);
    }
  };
  void runAll();
  return () => {
    stopped = true;
  };
}
