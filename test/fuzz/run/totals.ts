/**
 * What was sent and what came of it, counted.
 */

/** How often each of some things was. */
class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** The most frequent first. */
  get line(): string {
    const sorted = [...this.#counts].sort(([, one], [, other]) => other - one);
    return sorted.map(([name, count]) => `${name} ${count.toLocaleString('en')}`).join(', ');
  }
}

export class Totals {
  readonly #began = performance.now();
  readonly #operations = new Counts();
  readonly #statuses = new Counts();
  readonly #closes = new Counts();
  readonly #wires = new Counts();
  /** Without those that only made a failing case smaller. */
  cases = 0;
  frames = 0;
  failures = 0;

  answered(operation: string, status: number): void {
    this.#operations.add(operation);
    this.#statuses.add(String(status));
  }

  closed(code: number): void {
    this.#closes.add(String(code));
  }

  wired(what: string, statuses: readonly number[]): void {
    this.#wires.add(what);
    for (const status of statuses) this.#statuses.add(String(status));
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** For while it runs. */
  get line(): string {
    return `${this.cases.toLocaleString('en')} cases in ${this.seconds.toFixed(0)} s, ${this.failures} failed`;
  }

  /** For the end. */
  get lines(): readonly string[] {
    return [
      `${this.cases.toLocaleString('en')} cases in ${this.seconds.toFixed(1)} s, ${this.failures === 0 ? 'none failed' : `${this.failures} failed`}`,
      `by operation: ${this.#operations.line}`,
      `by status: ${this.#statuses.line}`,
      `sockets closed with: ${this.#closes.line} (${this.frames.toLocaleString('en')} frames sent)`,
      `bytes that are hardly HTTP: ${this.#wires.line}`,
    ];
  }
}
