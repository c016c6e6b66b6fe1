/**
 * How long the answers of each owner usually take.
 *
 * Role: tells the router when an answer is so late that its owner should be looked at. A fixed time would either be too long for a cluster
 * on one rack, or take every owner of a cluster over several sites for dead all the time.
 * Invariants: never sooner than `SHORTEST_MS`, never later than `LONGEST_MS`; no more than `MOST` estimates are kept, those used last.
 */
const SHORTEST_MS = 40;
const LONGEST_MS = 1_000;
const MOST = 200;

interface Estimate {
  /** Smoothed, ms. */
  readonly usual: number;
  readonly deviation: number;
}

export class AnswerTimes {
  private readonly estimates = new Map<string, Estimate>();

  /** `what`: an owner and a kind of request; those that write take longer than those that do not. */
  patienceMs(what: string): number {
    const known = this.estimates.get(what);
    if (known === undefined) return SHORTEST_MS;
    return Math.min(Math.max(known.usual + 4 * known.deviation, SHORTEST_MS), LONGEST_MS);
  }

  answered(what: string, ms: number): void {
    const known = this.estimates.get(what);
    this.estimates.delete(what);
    const [oldest] = this.estimates.keys();
    if (oldest !== undefined && this.estimates.size >= MOST) this.estimates.delete(oldest);
    this.estimates.set(what, known === undefined ? { usual: ms, deviation: ms / 2 } : next(known, ms));
  }
}

/** As TCP estimates its round trips (RFC 6298). */
function next({ usual, deviation }: Estimate, ms: number): Estimate {
  return {
    usual: usual + (ms - usual) / 8,
    deviation: deviation + (Math.abs(ms - usual) - deviation) / 4,
  };
}
