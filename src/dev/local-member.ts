/**
 * One member on this machine, as a process of its own: `src/main.ts`, configured by its environment only.
 *
 * Role: starts it, and does to it what machines and deployments do: stop, kill, pause, start again.
 * Invariants:
 *  - It has its own process group: Ctrl-C of the terminal reaches it only through us; and it never outlives us.
 *  - `onChange` is called after every change of `phase`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endWithThisProcess } from './watchdog.ts';

const entry = join(import.meta.dirname, '..', 'main.ts');
const readyTimeoutMs = 30_000;
const pollMs = 50;

/** `ready`: it was, since it started; what it says of that now is `notReady`. `drained`: it left in the planned way. */
export type Phase = 'starting' | 'ready' | 'paused' | 'draining' | 'drained' | 'dead';

export interface LocalMemberOptions {
  readonly id: string;
  readonly port: number;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onChange: (member: LocalMember, was: Phase) => void;
}

export class LocalMember {
  readonly id: string;
  readonly url: string;
  readonly logFile: string;
  /** Over its environment, from its next start on. */
  readonly settings: Record<string, string> = {};
  readonly #options: LocalMemberOptions;
  #phase: Phase = 'dead';
  #child: ChildProcess | null = null;
  /** Why it last ended, and whether that was asked for. */
  ending = { reason: '', wanted: true };
  #exited: Promise<void> = Promise.resolve();
  /** Why it is not ready, as it says itself; null: it is, or nothing was heard yet. */
  notReady: string | null = null;

  constructor(options: LocalMemberOptions) {
    this.id = options.id;
    this.url = `http://127.0.0.1:${options.port}`;
    this.logFile = options.logFile;
    this.#options = options;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get running(): boolean {
    return this.#child !== null;
  }

  /** Starts the process and waits until it says that it is ready. False if it ended instead, or is still starting after a while. */
  async start(): Promise<boolean> {
    if (this.running) return this.#phase === 'ready';
    this.#spawn();
    this.#enter('starting');
    const deadline = Date.now() + readyTimeoutMs;
    while (this.#phase === 'starting' && Date.now() < deadline) {
      if (!(await this.look())) await pause(pollMs);
    }
    return this.phase === 'ready';
  }

  /** SIGTERM: it hands over what it holds and leaves. Waits for the end. */
  drain(): Promise<void> {
    if (this.#phase === 'paused') this.resume();
    this.ending = { reason: '', wanted: true };
    if (this.running) this.#enter('draining');
    this.#child?.kill('SIGTERM');
    return this.#exited;
  }

  /** kill -9, which reaches a paused process too. Waits for the end. */
  kill(): Promise<void> {
    this.ending = { reason: '', wanted: true };
    this.#child?.kill('SIGKILL');
    return this.#exited;
  }

  /** SIGSTOP: it stands still; its connections stay open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
    this.#enter('paused');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
    this.#enter('ready');
  }

  /** The last lines of its log. */
  lastLines(count: number): readonly string[] {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count);
  }

  /** Asks it whether it is ready, and keeps what it says. One that was starting is ready from then on, however long it took. */
  async look(): Promise<boolean> {
    const asked = this.#child;
    const notReady = await this.#complaint();
    if (this.#child !== asked) return false;
    this.notReady = notReady;
    if (notReady === null && this.#phase === 'starting') this.#enter('ready');
    return notReady === null;
  }

  /** Why it is not ready; null: it is. */
  async #complaint(): Promise<string | null> {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1_000) });
      const { reasons = [] } = (await answer.json()) as { readonly reasons?: readonly string[] };
      // It may stay ready for balancers because all of them wait alike; to who sits before it that is not ready.
      const unsaid = answer.status === 200 ? null : `/readyz answers ${answer.status}`;
      return reasons.length > 0 ? reasons.join(', ') : unsaid;
    } catch {
      return 'it does not answer';
    }
  }

  #spawn(): void {
    const log = openSync(this.logFile, 'a');
    const child = spawn(process.execPath, [entry], {
      env: { ...this.#options.environment, ...this.settings },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.ending = { reason: '', wanted: false };
    const takeBack = child.pid === undefined ? () => {} : endWithThisProcess(child.pid);
    this.#exited = new Promise((resolve) => {
      const gone = (reason: string) => {
        if (this.#child !== child) return;
        takeBack();
        this.#child = null;
        this.ending = { ...this.ending, reason };
        this.notReady = null;
        this.#enter(this.#phase === 'draining' && reason === 'exit code 0' ? 'drained' : 'dead');
        resolve();
      };
      child.once('exit', (code, signal) => gone(signal === null ? `exit code ${code}` : signal));
      child.once('error', (error) => gone(error.message));
    });
  }

  #enter(phase: Phase): void {
    const was = this.#phase;
    if (was === phase) return;
    this.#phase = phase;
    this.#options.onChange(this, was);
  }
}
