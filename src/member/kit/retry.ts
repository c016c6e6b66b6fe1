/**
 * Growing pauses: how long to wait before something is tried again.
 *
 * Role: the one policy for whatever is repeated until it works. Nothing in a member loops without it.
 * Why with jitter: members that fail together must not come back together.
 * Invariant: every outcome that is not final is followed by a pause, and none is longer than 1.5 × `longestMs`.
 */
import type { RetryReason } from '../../metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';

export interface RetryPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

export interface RetryContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Counts what is repeated, by reason. */
  retried(reason: RetryReason): void;
}

/** Of one attempt: its result, or why there has to be another. */
export type Attempt<Result> = { readonly done: Result } | { readonly again: RetryReason };

/** The pause after so many failures in a row, 1 or more; `fraction` is the jitter, from 0 to 1. */
export function pauseAfter({ firstMs, factor, longestMs }: RetryPolicy, failures: number, fraction: number): number {
  return Math.min(firstMs * factor ** (failures - 1), longestMs) * (0.5 + fraction);
}

/** Tries until an attempt is done. */
export async function retry<Result>(
  context: RetryContext,
  policy: RetryPolicy,
  attempt: () => Promise<Attempt<Result>>,
): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    const outcome = await attempt();
    if ('done' in outcome) return outcome.done;
    context.retried(outcome.again);
    await sleep(context.clock, pauseAfter(policy, failures, context.random.fraction()));
  }
}

/** About `ms`, with jitter. */
export function pause(context: { readonly clock: Clock; readonly random: Random }, ms: number): Promise<void> {
  return sleep(context.clock, ms * (0.5 + context.random.fraction()));
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
