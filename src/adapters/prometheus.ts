/**
 * Measurements, kept for Prometheus.
 *
 * Role: the meter of a member, and the registry that `/metrics` shows.
 * Why own series (series.ts): prom-client checks and hashes the labels at every call, which took a sixteenth of a read. Here it only shows.
 * Invariant: every series of the table is there from the start, at zero: an increase from nothing would page nobody.
 */
import { Counter, type Metric, Registry } from 'prom-client';
import { counters, histograms } from '../metrics.ts';
import type { Meter } from '../ports/meter.ts';
import { Distribution, Series, Tally } from './series.ts';

export class PrometheusMeter implements Meter {
  readonly registry = new Registry();
  private readonly counters = new Map<string, Series<Tally>>();
  private readonly histograms = new Map<string, Series<Distribution>>();

  constructor() {
    for (const [name, { help, labels }] of Object.entries(counters)) {
      const series = new Series(labels, () => new Tally());
      this.counters.set(name, series);
      new Counter({
        name: `minotaur_${name}_total`,
        help,
        labelNames: Object.keys(labels),
        registers: [this.registry],
        collect() {
          this.reset();
          for (const { values, one } of series.all) this.inc(values, one.count);
        },
      });
    }
    for (const [name, { help, labels, buckets }] of Object.entries(histograms)) {
      const series = new Series(labels, () => new Distribution(buckets));
      this.histograms.set(name, series);
      this.registry.registerMetric(shownHistogram(`minotaur_${name}`, help, series));
    }
  }

  count: Meter['count'] = (name, labels) => this.counters.get(name)?.of(labels)?.add();

  observe: Meter['observe'] = (name, value, labels) => this.histograms.get(name)?.of(labels)?.observe(value);
}

/** What the registry asks of a histogram when somebody looks; the library's own cannot be told what others have counted. */
function shownHistogram(name: string, help: string, series: Series<Distribution>): Metric {
  const get = async () => {
    const values = series.all.flatMap(({ values: labels, one }) => [
      ...one.cumulative().map(({ le, count }) => ({
        metricName: `${name}_bucket`,
        labels: { le, ...labels },
        value: count,
      })),
      { metricName: `${name}_sum`, labels, value: one.sum },
      { metricName: `${name}_count`, labels, value: one.count },
    ]);
    return { name, help, type: 'histogram', values, aggregator: 'sum' };
  };
  return { name, get } as unknown as Metric;
}
