/**
 * The check of a game, for `npm run check-game` and for the tests of whoever wrote it.
 *
 * Role: runs the check in a thread of its own, ends what does not end, and plays the first games again in a fresh one.
 * Invariant: whatever the game does, there is an answer: a list of what was found, empty if nothing was.
 */

import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Campaign } from './campaign.ts';
import { type FrozenWorld, readFrozen } from './frozen-worlds.ts';
import { type Finding, Problem } from './problems.ts';
import { Progress } from './watched-game.ts';
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
  work: Omit<Job, 'shared' | 'withTakeovers'>,
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

function inThread(work: Omit<Job, 'shared'>, stuckMs: number): Promise<Result> {
  const progress = new Progress();
  const job: Job = { ...work, shared: progress.shared };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    stdout: true,
    stderr: true,
  });
  return new Promise((resolve) => {
    const refuse = (kind: Problem['kind'], problem: string) => {
      const { member, seed, round } = progress.read();
      const where = member === 'none' || member === 'load' ? '' : ` (seed ${seed}, round ${round})`;
      const found = new Problem(member === 'none' ? 'file' : member, kind, `${problem}${where}`);
      settle({ refused: [found.finding(null)] });
    };
    let before = progress.read();
    let since = performance.now();
    const watch = setInterval(() => {
      const now = progress.read();
      if (now.member === 'none' || now.calls !== before.calls) since = performance.now();
      before = now;
      if (performance.now() - since > stuckMs) refuse('endless_call', `does not end: ended after ${stuckMs} ms`);
    }, pollMs);
    const settle = (result: Result) => {
      clearInterval(watch);
      worker.removeAllListeners();
      worker.on('error', () => {});
      void worker.terminate();
      resolve(result);
    };
    worker.once('message', settle);
    worker.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? refuse('memory', `takes more than ${mostMegabytes} MB of memory`)
        : refuse('throws', `ended the check: ${error.stack ?? error.message}`),
    );
    worker.once('exit', () => refuse('ends_process', 'ended the thread that it runs in'));
  });
}
