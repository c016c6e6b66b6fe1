/**
 * Where measurements go.
 *
 * Role: what a member tells of how often and how long; nothing reads it back, so nothing can be decided by it.
 */
import type { CounterName, counters, HistogramName, histograms, LabelsOf } from '../metrics.ts';

export interface Meter {
  /** One more. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<(typeof counters)[Name]>): void;
  /** In the unit that the name says. */
  observe<Name extends HistogramName>(name: Name, value: number, labels: LabelsOf<(typeof histograms)[Name]>): void;
}
