/**
 * How often each limit has refused somebody at this member, by the limit's name.
 *
 * Invariant: every limit of the edge is here from the beginning, so that a metric shows its zero.
 */

import { type LimitName, limitNames } from '../../metrics.ts';

export class Refusals {
  readonly #counts = new Map<LimitName, number>(limitNames.map((name) => [name, 0]));

  count(limit: LimitName): void {
    this.#counts.set(limit, (this.#counts.get(limit) ?? 0) + 1);
  }

  get counts(): ReadonlyMap<LimitName, number> {
    return this.#counts;
  }
}
