/**
 * What many runs add up to, as lines for people.
 *
 * Role: says how much was tried, so that "nothing found" means something.
 */
import type { Run } from './fleet.ts';

const HOUR_MS = 3_600_000;

export class Totals {
  readonly #started = performance.now();
  /** Of `asked act`: asked → act → how often. */
  readonly #counts = new Map<string, Map<string, number>>();
  #simulatedMs = 0;
  /** Of all threads together. */
  #busyMs = 0;
  #events = 0;
  runs = 0;
  failures = 0;

  add({ outcome, realMs }: Run): void {
    this.runs += 1;
    if (outcome.violations.length > 0) this.failures += 1;
    this.#simulatedMs += outcome.simulatedMs;
    this.#busyMs += realMs;
    this.#events += outcome.events;
    for (const [name, count] of Object.entries(outcome.counts)) this.#count(name, count);
  }

  /** For while it runs. */
  line(): string {
    const failed = this.failures === 0 ? '' : `, ${this.failures} failed`;
    return `${this.#seeds()}${failed}, ${this.#simulated()} in ${this.#seconds().toFixed(0)} s`;
  }

  /** For the end. */
  lines(): readonly string[] {
    const { failures } = this;
    const perSecond = this.#simulatedMs / HOUR_MS / this.#seconds();
    const speed = this.#busyMs === 0 ? 0 : this.#simulatedMs / this.#busyMs;
    return [
      `${this.#seeds()}: ${failures === 0 ? 'no promise broken' : `${failures} broke a promise`}`,
      `${this.#simulated()} in ${this.#seconds().toFixed(1)} s: ${perSecond.toFixed(2)} hours a second, ${speed.toFixed(0)} × real time on each core`,
      `events ${grouped(this.#events)}`,
      ...[...this.#counts].map(([group, counts]) => groupLine(group, counts)),
    ];
  }

  #count(name: string, more: number): void {
    const [, group = '', what = ''] = /^(\S*) ?(.*)$/.exec(name) ?? [];
    const counts = this.#counts.get(group) ?? new Map<string, number>();
    counts.set(what, (counts.get(what) ?? 0) + more);
    this.#counts.set(group, counts);
  }

  #seeds(): string {
    return this.runs === 1 ? '1 seed' : `${this.runs} seeds`;
  }

  #simulated(): string {
    const hours = this.#simulatedMs / HOUR_MS;
    return hours < 1 ? `${(60 * hours).toFixed(1)} simulated minutes` : `${hours.toFixed(1)} simulated hours`;
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }
}

/** `asked 40: act 30, create 10`; what is alone in its group stays what it was. */
function groupLine(group: string, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([what, count]) => `${what} ${grouped(count)}`);
  if (parts.length === 1) return `${group} ${parts[0]?.trim()}`;
  const sum = counts.values().reduce((so, count) => so + count, 0);
  return `${group} ${grouped(sum)}: ${parts.join(', ')}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
