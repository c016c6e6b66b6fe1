/**
 * One try of an operation: what it may come to, and how long it may take.
 */
import type { Clock } from '../../ports/clock.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Answer } from '../contract/gateway.ts';
import type { RoutedCommand, RoutedOperation } from '../contract/rpc.ts';

export type Try =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** `uncertain`: it may have been applied all the same. `wait`: for the slot to change hands, before the next one. */
  | Again;

interface Again {
  readonly kind: 'again';
  readonly uncertain: boolean;
  readonly wait: boolean;
}

/** Nobody was asked: nobody owns the slot now. */
export const NOT_YET: Again = { kind: 'again', uncertain: false, wait: true };

/** Nobody was asked, and it is time to look again. */
export const NOT_SENT: Again = { kind: 'again', uncertain: false, wait: false };

export interface Limits {
  /** Monotonic ms: when this try ends. */
  readonly until: number;
  /** Monotonic ms: when this gateway gives up. */
  readonly deadline: number;
  /** An owner elsewhere shall publish updates for a while. */
  readonly interested: boolean;
}

/** The deadline as members say it to each other. Slots are known only once the time is. */
export function deadlineOf({ deadline }: Limits, clock: Clock, time: Pick<ClusterTime, 'now'>): number {
  return time.now() + Math.round(deadline - clock.monotonic());
}

/** Null if the time is up first; `until` in monotonic ms. */
export function before<Value>(clock: Clock, until: number, running: Promise<Value>): Promise<Value | null> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(Math.max(1, until - clock.monotonic()), () => resolve(null));
    running.then(resolve, reject).finally(() => timer.cancel());
  });
}

export function changes(operation: RoutedOperation): operation is RoutedCommand {
  return 'command' in operation;
}
