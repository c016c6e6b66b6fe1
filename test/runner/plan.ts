/**
 * Which files run when: what takes longest begins first, small files share a process, and what wants the machine for itself comes last.
 *
 * Invariants: each file runs once; while one that runs alone runs, no other does; after a stop nothing begins any more.
 */
import type { Suite } from './suites.ts';

/** The files of one process. */
export type Batch = readonly string[];

export interface Plan {
  /** In the order in which they begin. */
  readonly together: readonly Batch[];
  readonly alone: readonly Batch[];
}

/** `apart`: each file gets a process of its own, whatever the suite says. */
export function planOf(
  suite: Pick<Suite, 'perProcess' | 'longest' | 'alone'>,
  files: readonly string[],
  apart: boolean,
): Plan {
  const { perProcess = 1, longest = [], alone = {} } = suite;
  const first = longest.filter((file) => files.includes(file) && !(file in alone));
  const rest = files.filter((file) => !(file in alone) && !first.includes(file));
  return {
    together: [...each(first), ...inRows(rest, apart ? 1 : perProcess)],
    alone: each(files.filter((file) => file in alone)),
  };
}

/** Runs what is planned, so many batches at once. */
export async function carryOut(
  { together, alone }: Plan,
  atOnce: number,
  stopped: () => boolean,
  run: (batch: Batch) => Promise<void>,
): Promise<void> {
  const lane = async (waiting: Batch[]) => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      if (!stopped()) await run(batch);
    }
  };
  const waiting = [...together];
  await Promise.all(Array.from({ length: atOnce }, () => lane(waiting)));
  await lane([...alone]);
}

function each(files: readonly string[]): Batch[] {
  return files.map((file) => [file]);
}

function inRows(files: readonly string[], length: number): Batch[] {
  return Array.from({ length: Math.ceil(files.length / length) }, (_, row) =>
    files.slice(row * length, (row + 1) * length),
  );
}
