/**
 * Work in the background that nobody waits for.
 *
 * Role: gives every promise that is let go a name, and somebody who hears of its failure.
 * Why: a rejection that nobody handles ends the process.
 */
/** Hears of each failure. */
export interface Supervisor {
  failed(name: string, error: unknown): void;
}

export class Tasks {
  private readonly supervisor: Supervisor;

  constructor(supervisor: Supervisor) {
    this.supervisor = supervisor;
  }

  run(name: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.supervisor.failed(name, error));
  }
}
