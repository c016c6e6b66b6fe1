/**
 * `npm test`: the suites, one after another, each file in a process of node's own test runner, several beside one another.
 *
 * Role: `npm test -- unit contract` runs some, `npm test -- --skip cluster` leaves some out, `npm test -- test/unit/config.test.ts`
 * runs one file the way its suite is run; without names all run.
 * Invariant: it exits 0 only if every chosen suite ran at least one test and none failed.
 */
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freshPages } from '../src/dev/fresh-pages.ts';
import { locateNatsServer } from '../src/dev/nats-server.ts';
import { runFiles, signalAll } from './runner/file-run.ts';
import { type Batch, carryOut, planOf } from './runner/plan.ts';
import { filesOf, root, type Suite, suites } from './runner/suites.ts';
import { locateChromium } from './support/chromium.ts';

/** A suite with those of its files that were asked for. */
interface Choice {
  readonly suite: Suite;
  readonly files: readonly string[];
}

interface Result {
  readonly suite: Suite;
  readonly tests: number;
  readonly passed: boolean;
  readonly seconds: number;
  /** What failed, each with its file. */
  readonly failed: readonly string[];
}

const present = suites.filter((suite) => filesOf(suite).length > 0);

const usage = `npm test [-- <suite | file>…] [--skip <suite>]… [--only <pattern>]

Suites (all of them by default):
${present.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

A file (test/unit/config.test.ts) runs alone, the way its suite is run.

  --skip <suite>     leave one out
  --only <pattern>   only the tests whose names match this regular expression
  --help             this text
`;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.exitCode = 130;
    signalAll(signal);
  });
}
const stopped = () => process.exitCode === 130;

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      skip: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(usage);
  else await runAll(choose(positionals, values.skip), values.only);
} catch (error) {
  process.stderr.write(`npm test: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function choose(names: readonly string[], skipped: readonly string[]): readonly Choice[] {
  const asked = names.map(find);
  for (const name of skipped) suiteNamed(name);
  const chosen = present
    .filter(({ name }) => !skipped.includes(name))
    .map((suite): Choice => {
      const files = asked.flatMap((choice) => (choice.suite === suite ? choice.files : []));
      return { suite, files: names.length === 0 ? filesOf(suite) : [...new Set(files)] };
    })
    .filter(({ files }) => files.length > 0);
  if (chosen.length === 0) throw new Error('no suite is left to run');
  return chosen;
}

/** What the name of a suite, or the path of one of its files, stands for. */
function find(name: string): Choice {
  const file = relative(root, resolve(name));
  const suite = present.find((candidate) => filesOf(candidate).includes(file));
  if (suite !== undefined) return { suite, files: [file] };
  if (name.includes('/')) throw new Error(`${name} is no test file of a suite (test/<suite>/….test.ts)`);
  const named = suiteNamed(name);
  return { suite: named, files: filesOf(named) };
}

function suiteNamed(name: string): Suite {
  const suite = present.find((candidate) => candidate.name === name);
  if (suite === undefined) {
    throw new Error(`there is no suite "${name}"; there are: ${present.map((candidate) => candidate.name).join(', ')}`);
  }
  return suite;
}

async function runAll(chosen: readonly Choice[], only: string | undefined): Promise<void> {
  say(`Running: ${chosen.map(({ suite }) => suite.name).join(', ')}`);
  if (chosen.some(({ suite }) => suite.needsNats)) {
    const { path, version } = await locateNatsServer({ progress: say });
    say(`nats-server ${version}: ${path}`);
    await freshPages(say);
  }
  if (chosen.some(({ suite }) => suite.needsBrowser)) {
    say(`chromium: ${(await locateChromium(say)).path}`);
  }
  const results: Result[] = [];
  for (const choice of chosen) {
    if (!stopped()) results.push(await runSuite(choice, only));
  }
  summarise(results);
}

async function runSuite({ suite, files }: Choice, only: string | undefined): Promise<Result> {
  const { name, about, atOnce, timeoutMs } = suite;
  say(`\n── ${name}: ${about} (${files.length} files)`);
  const began = performance.now();
  const sum = { tests: 0, passed: true, failed: [] as string[] };
  // A pattern would match the names of files too, where they share a process.
  const plan = planOf(suite, files, only !== undefined);
  const isOneByOne = atOnce === 1 || files.length === 1;
  const live = (text: string) => process.stdout.write(text);
  await carryOut(plan, atOnce, stopped, async (batch) => {
    if (isOneByOne) say(`\n${batch}`);
    const run = await runFiles(batch, { timeoutMs, only, ...(isOneByOne && { live }) });
    sum.tests += run.tests;
    sum.passed &&= run.passed;
    sum.failed.push(...run.failed);
    if (!run.passed && run.failed.length === 0) sum.failed.push(`${batch}: ended before its tests`);
    if (!isOneByOne && (run.tests > 0 || !run.passed))
      say(`\n${headOf(batch)} (${run.seconds.toFixed(1)} s)\n${run.output.trim()}`);
  });
  return { suite, ...sum, passed: sum.passed && sum.tests > 0, seconds: (performance.now() - began) / 1000 };
}

/** Several are suites of the output by their names. */
function headOf(batch: Batch): string {
  return batch.length === 1 ? `${batch}` : `${batch.length} files`;
}

function summarise(results: readonly Result[]): void {
  say('\nSummary');
  for (const { suite, tests, passed, seconds, failed } of results) {
    const verdict = passed ? 'ok' : tests === 0 ? 'FAILED: no test ran' : 'FAILED';
    say(`  ${suite.name.padEnd(12)}${`${tests} tests`.padEnd(12)}${`${seconds.toFixed(1)} s`.padEnd(10)}${verdict}`);
    for (const test of failed) say(`    ✖ ${test}`);
  }
  if (process.exitCode === undefined) process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
