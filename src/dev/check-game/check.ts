/**
 * The check of a game, for `npm run check-game` and for the tests of whoever wrote it.
 *
 * Role: runs the check in a contained thread, ends what does not end, and plays the first games again in a fresh one.
 * Invariant: whatever the game does, there is an answer: a list of what was found, empty if nothing was.
 */

import { fileURLToPath, pathToFileURL } from 'node:url';
import { ContainedThread } from '../contained/contained-thread.ts';
import type { Campaign } from './campaign.ts';
import { type FrozenWorld, readFrozen } from './frozen-worlds.ts';
import { type Finding, Problem } from './problems.ts';
import { placeOf } from './watched-game.ts';
import type { Job, Result } from './worker.ts';

export type { Finding } from './problems.ts';

export interface CheckOptions {
  /** How many games are played. */
  readonly games?: number;
  /** This one alone. */
  readonly seed?: number;
  /** No game begins after so many seconds of processor time. */
  readonly seconds?: number;
  /** How long a single call may take before it is held to be endless. */
  readonly stuckMs?: number;
}

/** The game that a file holds. */
export interface Played {
  readonly name: string;
  readonly version: number;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** Null if the game could not be loaded, or was ended. */
  readonly campaign: Omit<Campaign, 'findings' | 'digests' | 'worlds'> | null;
  /** Of running games, as they may be kept beside the file; none if something was found. */
  readonly worlds: readonly FrozenWorld[];
  /** Null as well then. */
  readonly played: Played | null;
}

const mostRounds = 1_000;
const mostMegabytes = 256;
const pollMs = 50;

/** `file`: a path, or the address of a file. */
export async function checkGame(file: string | URL, options: CheckOptions = {}): Promise<Report> {
  const { games = 2_000, seed, seconds = 10, stuckMs = 3_000 } = options;
  const seeds = seed === undefined ? Array.from({ length: games }, (_, index) => index) : [seed];
  const url = file instanceof URL ? file.href : pathToFileURL(file).href;
  const work = { url, seeds, mostMs: seconds * 1_000, mostRounds, frozen: readFrozen(fileURLToPath(url)) };
  const result = await inThread({ ...work, withTakeovers: false }, stuckMs);
  if ('refused' in result) return { findings: result.refused, campaign: null, worlds: [], played: null };
  const { played } = result;
  const { findings: first, digests, worlds, ...campaign } = result.campaign;
  const findings = first.length > 0 ? first : await playedAgain(work, digests, stuckMs);
  return { findings, campaign, worlds: findings.length > 0 ? [] : worlds, played };
}

/** The other way round and in a fresh thread: what is remembered between games, or since loading, is another now. */
async function playedAgain(
  work: Omit<Job, 'withTakeovers'>,
  digests: Campaign['digests'],
  stuckMs: number,
): Promise<readonly Finding[]> {
  const seeds = Object.keys(digests).map(Number).reverse();
  const result = await inThread({ ...work, seeds, withTakeovers: true }, stuckMs);
  if ('refused' in result) return result.refused;
  const { campaign } = result;
  const other = seeds.filter(
    (seed) => campaign.digests[seed] !== undefined && campaign.digests[seed] !== digests[seed],
  );
  if (other.length === 0) return campaign.findings;
  const many = `${other.length} of ${seeds.length} games`;
  const problem = new Problem('file', 'remembers', `${many} went another way in a fresh process, with the same draws`);
  return [problem.finding({ seed: other[other.length - 1] as number, players: [], settings: {}, rounds: [] })];
}

async function inThread(job: Job, stuckMs: number): Promise<Result> {
  const program = new URL('./worker.ts', import.meta.url).href;
  using thread = new ContainedThread<Result>({ program, data: job, megabytes: mostMegabytes });
  const watch = new StuckWatch(thread, stuckMs);
  const end = await Promise.race([thread.ended, watch.stuck]);
  watch.stop();
  const refused = (kind: Problem['kind'], problem: string): Result => {
    const { member, seed, round } = placeOf(thread.cells);
    const where = member === 'none' || member === 'load' ? '' : ` (seed ${seed}, round ${round})`;
    const found = new Problem(member === 'none' ? 'file' : member, kind, `${problem}${where}`);
    return { refused: [found.finding(null)] };
  };
  switch (end.kind) {
    case 'answer':
      return end.answer;
    case 'stuck':
      return refused('endless_call', `does not end: ended after ${stuckMs} ms`);
    case 'memory':
      return refused('memory', `takes more than ${mostMegabytes} MB of memory`);
    case 'error':
      return refused('throws', `ended the check: ${end.stack}`);
    case 'exit':
      return refused('ends_process', 'ended the thread that it runs in');
  }
}

/** Tells when one call takes longer than it may. */
class StuckWatch {
  readonly stuck: Promise<{ readonly kind: 'stuck' }>;
  readonly #timer: NodeJS.Timeout;

  constructor(thread: Pick<ContainedThread<unknown>, 'cells'>, stuckMs: number) {
    const { promise, resolve } = Promise.withResolvers<{ readonly kind: 'stuck' }>();
    this.stuck = promise;
    let before = placeOf(thread.cells);
    let since = performance.now();
    this.#timer = setInterval(() => {
      const now = placeOf(thread.cells);
      if (now.member === 'none' || now.calls !== before.calls) since = performance.now();
      before = now;
      if (performance.now() - since > stuckMs) resolve({ kind: 'stuck' });
    }, pollMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
