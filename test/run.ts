/**
 * `npm test`: the suites, one after another, each by node's own test runner.
 *
 * Role: `npm test -- unit contract` runs some, `npm test -- --skip cluster` leaves some out, `npm test -- test/unit/config.test.ts`
 * runs one file the way its suite is run; without names all run.
 * Invariant: it exits 0 only if every chosen suite ran at least one test and none failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freshPages } from '../src/dev/fresh-pages.ts';
import { locateNatsServer } from '../src/dev/nats-server.ts';
import { locateChromium } from './support/chromium.ts';

interface Suite {
  readonly name: string;
  readonly about: string;
  /** Test files at once. */
  readonly concurrency: number;
  /** Real members on a real NATS; they serve the pages as their sources are. */
  readonly needsNats: boolean;
  readonly needsBrowser?: boolean;
  /** A test that takes longer has failed. */
  readonly timeoutMs: number;
}

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
}

interface NodeTest {
  readonly code: number | null;
  readonly output: string;
}

/** A file may start, and stop what it started, in silence. */
const SILENCE_GRACE_MS = 60_000;
const suites: readonly Suite[] = [
  {
    name: 'unit',
    about: 'rules, protocols, edge: no network',
    concurrency: availableParallelism(),
    needsNats: false,
    timeoutMs: 60_000,
  },
  {
    name: 'simulation',
    about: 'whole clusters on a simulated clock',
    // Most files use all cores by themselves; those that are one long history use one, and another file the others.
    concurrency: 2,
    needsNats: false,
    timeoutMs: 1_200_000,
  },
  { name: 'contract', about: 'ports against a real NATS', concurrency: 1, needsNats: true, timeoutMs: 120_000 },
  {
    name: 'fuzz',
    about: 'requests and frames, right and almost right',
    concurrency: 1,
    needsNats: true,
    timeoutMs: 300_000,
  },
  { name: 'cluster', about: 'real members, killed and cut off', concurrency: 1, needsNats: true, timeoutMs: 300_000 },
  {
    name: 'browser',
    about: 'the pages, in a browser, on a real cluster',
    concurrency: 1,
    needsNats: true,
    needsBrowser: true,
    timeoutMs: 120_000,
  },
];
const root = join(import.meta.dirname, '..');
const present = suites.filter((suite) => filesOf(suite).length > 0);

const usage = `npm test [-- <suite | file>…] [--skip <suite>]… [--only <pattern>]

Suites (all of them by default):
${present.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}

A file (test/unit/config.test.ts) runs alone, the way its suite is run.

  --skip <suite>     leave one out
  --only <pattern>   only the tests whose names match this regular expression
  --help             this text
`;

let running: ChildProcess | null = null;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exitCode = 130;
  });
}

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
  process.stdout.write(`Running: ${chosen.map(({ suite }) => suite.name).join(', ')}\n`);
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
    if (process.exitCode === 130) break;
    results.push(await runSuite(choice, only));
  }
  summarise(results);
}

async function runSuite({ suite, files }: Choice, only: string | undefined): Promise<Result> {
  process.stdout.write(`\n── ${suite.name}: ${suite.about} (${files.length} files)\n`);
  const started = performance.now();
  const { code, output } = await nodeTest(
    [
      `--test-timeout=${suite.timeoutMs}`,
      `--test-concurrency=${suite.concurrency}`,
      ...(only === undefined ? [] : [`--test-name-pattern=${only}`]),
      ...files,
    ],
    suite.timeoutMs + SILENCE_GRACE_MS,
  );
  // Node counts a file in which no test was chosen as one test, named by its path.
  const emptyFiles = output.match(/^✔ test\/.*\.test\.ts \(/gm)?.length ?? 0;
  const tests = Number(/^ℹ tests (\d+)$/m.exec(output)?.[1] ?? 0) - emptyFiles;
  return { suite, tests, passed: code === 0 && tests > 0, seconds: (performance.now() - started) / 1000 };
}

/**
 * Runs node's test runner, its output shown as it comes, and answers that output, without colours. Node puts no limit to a file whose tests have
 * all ended but that keeps something open: a runner that says nothing for `silenceMs` is told to stop, and names the file.
 */
function nodeTest(args: readonly string[], silenceMs: number): Promise<NodeTest> {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...args], {
      cwd: root,
      env: { ...process.env, ...colours },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running = child;
    const silence = setTimeout(() => child.kill('SIGINT'), silenceMs);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      silence.refresh();
      process.stdout.write(text);
      output += text;
    });
    child.once('error', reject).once('close', (code) => {
      clearTimeout(silence);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
      resolve({ code, output: output.replace(/\x1b\[[0-9;]*m/g, '') });
    });
  });
}

function summarise(results: readonly Result[]): void {
  process.stdout.write('\nSummary\n');
  for (const { suite, tests, passed, seconds } of results) {
    const verdict = passed ? 'ok' : tests === 0 ? 'FAILED: no test ran' : 'FAILED';
    process.stdout.write(
      `  ${suite.name.padEnd(12)}${`${tests} tests`.padEnd(12)}${`${seconds.toFixed(1)} s`.padEnd(10)}${verdict}\n`,
    );
  }
  if (process.exitCode === undefined) process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}

function filesOf({ name }: Suite): readonly string[] {
  return globSync(`test/${name}/**/*.test.ts`, { cwd: root }).sort();
}
