/**
 * The command line of `npm run simulate`.
 */
import { parseArgs } from 'node:util';

export interface Options {
  readonly work: Work;
  /** Threads; undefined: as many as there are cores. */
  readonly workers: number | undefined;
  readonly defect: string | null;
  readonly shrinks: boolean;
  /** Reports show everything that happened. */
  readonly isWhole: boolean;
  /** Histories are printed, failing or not. */
  readonly journal: boolean;
  readonly keepsGoing: boolean;
}

type Work =
  | { readonly kind: 'help' }
  /** `from` null: a random seed. `ms` Infinity: until the seeds are done. */
  | { readonly kind: 'hunt'; readonly from: number | null; readonly seeds: number; readonly ms: number }
  | { readonly kind: 'defects'; readonly from: number | null; readonly seeds: number | null };

export const usage = `npm run simulate [-- <options>]: whole clusters on a simulated clock, each decided by one seed

What to run (by default: fresh seeds for a minute):
  --seed <n>         one seed, exactly as it always is; --journal prints everything that happens in it
  --seeds <n>        so many seeds, from a random one on
  --minutes <m>      fresh seeds for so long
  --from <n>         not from a random seed on but from this one
  --defects          tries every deliberate defect: after how many seeds it is caught, and by which promise

How:
  --defect <name>    with this deliberate defect in src; nothing on disk changes
  --keep-going       does not stop at the first seed that fails; explains that one at the end
  --no-shrink        does not look for the fewest faults that are enough
  --all              reports show the whole history of a failing seed, not the end of it
  --journal          prints the history of every seed that is run
  --workers <n>      threads (default: as many as cores)
  --help             this text

It exits with 1 if a promise was broken.
`;

const LARGEST_SEED = 2 ** 32 - 1;
const MINUTE_MS = 60_000;

/** Throws, in words for people. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      minutes: { type: 'string' },
      from: { type: 'string' },
      defects: { type: 'boolean', default: false },
      defect: { type: 'string' },
      'keep-going': { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      journal: { type: 'boolean', default: false },
      workers: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return {
    work: workOf(values),
    workers: numberOf('--workers', values.workers, 1, 1_024) ?? undefined,
    defect: values.defect ?? null,
    shrinks: !values['no-shrink'],
    isWhole: values.all,
    journal: values.journal,
    keepsGoing: values['keep-going'],
  };
}

interface Given {
  readonly seed?: string | undefined;
  readonly seeds?: string | undefined;
  readonly minutes?: string | undefined;
  readonly from?: string | undefined;
  readonly defect?: string | undefined;
  readonly defects: boolean;
  readonly help: boolean;
}

function workOf(given: Given): Work {
  if (given.help) return { kind: 'help' };
  const seed = numberOf('--seed', given.seed, 0, LARGEST_SEED);
  const seeds = numberOf('--seeds', given.seeds, 1, LARGEST_SEED);
  const from = numberOf('--from', given.from, 0, LARGEST_SEED);
  const minutes = minutesOf(given.minutes);
  if (seed !== null) {
    if (seeds !== null || from !== null || minutes !== null || given.defects) {
      throw new Error('--seed runs one seed: it goes with none of --seeds, --from, --minutes, --defects');
    }
    return { kind: 'hunt', from: seed, seeds: 1, ms: Number.POSITIVE_INFINITY };
  }
  if (given.defects) {
    if (given.defect !== undefined || minutes !== null) {
      throw new Error('--defects tries every defect: it goes with neither --defect nor --minutes');
    }
    return { kind: 'defects', from, seeds };
  }
  const ms = minutes ?? (seeds === null ? MINUTE_MS : Number.POSITIVE_INFINITY);
  return { kind: 'hunt', from, seeds: seeds ?? Number.POSITIVE_INFINITY, ms };
}

function minutesOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,5}(\.\d+)?$/.test(text) || Number(text) === 0)
    throw new Error('--minutes takes a number, such as 10 or 0.5');
  return Number(text) * MINUTE_MS;
}

function numberOf(option: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (!/^\d{1,10}$/.test(text) || number < least || number > most) {
    throw new Error(`${option} takes a whole number from ${least} to ${most}`);
  }
  return number;
}
