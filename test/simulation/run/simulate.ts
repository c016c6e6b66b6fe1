/**
 * `npm run simulate`: looks for a seed that breaks a promise, or shows one again.
 *
 * Role: the command line of the simulation. What was found goes to stdout, how it goes to stderr.
 * Invariant: it exits 0 only if everything that was run kept every promise; whatever ends it, no thread is left behind.
 */
import { availableParallelism } from 'node:os';
import { defects } from '../defects/defects.ts';
import { type Caught, catchDefect, DEFECT_BASE, DEFECT_SEEDS, SoundCode } from './catch-defect.ts';
import { explain } from './explain.ts';
import { Fleet, firstViolation, type Run } from './fleet.ts';
import { type Options, readOptions, usage } from './options.ts';
import { Progress } from './progress.ts';
import { headline } from './report.ts';
import { plansFrom, randomBase } from './seeds.ts';
import { Totals } from './totals.ts';

const SHRINK_MS = 300_000;

/** A terminal's Ctrl-C may come twice: once by way of npm. */
const interruption = new AbortController();
const interrupted = interruption.signal;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort());

try {
  const options = readOptions(process.argv.slice(2));
  const { work, defect } = options;
  if (defect !== null && !defects.some(({ name }) => name === defect)) {
    throw new Error(`there is no defect "${defect}"; there are:\n${defects.map(({ name }) => `  ${name}`).join('\n')}`);
  }
  if (work.kind === 'help') print(usage.trimEnd());
  else if (work.kind === 'defects') await tryDefects(options, work.from ?? DEFECT_BASE, work.seeds ?? DEFECT_SEEDS);
  else await hunt(options, { ...work, from: work.from ?? randomBase() });
  if (interrupted.aborted) process.exitCode ??= 130;
} catch (error) {
  process.stderr.write(`npm run simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

interface Hunt {
  readonly from: number;
  readonly seeds: number;
  readonly ms: number;
}

async function hunt(options: Options, { from, seeds, ms }: Hunt): Promise<void> {
  const { defect, workers = Math.min(seeds, availableParallelism()) } = options;
  const withDefect = defect === null ? '' : `, with the defect "${defect}"`;
  print(seeds === 1 ? `Seed ${from}${withDefect}` : `Seeds from ${from} on, ${workers} at a time${withDefect}`);
  const totals = new Totals();
  const failed = await firstToFail({ ...options, workers }, { from, seeds, ms }, totals);
  if (interrupted.aborted) print('Interrupted.');
  for (const line of totals.lines()) print(line);
  if (failed === null) return;
  process.exitCode = 1;
  print(`\n${await explained(failed, options)}`);
}

/** Runs them, and stops at the first that fails unless told otherwise. */
async function firstToFail(options: Options, { from, seeds, ms }: Hunt, totals: Totals): Promise<Run | null> {
  const { workers, defect, journal, keepsGoing } = options;
  const signal = Number.isFinite(ms) ? AbortSignal.any([interrupted, AbortSignal.timeout(ms)]) : interrupted;
  await using fleet = new Fleet({ workers, defect, signal });
  using progress = new Progress(() => totals.line());
  let first: Run | null = null;
  for await (const run of fleet.runAll(plansFrom(from, seeds), { journal })) {
    totals.add(run);
    const { plan, outcome } = run;
    for (const line of outcome.journal) progress.print(line);
    const violation = firstViolation(outcome);
    if (violation !== null) progress.print(`seed ${plan.seed} FAILED  ${headline(violation)}`);
    if (seeds === 1 || journal) progress.print(`seed ${plan.seed} digest ${outcome.digest}`);
    if (violation === null) continue;
    first ??= run;
    if (!keepsGoing) break;
  }
  return first;
}

async function explained(failed: Run, { defect, shrinks, isWhole }: Options): Promise<string> {
  let left = failed.plan.faults.length;
  let runs = 0;
  using _ = new Progress(() => `shortening: ${left} of ${failed.plan.faults.length} faults left after ${runs} runs`);
  return await explain(failed, {
    defect,
    signal: interrupted,
    shrinkMs: shrinks && !interrupted.aborted ? SHRINK_MS : 0,
    isWhole,
    progress: (so) => {
      left = so.faults;
      runs = so.runs;
    },
  });
}

async function tryDefects(
  { workers = availableParallelism() }: Options,
  base: number,
  mostSeeds: number,
): Promise<void> {
  const waiting = defects.values();
  let done = 0;
  let missed = 0;
  await using sound = new SoundCode(interrupted);
  using progress = new Progress(() => `${done} of ${defects.length} defects tried`);
  const tryOnes = async () => {
    for (const { name } of waiting) {
      const caught = await catchDefect(name, { sound, base, mostSeeds, signal: interrupted });
      if (interrupted.aborted) return;
      done += 1;
      if (caught === null) missed += 1;
      progress.print(`${name.padEnd(48)}${caught === null ? `NOT CAUGHT in ${mostSeeds} seeds` : caughtLine(caught)}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, tryOnes));
  progress.print(`${done} of ${defects.length} defects tried, ${done - missed} caught`);
  if (missed > 0) process.exitCode = 1;
}

function caughtLine({ seeds, seed, violation }: Caught): string {
  return `${`${seeds} seeds (${seed})`.padEnd(24)}${headline(violation)}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
