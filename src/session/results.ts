/**
 * The results of recent commands: what makes a repeated command get its first answer instead of a second effect (I6).
 *
 * Role: part of the snapshot, so it survives every failover together with the state that it describes.
 * Why bounded: the last 64 results per principal; the newest receive time ever evicted marks what can no longer be told apart.
 * Invariants:
 *  - A command is looked up before it is applied, and recorded in the same write as its effect.
 *  - `evictedAt` of a principal only rises; a principal that is itself evicted folds into `othersEvictedAt`.
 */

const RESULTS_PER_PRINCIPAL = 64;
const PRINCIPALS = 128;
/** Two quotes and a comma. */
const SEPARATOR_CHARS = 3;

export interface Result {
  /** Digest of the client's key, or the gateway's own id for a command without one. */
  readonly id: string;
  /** When the first gateway received it, wall ms. */
  readonly receivedAt: number;
  readonly fingerprint: string;
  /** The version that it made, or that the session had when it was rejected. */
  readonly version: number;
  /** Empty: applied. `created`: made the game. Else the error code of its rejection. */
  readonly outcome: string;
}

/** As stored: one text per result, oldest first. */
export interface StoredResults {
  readonly othersEvictedAt: number;
  readonly principals: Readonly<Record<string, { readonly evictedAt: number; readonly results: readonly string[] }>>;
}

interface Row {
  evictedAt: number;
  /** In order of insertion, so the first is the oldest. */
  readonly byId: Map<string, { readonly result: Result; readonly text: string }>;
}

export class Results {
  private othersEvictedAt = 0;
  private storedChars = 0;
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

  record(principal: string, result: Result): void {
    const row = this.rows.get(principal) ?? { evictedAt: this.othersEvictedAt, byId: new Map() };
    this.rows.delete(principal);
    this.rows.set(principal, row);
    const text = format(result);
    this.storedChars += text.length + SEPARATOR_CHARS;
    row.byId.set(result.id, { result, text });
    if (row.byId.size > RESULTS_PER_PRINCIPAL) {
      const [oldest] = row.byId.values();
      if (oldest !== undefined) {
        row.byId.delete(oldest.result.id);
        this.storedChars -= oldest.text.length + SEPARATOR_CHARS;
        row.evictedAt = Math.max(row.evictedAt, oldest.result.receivedAt);
      }
    }
    if (this.rows.size > PRINCIPALS) this.evictPrincipal();
  }

  store(): StoredResults {
    const principals: Record<string, { evictedAt: number; results: string[] }> = {};
    for (const [principal, row] of this.rows) {
      principals[principal] = { evictedAt: row.evictedAt, results: Array.from(row.byId.values(), (kept) => kept.text) };
    }
    return { othersEvictedAt: this.othersEvictedAt, principals };
  }

  static restore(stored: StoredResults): Results {
    const results = new Results();
    results.othersEvictedAt = stored.othersEvictedAt;
    for (const [principal, row] of Object.entries(stored.principals)) {
      const byId: Row['byId'] = new Map();
      for (const text of row.results) {
        const result = parse(text);
        byId.set(result.id, { result, text });
        results.storedChars += text.length + SEPARATOR_CHARS;
      }
      results.rows.set(principal, { evictedAt: row.evictedAt, byId });
    }
    return results;
  }

  private evictPrincipal(): void {
    const [eldest] = this.rows;
    if (eldest === undefined) return;
    const [principal, row] = eldest;
    this.rows.delete(principal);
    for (const { result, text } of row.byId.values()) {
      this.storedChars -= text.length + SEPARATOR_CHARS;
      this.othersEvictedAt = Math.max(this.othersEvictedAt, result.receivedAt);
    }
    this.othersEvictedAt = Math.max(this.othersEvictedAt, row.evictedAt);
  }
}

function format(result: Result): string {
  return `${result.id} ${result.receivedAt.toString(36)} ${result.fingerprint} ${result.version} ${result.outcome}`;
}

function parse(text: string): Result {
  const [id = '', receivedAt = '', fingerprint = '', version = '', outcome = ''] = text.split(' ');
  return { id, receivedAt: Number.parseInt(receivedAt, 36), fingerprint, version: Number(version), outcome };
}
