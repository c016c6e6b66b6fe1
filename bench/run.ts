/**
 * `npm run bench`: measures what Minotaur promises to be fast at, on this machine.
 *
 * Role: chooses the benches, runs each several times on a fresh cluster, and prints one table. A target that is missed is
 * shown, not an error: machines differ.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { locateNatsServer } from '../src/dev/nats-server.ts';
import { crawl } from './benches/crawl.ts';
import { create } from './benches/create.ts';
import { drain } from './benches/drain.ts';
import { durableActions } from './benches/durable-actions.ts';
import { edge } from './benches/edge.ts';
import { getGame } from './benches/get-game.ts';
import { memory } from './benches/memory.ts';
import { page } from './benches/page.ts';
import { restart } from './benches/restart.ts';
import { spectating } from './benches/spectators.ts';
import { takeover, takeoverOfMany } from './benches/takeover.ts';
import type { Bench, Reading } from './support/bench.ts';
import { end } from './support/end.ts';
import { type Outcome, readingLine, table } from './support/report.ts';

const benches: readonly Bench[] = [
  takeover,
  takeoverOfMany,
  restart,
  drain,
  getGame,
  edge,
  durableActions,
  create,
  crawl,
  spectating,
  memory,
  page,
];

const usage = `npm run bench [-- <bench>…] [--runs <n>]

Benches (all of them by default):
${benches.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n')}

  --runs <n>    how often each is run (default 5)
  --help        this text
`;

let resources = new AsyncDisposableStack();
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) process.stdout.write(usage);
  else await runAll(choose(positionals), countOf(values.runs));
} catch (error) {
  // What is stopped fails, too.
  if (!stopping) process.stderr.write(`npm run bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function choose(names: readonly string[]): readonly Bench[] {
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    throw new Error(`there is no bench "${unknown}"; there are: ${benches.map(({ name }) => name).join(', ')}`);
  }
  return benches.filter(({ name }) => names.length === 0 || names.includes(name));
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error('--runs takes a number from 1 to 999');
  return Number(text);
}

async function runAll(chosen: readonly Bench[], runs: number): Promise<void> {
  const { version } = await locateNatsServer({ progress: print });
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.version}, nats-server ${version}, nats.js ${clientVersion()}`;
  print(machine);
  const outcomes: Outcome[] = [];
  for (const bench of chosen) {
    print(`\n${bench.name}: ${bench.about}`);
    const readings: (readonly Reading[])[] = [];
    for (let run = 1; run <= runs; run += 1) readings.push(await runOnce(bench, `${run}/${runs}`));
    outcomes.push({ bench, runs: readings });
  }
  print(`\n${table(outcomes)}\n\n${machine}; ${runs} runs`);
}

async function runOnce(bench: Bench, label: string): Promise<readonly Reading[]> {
  const progress = (line: string) => print(`  ${label} ${line}`);
  resources = new AsyncDisposableStack();
  try {
    const readings = await bench.run({ resources, progress });
    progress(`→ ${readingLine(bench, readings)}`);
    return readings;
  } finally {
    await end(resources);
  }
}

/** Ends what is running, then this process. A terminal's Ctrl-C may come twice: once by way of npm. */
function stop(): void {
  if (stopping) return;
  stopping = true;
  void end(resources).finally(() => process.exit(130));
}

function clientVersion(): string {
  const file = new URL('../node_modules/nats/package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
