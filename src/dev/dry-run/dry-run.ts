/**
 * Tries a saved game on the running ones before any member plays it: each stored world is read, its turn asked for, and looked at by everybody.
 *
 * Why: what is right for new games may be wrong for those that run. A field that the world's schema demands from now on is the usual case.
 * Invariant: whatever the game does, there is an answer, and nothing is written anywhere.
 */
import { ContainedThread, type End } from '../contained/contained-thread.ts';

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

/** Rejects if the game could not be loaded, ended its thread, took all memory, or took longer than `mostMs`. */
export async function dryRun(job: Job, mostMs = 10_000): Promise<Tried> {
  const program = new URL('./worker.ts', import.meta.url).href;
  using thread = new ContainedThread<Tried>({ program, data: job, megabytes: mostMegabytes });
  const { promise: late, resolve: isLate } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => isLate('late'), mostMs);
  const end = await Promise.race([thread.ended, late]);
  clearTimeout(timer);
  if (end === 'late') throw new Error(`a running game keeps it busy for longer than ${mostMs} ms`);
  if (end.kind === 'answer') return end.answer;
  throw new Error(complaint(end));
}

function complaint(end: Exclude<End<Tried>, { kind: 'answer' }>): string {
  switch (end.kind) {
    case 'memory':
      return `it takes more than ${mostMegabytes} MB of memory`;
    case 'error':
      return end.message;
    case 'exit':
      return 'it ended the thread that it was tried in';
  }
}
