/**
 * Measurements, kept for Prometheus.
 *
 * Role: the meter of a member, and the registry that `/metrics` shows.
 * Invariant: every series of the table is there from the start, at zero: an increase from nothing would page nobody.
 */
import { Counter, Histogram, Registry } from 'prom-client';
import { counters, histograms, type Labels } from '../metrics.ts';
import type { Meter } from '../ports/meter.ts';

export class PrometheusMeter implements Meter {
  readonly registry = new Registry();
  private readonly counters = new Map<string, Counter>();
  private readonly histograms = new Map<string, Histogram>();

  constructor() {
    const registers = [this.registry];
    for (const [name, { help, labels }] of Object.entries(counters)) {
      const counter = new Counter({ name: `minotaur_${name}_total`, help, labelNames: Object.keys(labels), registers });
      for (const values of combinations(labels)) counter.inc(values, 0);
      this.counters.set(name, counter);
    }
    for (const [name, { help, labels, buckets }] of Object.entries(histograms)) {
      const common = { name: `minotaur_${name}`, help, labelNames: Object.keys(labels), registers };
      const histogram = new Histogram({ ...common, buckets: [...buckets] });
      for (const values of combinations(labels)) histogram.zero(values);
      this.histograms.set(name, histogram);
    }
  }

  count: Meter['count'] = (name, labels) => this.counters.get(name)?.inc(labels);

  observe: Meter['observe'] = (name, value, labels) => this.histograms.get(name)?.observe(labels, value);
}

/** Every way to give each label one of its values. */
function combinations(labels: Labels): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (all, [label, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))),
    [{}],
  );
}
