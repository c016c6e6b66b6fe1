/**
 * One pod as its kubelet runs it: probes from its start on, and its end: preStop, SIGTERM, and SIGKILL when the grace period is over.
 *
 * Role: what the drivers of a Deployment and of a StatefulSet start and delete; the processes are real.
 * Invariant: the kubelet asks nobody: the end runs by its own clock, whatever the proxies know by then.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../child.ts';
import { send } from '../client.ts';
import { announceStop, type PodNumbers, type ProbeNumbers } from './numbers.ts';

/** The process of the pod's one container. */
export interface PodProcess {
  readonly id: string;
  /** Where clients reach it. */
  readonly url: string;
  readonly child: Child;
  start(): void;
}

export interface PodOptions {
  readonly process: PodProcess;
  readonly numbers: PodNumbers;
  /** Where a port of the container is on this machine. */
  readonly addressOf: (port: number) => string;
  /** A preStop hook that runs another command than the announcement of a stop. */
  readonly preStop?: () => Promise<void>;
  /** Told of whatever the endpoints controller would see: ready, not ready, being deleted. */
  readonly changed: () => void;
}

/** A pause that keeps no test from its end. */
const inBackground = { ref: false };

export class Pod {
  /** `performance.now()` since which it is ready; null: it is not. */
  readySince: number | null = null;
  /** It was deleted, and may still run. */
  terminating = false;
  /** What should not have happened to it. */
  readonly problems: string[] = [];
  readonly #options: PodOptions;
  /** Its process, and not the one of a later pod with the same name. */
  #child: Child | null = null;

  constructor(options: PodOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.process.id;
  }

  get url(): string {
    return this.#options.process.url;
  }

  /** Whether it is an endpoint of its Service. */
  get serving(): boolean {
    return this.readySince !== null && !this.terminating;
  }

  start(): void {
    this.#options.process.start();
    this.#child = this.#options.process.child;
    void this.#child.exited.then((exit) => {
      if (!this.terminating) this.problems.push(`${this.name} exited by itself: ${JSON.stringify(exit)}`);
      this.#setReady(false);
    });
    void this.#probe();
  }

  /** Deleted: resolves when the process is gone. */
  async delete(): Promise<void> {
    const { numbers, preStop } = this.#options;
    const child = this.#child;
    if (child === null) throw new Error(`${this.name} was never started`);
    this.terminating = true;
    this.#options.changed();
    const over = pause(numbers.graceMs, undefined, inBackground).then(() => {
      if (child.exit !== null) return;
      this.problems.push(`${this.name} was killed at the end of its grace period`);
      child.signal('SIGKILL');
    });
    await Promise.race([preStop?.() ?? this.#announceStop(child), over]);
    child.signal('SIGTERM');
    const exit = await child.exited;
    if (exit.code !== 0) this.problems.push(`${this.name} ended with ${JSON.stringify(exit)}`);
  }

  /** The members' preStop hook, with the process and the time that it has here. */
  async #announceStop({ pid }: Child): Promise<void> {
    const { preStopMs } = this.#options.numbers;
    if (preStopMs === 0) return;
    const hook = new Child(process.execPath, [announceStop, `${pid}`, `${preStopMs / 1_000}`], {});
    const { code } = await hook.exited;
    if (code !== 0 || hook.output.includes('not told')) this.problems.push(`${this.name}: preStop: ${hook.output}`);
  }

  get #isGone(): boolean {
    return this.#child?.exit !== null;
  }

  /** Startup first; then liveness, until it is deleted, and readiness, until it is gone. */
  async #probe(): Promise<void> {
    const { startup, liveness, readiness } = this.#options.numbers;
    if (startup !== null) await this.#poll(startup, 'startup', (ok) => ok || this.terminating || this.#isGone);
    void this.#pollLiveness(liveness);
    if (readiness === null) this.#setReady(true);
    else {
      let failures = 0;
      await this.#poll(readiness, null, (ok) => {
        failures = ok ? 0 : failures + 1;
        if (ok) this.#setReady(true);
        else if (failures >= readiness.failureThreshold) this.#setReady(false);
        return this.#isGone;
      });
    }
  }

  async #pollLiveness(liveness: ProbeNumbers | null): Promise<void> {
    if (liveness === null) return;
    await this.#poll(liveness, 'liveness', () => this.terminating || this.#isGone);
  }

  /** Asks until `done` says so. With a `kind`, as many failures as allowed are a problem: the container would be restarted. */
  async #poll(probe: ProbeNumbers, kind: string | null, done: (ok: boolean) => boolean): Promise<void> {
    await pause(probe.initialDelayMs, undefined, inBackground);
    for (let failures = 0; ; ) {
      const ok = await this.#ask(probe);
      failures = ok ? 0 : failures + 1;
      if (done(ok)) return;
      if (kind !== null && failures === probe.failureThreshold) {
        this.problems.push(`${this.name} would be restarted: its ${kind} probe failed ${failures} times`);
        return;
      }
      await pause(probe.periodMs, undefined, inBackground);
    }
  }

  async #ask({ port, path, timeoutMs }: ProbeNumbers): Promise<boolean> {
    try {
      const { status } = await send(this.#options.addressOf(port), 'GET', path, { token: null, timeoutMs });
      return status >= 200 && status < 400;
    } catch {
      return false;
    }
  }

  #setReady(ready: boolean): void {
    if (ready === (this.readySince !== null)) return;
    this.readySince = ready ? performance.now() : null;
    this.#options.changed();
  }
}
