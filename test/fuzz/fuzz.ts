/**
 * `npm run fuzz`: many cases against real members, or those of one seed again.
 *
 * Role: the command line. What was found and the totals go to stdout, how it goes to stderr.
 * Invariant: it exits 0 only if nothing was found; whatever ends it, no process is left behind.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { freshPages } from '../../src/dev/fresh-pages.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { defaultGame } from '../../src/games.ts';
import { Progress } from '../simulation/run/progress.ts';
import { batchCases, campaign } from './run/campaign.ts';
import { FuzzCluster } from './run/fuzz-cluster.ts';
import { Totals } from './run/totals.ts';

const usage = `npm run fuzz [-- <options>]: requests, frames and bytes, right and almost right, against real members

  --cases <n>     so many (default: 10000)
  --seed <n>      these cases again; each batch of ${batchCases} has a seed of its own, which failures name
  --game <game>   what the members play: minotaur (the default), tic-tac-toe, or the path of a file
  --keep-going    does not stop at the first batch that fails
  --help          this text

It exits with 1 if anything was found.
`;
const largestSeed = 2 ** 31 - 1;
const defaultCases = 10_000;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());

try {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string' },
      seed: { type: 'string' },
      game: { type: 'string', default: defaultGame },
      'keep-going': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
  } else {
    const cases = numberOf('--cases', values.cases, 1) ?? defaultCases;
    const seed = numberOf('--seed', values.seed, 0) ?? randomInt(largestSeed);
    await run({ cases, seed, game: values.game, keepsGoing: values['keep-going'] });
  }
} catch (error) {
  process.stderr.write(`npm run fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

interface Asked {
  readonly cases: number;
  readonly seed: number;
  readonly game: string;
  readonly keepsGoing: boolean;
}

async function run({ cases, seed, game, keepsGoing }: Asked): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  await locateNatsServer({ progress: say });
  await freshPages(say);
  print(`${cases} cases of ${game} from seed ${seed} on`);
  await using resources = new AsyncDisposableStack();
  const cluster = await FuzzCluster.wide(resources, game);
  const totals = new Totals();
  const { signal } = interruption;
  let control: string;
  {
    using progress = new Progress(() => `${totals.line}; ${cluster.line}`);
    const onFailure = (text: string) => progress.print(`\nFOUND  ${text}`);
    const onMinute = (text: string) => progress.print(text);
    control = await campaign({ cluster, totals, seed, cases, keepsGoing, onFailure, onMinute, signal });
  }
  if (signal.aborted) print('Interrupted.');
  for (const line of [...totals.lines, control, cluster.line]) print(line);
  if (totals.failures > 0) process.exitCode = 1;
  else if (signal.aborted) process.exitCode = 130;
}

function numberOf(option: string, text: string | undefined, least: number): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (/^\d{1,10}$/.test(text) && number >= least && number <= largestSeed) return number;
  throw new Error(`${option} takes a whole number from ${least} to ${largestSeed}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
