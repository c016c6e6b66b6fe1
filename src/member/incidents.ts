/**
 * What operators must hear of: counted, logged, never swallowed (I9).
 *
 * Role: one interface for everything that goes wrong inside a member and is survived.
 */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export class Incidents {
  private readonly log: Log;
  readonly retries = new Map<string, number>();
  private readonly tally = new Map<string, number>();

  constructor(log: Log) {
    this.log = log;
  }

  /** The store shows less than it acknowledged: an acknowledged write is gone. */
  rolledBack(what: string, known: number, found: number): void {
    this.count('rollbacks');
    this.log.error(
      { what, known, found },
      'NATS lost acknowledged writes: it shows an older state than it had acknowledged',
    );
  }

  unreadable(what: string, error: unknown): void {
    this.count('unreadable');
    this.log.error({ what, err: error }, 'a stored record cannot be read');
  }

  failed(what: string, error: unknown): void {
    this.count('failures');
    this.log.error({ what, err: error }, 'something failed unexpectedly');
  }

  clockSkew(skewMs: number): void {
    this.count('clockSkew');
    this.log.error(
      { skewMs },
      'the clock of this machine differs from that of NATS: rounds end by the clock of the owner',
    );
  }

  /** Something is done again, as often as it takes: counted, not logged. */
  retried(reason: string): void {
    add(this.retries, reason);
  }

  count(name: string): void {
    add(this.tally, name);
  }

  counts(): ReadonlyMap<string, number> {
    return this.tally;
  }
}

function add(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}
