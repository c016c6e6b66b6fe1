/**
 * Work in the background that nobody waits for.
 *
 * Role: gives every promise that is let go a name, and somebody who hears of its failure.
 * Why: a rejection that nobody handles ends the process.
 */
export class Tasks {
  private readonly failed: (name: string, error: unknown) => void;

  /** `failed`: hears of each failure. */
  constructor(failed: (name: string, error: unknown) => void) {
    this.failed = failed;
  }

  run(name: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.failed(name, error));
  }
}
