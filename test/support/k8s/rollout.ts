/**
 * A Deployment's rolling update, as its controller performs it: so many new pods more than replicas, so many less at most, the next step
 * when a pod has been ready for `minReadySeconds`. Pods that were deleted do not count any more, though they still run.
 *
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LaggingProxy } from './lagging-proxy.ts';
import type { RolloutNumbers } from './numbers.ts';
import type { Pod } from './pod.ts';

export interface RolloutOptions {
  readonly numbers: RolloutNumbers;
  readonly replicas: number;
  readonly proxies: readonly LaggingProxy[];
  /** A pod that is not started; it tells of its changes by `changed`. */
  readonly newPod: (name: string, changed: () => void) => Promise<Pod>;
}

const lookEveryMs = 20;

export class Rollout {
  /** Every pod there ever was. */
  readonly pods: Pod[] = [];
  readonly #options: RolloutOptions;
  #current: Pod[] = [];
  #revision = 0;
  readonly #endings: Promise<void>[] = [];

  constructor(options: RolloutOptions) {
    this.#options = options;
  }

  /** What should not have happened to any pod. */
  get problems(): readonly string[] {
    return this.pods.flatMap(({ problems }) => problems);
  }

  /** Replaces every pod; resolves with the time that it took, ms, when the new ones are available. The last old ones may still run. Rejects with `problems`. */
  async update(): Promise<number> {
    const { replicas, numbers } = this.#options;
    const begun = performance.now();
    this.#revision += 1;
    this.#current = [];
    for (;;) {
      const alive = this.pods.filter((pod) => !pod.terminating);
      const [old] = alive.filter((pod) => !this.#current.includes(pod));
      const available = alive.filter((pod) => this.#isAvailable(pod)).length;
      if (old === undefined && available === replicas) return performance.now() - begun;
      if (this.#current.length < replicas && alive.length < replicas + numbers.maxSurge) await this.#create();
      else if (old !== undefined && available > replicas - numbers.maxUnavailable) this.#endings.push(old.delete());
      else await pause(lookEveryMs);
      if (performance.now() - begun > numbers.deadlineMs) throw new Error('the rolling update makes no progress');
      if (this.problems.length > 0) throw new Error(this.problems.join('\n'));
    }
  }

  /** Until every pod that was deleted is gone. */
  async ended(): Promise<void> {
    await Promise.all(this.#endings);
  }

  async #create(): Promise<void> {
    const pod = await this.#options.newPod(`minotaur-${this.#revision}-${this.#current.length}`, () => this.#publish());
    this.pods.push(pod);
    this.#current.push(pod);
    pod.start();
  }

  #isAvailable({ readySince }: Pod): boolean {
    return readySince !== null && performance.now() - readySince >= this.#options.numbers.minReadyMs;
  }

  /** What the endpoints controller does, at once; what proxies make of it is theirs. */
  #publish(): void {
    const urls = this.pods.filter(({ serving }) => serving).map(({ url }) => url);
    for (const proxy of this.#options.proxies) proxy.learn(urls);
  }
}
