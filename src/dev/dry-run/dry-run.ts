/**
 * Tries a saved game on the running ones before any member plays it: each stored world is read, its turn asked for, and looked at by everybody.
 *
 * Why: what is right for new games may be wrong for those that run. A field that the world's schema demands from now on is the usual case.
 * Invariant: whatever the game does, there is an answer, and nothing is written anywhere.
 */
import { Worker } from 'node:worker_threads';

export interface Job {
  readonly file: string;
  /** Snapshots. */
  readonly values: readonly Uint8Array[];
  /** Ms since the epoch. */
  readonly now: number;
}

export interface Tried {
  /** How many had a world and were not over. */
  readonly games: number;
  /** The first one; null: it suits all of them. */
  readonly problem: { readonly gameId: string; readonly text: string } | null;
}

const mostMegabytes = 512;

/** Rejects if the game could not be loaded, ended its thread, or took longer than `mostMs`. */
export function dryRun(job: Job, mostMs = 10_000): Promise<Tried> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    stdout: true,
    stderr: true,
  });
  return new Promise<Tried>((resolve, reject) => {
    const refuse = (text: string) => reject(new Error(text));
    const timer = setTimeout(() => refuse(`a running game keeps it busy for longer than ${mostMs} ms`), mostMs);
    worker.once('message', resolve);
    worker.once('error', (error) => refuse(error.message));
    worker.once('exit', () => {
      clearTimeout(timer);
      refuse('it ended the thread that it was tried in');
    });
  }).finally(() => {
    worker.on('error', () => undefined);
    return worker.terminate();
  });
}
