/**
 * What operators must hear of: counted, logged, never swallowed (I9).
 *
 * Role: one interface for everything that goes wrong inside a member and is survived.
 */
import type { IncidentKind, RetryReason } from '../../metrics.ts';
import type { Log } from '../../ports/log.ts';
import type { Trace } from '../../ports/tracing.ts';

export type { Log };

/** Of so many unreadable things it is remembered that they were told. */
const REMEMBERED = 1_000;

export class Incidents {
  private readonly log: Log;
  readonly retries = new Map<string, number>();
  private readonly tally = new Map<string, number>();
  /** Reasons by what is unreadable, the oldest first. */
  private readonly told = new Map<string, string>();

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

  /** Once for each thing and reason, however often it is looked at. */
  unreadable(what: string, error: unknown): void {
    if (this.isTold(what, error)) return;
    this.count('unreadable');
    this.log.error({ what, err: error }, 'a stored record cannot be read');
  }

  /** A peer said what this release cannot read. Once for each kind of message and reason. */
  notUnderstood(what: string, reason: string): void {
    if (this.isTold(what, reason)) return;
    this.count('notUnderstood');
    this.log.error({ what, reason }, 'another member says what this release cannot read');
  }

  outranked(key: string, epoch: number): void {
    this.count('outranked');
    this.log.error(
      { key, epoch },
      'a record in the archive is of a later epoch than its slot: unless another member has the slot, it is taken again, under a higher one',
    );
  }

  /** Logged, not counted: nobody sees anything of that game, and it is tried again. */
  unerased(what: string): void {
    this.log.warn({ what }, 'an erasure could not be finished: it is tried again within minutes');
  }

  /** `trace`: of the request that it was done for. */
  failed(what: string, error: unknown, trace?: Trace): void {
    this.count('failures');
    const whose = trace && { requestId: trace.requestId };
    this.log.error({ what, ...whose, err: error }, 'something failed unexpectedly');
  }

  clockSkew(skewMs: number): void {
    this.count('clockSkew');
    this.log.error(
      { skewMs },
      'the clock of this machine differs from that of NATS: tokens expire by it, games do not go by it',
    );
  }

  /** Or the clock of this machine stood still: one member cannot tell. */
  storeClockJumped(jumpMs: number): void {
    this.count('storeClockJumps');
    this.log.error({ jumpMs }, 'the clock of NATS jumped against that of this machine: games are kept from it');
  }

  clusterTimeCorrected(byMs: number): void {
    this.count('clusterTimeCorrections');
    this.log.error({ byMs }, 'the time of games is corrected to that of the other members');
  }

  /** It is counted at once, and said when somebody can read it. */
  logLineDropped(): void {
    this.count('logLinesDropped');
  }

  logReadAgain(lines: number): void {
    this.log.error({ lines }, 'nobody read the log for a while: lines of it were dropped');
  }

  /** Something is done again, as often as it takes: counted, not logged. */
  retried(reason: RetryReason): void {
    add(this.retries, reason);
  }

  count(kind: IncidentKind): void {
    add(this.tally, kind);
  }

  counts(): ReadonlyMap<string, number> {
    return this.tally;
  }

  private isTold(what: string, error: unknown): boolean {
    const reason = String(error);
    if (this.told.get(what) === reason) return true;
    this.told.delete(what);
    this.told.set(what, reason);
    const [oldest] = this.told.keys();
    if (this.told.size > REMEMBERED && oldest !== undefined) this.told.delete(oldest);
    return false;
  }
}

function add(tally: Map<string, number>, name: string): void {
  tally.set(name, (tally.get(name) ?? 0) + 1);
}
