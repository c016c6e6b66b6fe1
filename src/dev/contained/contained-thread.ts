/**
 * A thread in a process of its own: for code that may do whatever it likes, also take all memory.
 *
 * Why a process: a thread that runs out of memory does not always end alone, whatever its limits. V8 then ends the process that it is in.
 * Why still a thread in it: the process' main thread stays free. It hears when whoever started it ends, and says where a call is that never does.
 * Invariants:
 *  - There is one end, and once this is disposed of nothing of it runs.
 *  - What the code prints goes nowhere.
 *  - It reads modules as this process does, and shares no other flag with it: no port of a debugger, no program of `--eval`.
 */
import { type ChildProcess, fork } from 'node:child_process';

export interface Job {
  /** Address of the thread's program: `work(async (job, cells) => answer)` of thread.ts. */
  readonly program: string;
  readonly data: unknown;
  /** Of its heap; with what lies beside it, twice as much. */
  readonly megabytes: number;
}

/**
 * - `answer`: what the program answered. `memory`: it took more than it may.
 * - `error`: it threw where nobody catches. `exit`: it ended its thread, or its process.
 */
export type End<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'memory' }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string }
  | { readonly kind: 'exit' };

/** What the process says; `cells`: numbers that the thread writes while it runs. */
export type Said = { readonly kind: 'cells'; readonly cells: readonly number[] } | End<unknown>;

/** How V8 ends a process that has no memory left, or whose code asks for more than there can be. */
const aborts: readonly unknown[] = ['SIGABRT', 'SIGTRAP', 128 + 6, 128 + 5];

export class ContainedThread<Answer> implements Disposable {
  readonly ended: Promise<End<Answer>>;
  /** As the thread left them a moment ago. Empty: it has not begun. */
  cells: readonly number[] = [];
  readonly #process: ChildProcess;

  constructor(job: Job) {
    const child = fork(new URL('./container.ts', import.meta.url), {
      execArgv: readingFlags(process.execArgv),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process = child;
    this.ended = new Promise((resolve) => {
      child.on('message', (said: Said) => {
        if (said.kind === 'cells') this.cells = said.cells;
        else resolve(said as End<Answer>);
      });
      child.once('error', ({ message, stack = message }) => resolve({ kind: 'error', message, stack }));
      child.once('close', (code, signal) => {
        resolve({ kind: aborts.includes(signal ?? code) ? 'memory' : 'exit' });
      });
    });
    // Who cannot be reached ends, and that is told.
    child.send(job, () => undefined);
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}

/** Of flags of Node.js those that say how modules are found and read. */
function readingFlags(flags: readonly string[]): string[] {
  return flags.flatMap((flag, at) => {
    const [, name, isWhole] =
      /^(--import|--require|-r|--(?:experimental-)?loader|--conditions|-C)(=.*)?$/.exec(flag) ?? [];
    if (name === undefined) return [];
    return isWhole === undefined ? [flag, ...flags.slice(at + 1, at + 2)] : [flag];
  });
}
