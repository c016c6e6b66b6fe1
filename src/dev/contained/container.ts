/**
 * The process around a thread that may do whatever it likes (contained-thread.ts): starts it, tells of its end, and now and then how far it is.
 *
 * Why it looks at the process' memory too: the limit of a thread is one of its heap, and buffers lie beside it.
 * Invariant: it ends with whoever started it.
 */
import { Worker } from 'node:worker_threads';
import type { Job, Said } from './contained-thread.ts';
import type { ThreadData } from './thread.ts';

/** How many numbers the thread may show. */
const cellCount = 4;
const everyMs = 50;
/** What a thread takes in all, by what its heap may: garbage, compiled code and buffers are in it. */
const heapShare = 0.5;

process.once('disconnect', () => process.exit());
process.once('message', (job: Job) => contain(job));

function contain({ program, data, megabytes }: Job): void {
  const shared = new SharedArrayBuffer(cellCount * Int32Array.BYTES_PER_ELEMENT);
  const cells = new Int32Array(shared);
  const workerData: ThreadData = { data, shared };
  const worker = new Worker(new URL(program), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: megabytes },
    stdout: true,
    stderr: true,
  });
  const mostBytes = process.memoryUsage.rss() + (megabytes * 1_048_576) / heapShare;
  const showCells = () => say({ kind: 'cells', cells: Array.from(cells) });
  const end = (said: Said) => {
    clearInterval(looking);
    showCells();
    say(said);
  };
  const looking = setInterval(() => {
    if (process.memoryUsage.rss() > mostBytes) end({ kind: 'memory' });
    else showCells();
  }, everyMs);
  worker.once('message', (answer: unknown) => end({ kind: 'answer', answer }));
  worker.once('error', ({ code, message, stack = message }: NodeJS.ErrnoException) =>
    end(code === 'ERR_WORKER_OUT_OF_MEMORY' ? { kind: 'memory' } : { kind: 'error', message, stack }),
  );
  worker.once('exit', () => end({ kind: 'exit' }));
}

function say(said: Said): void {
  // Who hears nothing any more ends this process.
  process.send?.(said, () => undefined);
}
