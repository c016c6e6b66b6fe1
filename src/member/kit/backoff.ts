/**
 * Growing pauses for each of many targets, where nobody waits: whoever comes looks whether the pause is over.
 *
 * Role: the policy of `retry.ts` for what is looked at again and again anyway, such as slots and the members that should take them.
 * Invariant: what failed is held back until its pause is over; what worked since is not.
 */
import type { Clock } from '../../ports/clock.ts';
import { pauseAfter, type RetryContext, type RetryPolicy } from './retry.ts';

interface Failing {
  readonly failures: number;
  /** Monotonic ms. */
  readonly until: number;
}

export class Backoff {
  private readonly clock: Clock;
  private readonly random: RetryContext['random'];
  private readonly policy: RetryPolicy;
  private readonly targets = new Map<string, Failing>();

  constructor({ clock, random }: Pick<RetryContext, 'clock' | 'random'>, policy: RetryPolicy) {
    this.clock = clock;
    this.random = random;
    this.policy = policy;
  }

  isOver(target: string): boolean {
    return (this.targets.get(target)?.until ?? 0) <= this.clock.monotonic();
  }

  failed(target: string): void {
    // Several tries that were under way together count as one failure.
    if (!this.isOver(target)) return;
    const failures = (this.targets.get(target)?.failures ?? 0) + 1;
    const pauseMs = pauseAfter(this.policy, failures, this.random.fraction());
    this.targets.set(target, { failures, until: this.clock.monotonic() + pauseMs });
  }

  succeeded(target: string): void {
    this.targets.delete(target);
  }
}
