/**
 * Lines about single requests: of one event, and of one trouble, so many in a while and no more.
 *
 * Why not summed as other trouble is (summed-log.ts): each is looked for by its own id.
 * Invariant: how many were left out is said with the next line. Metrics count them all.
 */

const PERIOD_MS = 10_000;
const LINES = 20;
/** So that one game that fails again and again leaves lines for the others. */
const LINES_OF_CAUSE = 4;

/** Of one event. */
export class FewLines {
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unsaid = 0;
  readonly #causes = new Map<string, number>();

  /** `now`: monotonic ms. Null: this one is left out; else how many were before it. */
  admit(cause: string, now: number): number | null {
    if (now - this.#since >= PERIOD_MS) {
      this.#since = now;
      this.#lines = 0;
      this.#causes.clear();
    }
    const ofCause = this.#causes.get(cause) ?? 0;
    if (this.#lines === LINES || ofCause === LINES_OF_CAUSE) {
      this.#unsaid += 1;
      return null;
    }
    this.#lines += 1;
    this.#causes.set(cause, ofCause + 1);
    const unsaid = this.#unsaid;
    this.#unsaid = 0;
    return unsaid;
  }
}
