/**
 * One child process of a test: its output in memory, its exit awaited, signals to it, and never left behind.
 *
 * Role: what member processes and anything else that the cluster tests start have in common.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { reapLater } from './reaper.ts';

/** How a process ended: its exit code, or the signal that killed it. */
export type Exit = { readonly code: number; readonly signal: null } | { readonly code: null; readonly signal: string };

const keptLines = 5_000;
/** Where Node.js keeps what it compiled: a third of what a start costs. */
const compiled = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '' };

export class Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  #exit: Exit | null = null;

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#process = spawn(command, args, { env: { ...compiled, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`could not start ${command}`);
    this.pid = pid;
    const takeBack = reapLater(pid);
    this.exited = new Promise((resolve) => {
      // `close`, not `exit`: all of the output has been read by then.
      this.#process.once('close', (code, signal) => {
        takeBack();
        this.#exit = code === null ? { code, signal: signal ?? 'unknown' } : { code, signal: null };
        this.lines.push(`--- exited: ${JSON.stringify(this.#exit)}`);
        resolve(this.#exit);
      });
    });
    this.#keep(this.#process.stdout);
    this.#keep(this.#process.stderr);
  }

  get exit(): Exit | null {
    return this.#exit;
  }

  get output(): string {
    return this.lines.join('\n');
  }

  /** Sends a signal; returns at once. Harmless once the process is gone. */
  signal(name: NodeJS.Signals): void {
    if (this.#exit === null) this.#process.kill(name);
  }

  /** SIGKILL, then waits until it is gone. A stopped process dies of it too. */
  async kill(): Promise<Exit> {
    this.signal('SIGKILL');
    return this.exited;
  }

  /** Whoever read its output is gone: what it writes from now on has nowhere to go. */
  loseReaders(): void {
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
  }

  #keep(stream: NodeJS.ReadableStream | null): void {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
      if (this.lines.length > keptLines) this.lines.splice(0, this.lines.length - keptLines);
    });
    stream?.on('end', () => {
      if (rest !== '') this.lines.push(rest);
    });
  }
}
