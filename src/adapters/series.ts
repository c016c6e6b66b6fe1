/**
 * The series of one metric: a number, or a distribution of numbers, for every combination of its labels' values.
 *
 * Role: what is touched at every measurement; nothing here knows of Prometheus.
 * Invariant: there are as many as the table says (metrics.ts), from the start; other values are measured nowhere.
 */
import type { Labels } from '../metrics.ts';

type Values = Readonly<Record<string, string>>;

interface Label {
  readonly name: string;
  /** Its values, by their places in the table. */
  readonly places: ReadonlyMap<string, number>;
}

export class Series<One> {
  readonly all: readonly { readonly values: Values; readonly one: One }[];
  readonly #labels: readonly Label[];

  constructor(labels: Labels, make: () => One) {
    this.#labels = Object.entries(labels).map(([name, values]) => ({
      name,
      places: new Map(values.map((value, place) => [value, place])),
    }));
    this.all = combinations(labels).map((values) => ({ values, one: make() }));
  }

  /** That of these values; undefined if the table has none. */
  of(values: Values): One | undefined {
    let place = 0;
    for (const { name, places } of this.#labels) {
      const own = places.get(values[name] ?? '');
      if (own === undefined) return undefined;
      place = place * places.size + own;
    }
    return this.all[place]?.one;
  }
}

/** How often something happened. */
export class Tally {
  count = 0;

  add(): void {
    this.count += 1;
  }
}

/** How many values were at most so large. */
export class Distribution {
  sum = 0;
  count = 0;
  readonly #bounds: readonly number[];
  /** How many were above the bound before it, and not above it. */
  readonly #counts: number[];

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  /** What is no finite number is none of them: one such value would make the sum useless for good. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    this.sum += value;
    this.count += 1;
    let place = 0;
    for (const bound of this.#bounds) {
      if (value <= bound) {
        this.#counts[place] = (this.#counts[place] ?? 0) + 1;
        return;
      }
      place += 1;
    }
  }

  /** How many were at most as large as each bound, and in all. */
  cumulative(): { readonly le: number | string; readonly count: number }[] {
    let count = 0;
    const upTo = this.#bounds.map((le, place) => {
      count += this.#counts[place] ?? 0;
      return { le, count };
    });
    return [...upTo, { le: '+Inf', count: this.count }];
  }
}

/** Every way to give each label one of its values; the last label's change fastest. */
function combinations(labels: Labels): Values[] {
  return Object.entries(labels).reduce<Values[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
