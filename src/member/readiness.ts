/**
 * Whether a member should get requests of clients, and if not, why.
 *
 * Invariant: readiness latches: it is taken back only by a drain, by a bucket that cannot be used, or by silence of NATS: one that others do not
 * share, or one of half a minute. Never by a death elsewhere.
 */
import type { Readiness } from './contract/gateway.ts';
import type { ShareState } from './slots/share-latch.ts';

const SILENCE_MS = 5_000;
/** Longer than elections and short cuts: a silence that all share is an outage from here on, and said so by everybody. */
const OUTAGE_MS = 30_000;

export interface ReadinessFacts {
  /** It shall not serve. */
  readonly draining: boolean;
  readonly connectedOnce: boolean;
  readonly share: ShareState;
  /** Of buckets: what is wrong with them. */
  readonly troubles: Iterable<string>;
  /** Since the last renewal that was acknowledged, ms. */
  readonly silentMs: number;
  /** Asked only during a silence: whether others renew meanwhile. */
  othersRenew(): boolean;
}

export function readinessOf(facts: ReadinessFacts): Readiness {
  const reasons: string[] = [];
  if (facts.draining) reasons.push('draining');
  if (!facts.connectedOnce) reasons.push('waiting for NATS');
  else if (facts.share === 'joining') reasons.push('joining the cluster');
  else {
    if (facts.share === 'taking') reasons.push('taking over its share of the slots');
    reasons.push(...facts.troubles);
  }
  if (facts.silentMs <= SILENCE_MS) return { ready: reasons.length === 0, reasons };
  const isAlone = facts.silentMs > OUTAGE_MS || facts.othersRenew();
  return { ready: reasons.length === 0 && !isAlone, reasons: ['NATS acknowledges no renewals', ...reasons] };
}
