/**
 * The results of recent commands: what makes a repeated command get its first answer instead of a second effect (I6).
 *
 * Role: part of the snapshot, so it survives every failover together with the state that it describes.
 * Why bounded: the last 96 results per principal; the newest receive time ever evicted marks what can no longer be told apart.
 * Invariants:
 *  - A command is looked up before it is applied, and recorded in the same write as its effect.
 *  - `evictedAt` of a principal only rises; a principal that is itself evicted folds into `othersEvictedAt`.
 *  - No time in it is ahead of the session's for long: a clock that was wrong for a moment must not lock a client out until that time comes.
 */

/**
 * A client runs at most 48 commands ahead of its oldest unanswered one. So up to 47 older and 48 newer ones may be applied after a command
 * whose answer was lost: it has to be found among 96.
 */
const RESULTS_PER_PRINCIPAL = 96;
const PRINCIPALS = 128;
const SEPARATOR = ',';
/** Clocks of gateways are within this of each other; a receive time that is further ahead cannot be true. */
const AHEAD_MS = 1_000;

export interface Result {
  /** Digest of the client's key, or the gateway's own id for a command without one. */
  readonly id: string;
  /** When the first gateway received it, cluster time, ms. */
  readonly receivedAt: number;
  readonly fingerprint: string;
  /** The version that it made, or that the session had when it was rejected. */
  readonly version: number;
  /** Empty: applied. `created`: made the game. Else the error code of its rejection. */
  readonly outcome: string;
}

/** As stored: for each principal its results in one text, oldest first. */
export interface StoredResults {
  readonly othersEvictedAt: number;
  readonly principals: Readonly<Record<string, { readonly evictedAt: number; readonly results: string }>>;
}

interface Row {
  evictedAt: number;
  /** The results as they are stored: kept, so that a commit does not have to put it together. */
  text: string;
  /** In order of insertion, so the first is the oldest. */
  readonly byId: Map<string, { readonly result: Result; readonly text: string }>;
}

export class Results {
  private othersEvictedAt = 0;
  private storedChars = 0;
  /** Of all times in it. */
  private newest = 0;
  /** Least recently used first. */
  private readonly rows = new Map<string, Row>();

  /** About what the results take in a snapshot. */
  get sizeBytes(): number {
    return this.storedChars;
  }

  find(principal: string, id: string): Result | undefined {
    return this.rows.get(principal)?.byId.get(id)?.result;
  }

  /** Whether a command received then could have been applied and forgotten since. */
  isTooLate(principal: string, receivedAt: number): boolean {
    return receivedAt <= (this.rows.get(principal)?.evictedAt ?? this.othersEvictedAt);
  }

  /** Times that have not come yet count as now: what they belong to was received before. */
  correct(now: number): void {
    if (this.newest <= now + AHEAD_MS) return;
    this.othersEvictedAt = Math.min(this.othersEvictedAt, now);
    for (const row of this.rows.values()) {
      row.evictedAt = Math.min(row.evictedAt, now);
      const results = [...row.byId.values()].map(({ result }) => notAfter(result, now));
      this.storedChars -= row.text.length + (results.length > 0 ? SEPARATOR.length : 0);
      row.byId.clear();
      row.text = '';
      for (const result of results) this.append(row, result, format(result));
    }
    this.newest = now;
  }

  record(principal: string, result: Result): void {
    const row = this.rows.get(principal) ?? { evictedAt: this.othersEvictedAt, text: '', byId: new Map() };
    this.rows.delete(principal);
    this.rows.set(principal, row);
    this.append(row, result, format(result));
    if (row.byId.size > RESULTS_PER_PRINCIPAL) this.evictOldest(row);
    if (this.rows.size > PRINCIPALS) this.evictPrincipal();
  }

  store(): StoredResults {
    const principals: Record<string, { evictedAt: number; results: string }> = {};
    for (const [principal, { evictedAt, text }] of this.rows) principals[principal] = { evictedAt, results: text };
    return { othersEvictedAt: this.othersEvictedAt, principals };
  }

  static restore(stored: StoredResults): Results {
    const results = new Results();
    results.othersEvictedAt = stored.othersEvictedAt;
    results.newest = stored.othersEvictedAt;
    for (const [principal, { evictedAt, results: text }] of Object.entries(stored.principals)) {
      const row: Row = { evictedAt, text: '', byId: new Map() };
      results.newest = Math.max(results.newest, evictedAt);
      for (const each of text === '' ? [] : text.split(SEPARATOR)) results.append(row, parse(each), each);
      results.rows.set(principal, row);
    }
    return results;
  }

  private append(row: Row, result: Result, text: string): void {
    row.byId.set(result.id, { result, text });
    this.newest = Math.max(this.newest, result.receivedAt);
    row.text += row.text === '' ? text : SEPARATOR + text;
    this.storedChars += text.length + SEPARATOR.length;
  }

  private evictOldest(row: Row): void {
    const [oldest] = row.byId.values();
    if (oldest === undefined) return;
    row.byId.delete(oldest.result.id);
    row.text = row.text.slice(oldest.text.length + SEPARATOR.length);
    row.evictedAt = Math.max(row.evictedAt, oldest.result.receivedAt);
    this.storedChars -= oldest.text.length + SEPARATOR.length;
  }

  private evictPrincipal(): void {
    const [eldest] = this.rows;
    if (eldest === undefined) return;
    const [principal, row] = eldest;
    this.rows.delete(principal);
    while (row.byId.size > 0) this.evictOldest(row);
    this.othersEvictedAt = Math.max(this.othersEvictedAt, row.evictedAt);
  }
}

/** As it is if its receive time may be true at `now`, else as received now. */
export function notAfter<Received extends { readonly receivedAt: number }>(received: Received, now: number): Received {
  return received.receivedAt > now + AHEAD_MS ? { ...received, receivedAt: now } : received;
}

function format(result: Result): string {
  return `${result.id} ${result.receivedAt.toString(36)} ${result.fingerprint} ${result.version} ${result.outcome}`;
}

function parse(text: string): Result {
  const [id = '', receivedAt = '', fingerprint = '', version = '', outcome = ''] = text.split(' ');
  return { id, receivedAt: Number.parseInt(receivedAt, 36), fingerprint, version: Number(version), outcome };
}
