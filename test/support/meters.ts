/** Meters for tests: one that forgets, and one that keeps what it is told. */
import type { Meter } from '../../src/ports/meter.ts';

export const silentMeter: Meter = { count: () => undefined, observe: () => undefined };

export class TallyMeter implements Meter {
  /** By `name outcome …`, how often. */
  readonly counted = new Map<string, number>();
  /** By `name kind …`, the values. */
  readonly observed = new Map<string, number[]>();

  count: Meter['count'] = (name, labels) => {
    const key = [name, ...Object.values(labels)].join(' ');
    this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
  };

  observe: Meter['observe'] = (name, value, labels) => {
    const key = [name, ...Object.values(labels)].join(' ');
    const values = this.observed.get(key) ?? [];
    values.push(value);
    this.observed.set(key, values);
  };
}
