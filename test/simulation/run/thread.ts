/**
 * One worker thread, seen from outside: a plan goes in, an outcome comes out, whatever the plan does to the thread.
 *
 * Role: a simulated world runs in one go, so a thread that spins cannot say so. It is watched from here, and replaced when it is lost.
 * Invariants:
 *  - A run ends once the thread was busy or idle for `blockedMs` of it, as a violation if by nothing else. On a machine that has no processor
 *    to spare it is neither: what others do is never taken for a violation.
 *  - A thread that threw is not used again: what it threw may have left anything behind.
 *  - What keeps the world from being loaded at all rejects; it is never taken for a violation.
 */
import { Worker } from 'node:worker_threads';
import type { Outcome } from '../world/world.ts';
import type { Job, Setting } from './worker.ts';

/** What a worker thread does next. */
type Fate =
  | { readonly kind: 'said'; readonly message: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'exited' }
  | { readonly kind: 'silent' };

/** So often in `blockedMs` somebody looks. */
const LOOKS = 10;
const WORKER = new URL('./worker.ts', import.meta.url);
const LOADING_MS = 60_000;

export class Thread {
  readonly #setting: Setting;
  readonly #blockedMs: number;
  #worker: Worker | null = null;
  #isEnded = false;
  /** Of a thread that had nothing to do. */
  #unexpected: unknown = null;

  constructor(setting: Setting, blockedMs: number) {
    this.#setting = setting;
    this.#blockedMs = blockedMs;
  }

  /** One at a time. Null: `end` was called before it was done. Rejects if the world cannot be loaded. */
  async run(job: Job): Promise<Outcome | null> {
    if (this.#unexpected !== null) throw this.#unexpected;
    const worker = this.#worker ?? (await this.#start());
    if (worker === null) return null;
    worker.postMessage(job);
    const fate = await nextOf(worker, this.#blockedMs);
    if (fate.kind === 'said') return fate.message as Outcome;
    if (this.#isEnded) return null;
    this.#unexpected = null;
    await worker.terminate();
    if (fate.kind === 'silent')
      return broken('liveness', `was busy, or waited in vain, for ${this.#blockedMs / 1000} s`);
    return broken('crash', textOf(fate));
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#worker?.terminate();
  }

  async #start(): Promise<Worker | null> {
    if (this.#isEnded) return null;
    const worker = new Worker(WORKER, { workerData: this.#setting });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#unexpected = error;
    });
    // It may follow at once on a message, when nobody waits for it yet.
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
    });
    this.#worker = worker;
    const fate = await nextOf(worker, LOADING_MS);
    if (this.#isEnded) return null;
    if (fate.kind === 'said' && this.#worker === worker) return worker;
    await worker.terminate();
    throw new Error(`the world does not load: ${textOf(fate)}`);
  }
}

/** `silent`: it was busy for so long, or idle, from now on. */
function nextOf(worker: Worker, withinMs: number): Promise<Fate> {
  return new Promise((resolve) => {
    const said = (message: unknown) => end({ kind: 'said', message });
    const failed = (error: unknown) => end({ kind: 'failed', error });
    const exited = () => end({ kind: 'exited' });
    const looking = watchOver(worker, withinMs, () => end({ kind: 'silent' }));
    const end = (fate: Fate) => {
      clearInterval(looking);
      worker.off('message', said).off('error', failed).off('exit', exited);
      resolve(fate);
    };
    worker.on('message', said).on('error', failed).on('exit', exited);
  });
}

/** Calls back when the thread has used so much of a processor, or had nothing to do for so long. */
function watchOver(worker: Worker, mostMs: number, isUp: () => void): NodeJS.Timeout {
  let from: Spent | null = null;
  return setInterval(async () => {
    const spent = await spentBy(worker);
    if (spent === null) return;
    from ??= spent;
    if (spent.busyMs - from.busyMs >= mostMs || spent.idleMs - from.idleMs >= mostMs) isUp();
  }, mostMs / LOOKS);
}

interface Spent {
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Null: it does not run. */
async function spentBy(worker: Worker): Promise<Spent | null> {
  const usage = await worker.cpuUsage().catch(() => null);
  if (usage === null) return null;
  return { busyMs: (usage.user + usage.system) / 1000, idleMs: worker.performance.eventLoopUtilization().idle };
}

function broken(promise: string, what: string): Outcome {
  return { violations: [{ promise, what, at: 0 }], simulatedMs: 0, events: 0, counts: {}, journal: [], digest: '' };
}

function textOf(fate: Fate): string {
  if (fate.kind !== 'failed') return fate.kind === 'silent' ? 'it takes too long' : 'the thread ended';
  return fate.error instanceof Error ? (fate.error.stack ?? fate.error.message) : String(fate.error);
}
