/**
 * Says the same thing only once, however often it is found.
 */
import type { Violations } from '../world/witness.ts';

export class Once {
  readonly #violations: Pick<Violations, 'report'>;
  readonly #told = new Set<string>();

  constructor(violations: Pick<Violations, 'report'>) {
    this.#violations = violations;
  }

  /** `subject`: what makes two findings the same. */
  report(subject: string, promise: string, what: string): void {
    if (this.#told.has(subject)) return;
    this.#told.add(subject);
    this.#violations.report(promise, what);
  }
}
