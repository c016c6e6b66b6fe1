/**
 * Whether this member's peers can reach it: it calls itself by the way that they do.
 *
 * Why: a member that its peers cannot reach must not hold slots, however well its renewals go.
 * Invariant: a store that is not connected, or a lease that is not healthy, says nothing about that: the time starts again.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Messaging, Peer } from '../../ports/messaging.ts';
import { encodeFrame } from '../contract/rpc.ts';

const SELF_CALL_MS = 1_000;

export interface HearingContext {
  readonly self: Peer;
  readonly clock: Clock;
  readonly messaging: Messaging;
  /** So long unheard: deaf. */
  readonly deafMs: number;
  /** The store is connected, and the lease renewed in time. */
  isHealthy(): boolean;
  deaf(): void;
}

/** Listens until it is deaf, or cancelled. */
export function listenToSelf(context: HearingContext): Timer {
  const { self, clock, messaging, deafMs } = context;
  let heardAt = clock.monotonic();
  let timer: Timer | null = null;
  let isCancelled = false;
  const listen = () => {
    timer = clock.after(SELF_CALL_MS, async () => {
      if (isCancelled) return;
      const outcome = await messaging.call(self, encodeFrame({ type: 'ping' }), SELF_CALL_MS / 2);
      if (isCancelled) return;
      const now = clock.monotonic();
      if (outcome.kind === 'answer' || !context.isHealthy()) heardAt = now;
      else if (now - heardAt > deafMs) return context.deaf();
      listen();
    });
  };
  listen();
  return {
    cancel: () => {
      isCancelled = true;
      timer?.cancel();
    },
  };
}
