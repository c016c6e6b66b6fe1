/**
 * One process of node's test runner, with one test file or several.
 *
 * Role: its output, how many tests it ran, and which of them failed. A process that says nothing for too long is told to stop: Node puts no
 * limit to a file whose tests have all ended but that keeps something open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface FileRun {
  readonly passed: boolean;
  readonly tests: number;
  readonly seconds: number;
  /** What node's reporter said, without the sums at the end. */
  readonly output: string;
  /** What failed, each with its file. */
  readonly failed: readonly string[];
}

export interface FileRunOptions {
  /** A test that takes longer has failed. */
  readonly timeoutMs: number;
  /** Only the tests whose names match. */
  readonly only: string | undefined;
  /** Told of what is said as it comes, if somebody looks at nothing else meanwhile. */
  readonly live?: (text: string) => void;
}

/** A file may start, and stop what it started, in silence. */
const SILENCE_GRACE_MS = 60_000;
/** From being told to stop until it is killed. */
const STOP_WITHIN_MS = 10_000;
const batch = 'test/runner/batch.ts';
const root = join(import.meta.dirname, '../..');
const running = new Set<ChildProcess>();

/** What runs gets the signal too. */
export function signalAll(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

export function runFiles(files: readonly string[], { timeoutMs, only, live }: FileRunOptions): Promise<FileRun> {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  // Inside of a test node's runner would take this one for a part of itself.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const pattern = only === undefined ? [] : [`--test-name-pattern=${only}`];
  const args = [
    '--test-reporter=spec',
    `--test-timeout=${timeoutMs}`,
    ...pattern,
    ...(files.length === 1 ? files : [batch, ...files]),
  ];
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...environment, ...colours },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    let killing: NodeJS.Timeout | undefined;
    const silence = setTimeout(() => {
      output += `${files.join(' ')}: nothing is said any more, and it does not end: stopped\n`;
      child.kill('SIGINT');
      killing = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    }, timeoutMs + SILENCE_GRACE_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        silence.refresh();
        live?.(text);
        output += text;
      });
    }
    child.once('error', reject).once('close', (code) => {
      clearTimeout(silence);
      clearTimeout(killing);
      running.delete(child);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
      const plain = output.replace(/\x1b\[[0-9;]*m/g, '');
      resolve({
        ...told(plain, files),
        output: withoutSums(output),
        passed: code === 0,
        seconds: (performance.now() - began) / 1000,
      });
    });
  });
}

/** What node's reporter says of its tests. */
function told(output: string, files: readonly string[]): Pick<FileRun, 'tests' | 'failed'> {
  const [tree = ''] = output.split(/^ℹ tests /m);
  const failed: string[] = [];
  let file = files.length === 1 ? files[0] : undefined;
  for (const [, sign, name = ''] of tree.matchAll(/^\s*([▶✖]) (.*?)(?: \([\d.]+ms\))?$/gm)) {
    if (files.includes(name)) file = name;
    else if (sign === '✖') failed.push(`${file ?? files.join(' ')}: ${name}`);
  }
  return { tests: Number(/^ℹ tests (\d+)$/m.exec(output)?.[1] ?? 0), failed };
}

function withoutSums(output: string): string {
  return output.replace(/^\S*ℹ (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+\S*\n/gm, '');
}
