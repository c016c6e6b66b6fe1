/**
 * Growing pauses for each of many targets, where nobody waits: whoever comes looks whether the pause is over.
 *
 * Role: the policy of `retry.ts` for what is looked at again and again anyway, such as slots and the members that should take them.
 * Why without jitter: whoever looks does so at times of its own, so members that fail together do not come back together anyway.
 * Invariant: what failed is held back until its pause is over; what worked since is not.
 */
import type { Clock } from '../../ports/clock.ts';
import { pauseAfter, type RetryPolicy } from './retry.ts';

/** Of jitter: as long as the policy says. */
const EXACTLY = 0.5;

interface Failing {
  readonly failures: number;
  /** Monotonic ms. */
  readonly until: number;
}

export class Backoff {
  private readonly clock: Clock;
  private readonly policy: RetryPolicy;
  private readonly targets = new Map<string, Failing>();

  constructor(clock: Clock, policy: RetryPolicy) {
    this.clock = clock;
    this.policy = policy;
  }

  isOver(target: string): boolean {
    return (this.targets.get(target)?.until ?? 0) <= this.clock.monotonic();
  }

  failed(target: string): void {
    // Several tries that were under way together count as one failure.
    if (!this.isOver(target)) return;
    const failures = (this.targets.get(target)?.failures ?? 0) + 1;
    const pauseMs = pauseAfter(this.policy, failures, EXACTLY);
    this.targets.set(target, { failures, until: this.clock.monotonic() + pauseMs });
  }

  succeeded(target: string): void {
    this.targets.delete(target);
  }
}
