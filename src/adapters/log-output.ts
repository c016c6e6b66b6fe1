/**
 * Adapter: where the log of this process goes, without ever waiting for whoever reads it.
 *
 * Why: a pipe that nobody reads is full after 64 KiB. A write that waits for it stops the whole process, which then loses its lease; a thread
 * that waits for it keeps the process from ending; and lines that wait in memory grow without end. Node.js writes to its own standard output
 * without waiting if that is a pipe or a socket.
 * Invariants:
 *  - At most `WAITING_BYTES` and one line wait to be read. What comes then is dropped, and counted at once; that is said when all is read.
 *  - Whoever ends the process waits for the last lines `PATIENCE_MS` at most.
 *  - A reader that is gone is no failure of this process.
 */
import type { Writable } from 'node:stream';
import type { Clock } from '../ports/clock.ts';

const WAITING_BYTES = 1024 * 1024;
const PATIENCE_MS = 1_000;

export interface LogOutputContext {
  readonly clock: Pick<Clock, 'after'>;
  /** A line was dropped. */
  dropped(): void;
  /** After so many dropped lines the log is read again. */
  readAgain(lines: number): void;
}

export class LogOutput {
  readonly #stream: Writable;
  readonly #context: LogOutputContext;
  #dropped = 0;

  constructor(stream: Writable, context: LogOutputContext) {
    this.#stream = stream;
    this.#context = context;
    stream.on('error', () => {});
    stream.on('drain', () => this.#drained());
  }

  write(line: string): void {
    if (this.#stream.writableLength < WAITING_BYTES) {
      this.#stream.write(line);
      return;
    }
    this.#dropped += 1;
    this.#context.dropped();
  }

  /** Resolves when every line was taken, or after a while. */
  flushed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const patience = this.#context.clock.after(PATIENCE_MS, resolve);
    this.#stream.write('', () => resolve());
    return promise.finally(() => patience.cancel());
  }

  #drained(): void {
    const lines = this.#dropped;
    this.#dropped = 0;
    if (lines > 0) this.#context.readAgain(lines);
  }
}
