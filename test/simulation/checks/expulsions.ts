/**
 * Nobody is declared dead too early.
 *
 * Role: follows deletion markers of members. Whose hand wrote one is not in it; but whoever has not ended did not delete its own key.
 * Rules, when a marker lands for an incarnation that has not ended:
 *  - 1.25 × the lease that its key announced has passed since its last renewal landed (I5), give or take the rates of clocks.
 *  - If it lived and could be reached all that time, it was silent: (nearly) `suspectMs` have passed. Nobody whose renewals land is expelled.
 *  - And that was no silence of the store: somebody's own renewals landed again and again meanwhile.
 */
import type { Entry } from '../../../src/ports/store.ts';
import type { MemberHost } from '../world/member-host.ts';
import type { Checked } from './belief.ts';
import type { Leases } from './leases.ts';

export interface ExpulsionsContext extends Checked {
  readonly leases: Leases;
  /**
   * Whether anything was wrong since `since` (true ms) with the process, its clocks and machine, or the way between it and others. What is
   * wrong with the store, for all alike, does not count.
   */
  wasUnreachable(host: MemberHost, since: number): boolean;
}

const LEASE_FACTOR = 1.25;
/** How much less true time passes while a fast clock measures a stretch. */
const FAST_CLOCK = 0.95;
/** The same, for what is measured by several steps. */
const NEARLY = 0.9;

/** So many heartbeats of silence count for each renewal of whoever judges (src/cluster/acknowledged-clock.ts). */
const HEARTBEATS_LET_RUN = 2.5;
/** Renewals that landed before the other one's last and were acknowledged after it, and the time before the first. */
const UNDER_WAY = 2;

export class Expulsions {
  readonly #context: ExpulsionsContext;

  constructor(context: ExpulsionsContext) {
    this.#context = context;
    context.buckets.content('members').listeners.add((entry) => {
      if (entry.deleted) this.#departed(entry);
    });
  }

  #departed({ key, revision }: Entry): void {
    const { beliefs, leases, violations, wasUnreachable } = this.#context;
    const renewal = leases.lastRenewal(key);
    const belief = beliefs.of(key);
    // A renewal that the store forgot may have reached nobody.
    if (renewal === null || leases.mayBeLost(renewal) || belief === null || belief.ended) return;
    const { process, settings } = belief.host;
    const waitedMs = beliefs.now() - renewal.at;
    const what =
      `at ${beliefs.now().toFixed(3)} ${belief} was expelled (revision ${revision}) ` +
      `${waitedMs.toFixed(3)} ms after its last renewal landed`;
    if (waitedMs < LEASE_FACTOR * renewal.leaseMs * FAST_CLOCK) {
      violations.report('I5', `${what}: it announced a lease of ${renewal.leaseMs} ms`);
    }
    if (!process.alive || wasUnreachable(belief.host, renewal.at)) return;
    const { suspectMs, heartbeatMs } = settings;
    const least = Math.floor(suspectMs / (HEARTBEATS_LET_RUN * heartbeatMs)) - UNDER_WAY;
    const most = leases.mostSince(renewal.at);
    if (waitedMs < suspectMs * NEARLY) {
      violations.report('liveness', `${what}, though it could be reached`);
    } else if (most < least) {
      violations.report('liveness', `${what}: since then no member renewed its own key more than ${most} times`);
    }
  }
}
