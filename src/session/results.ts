/**
 * The results of recent commands: what makes a repeated command get its first answer instead of a second effect (I6).
 *
 * Role: part of the snapshot, so it survives every failover together with the state that it describes.
 * Why bounded: the last 96 results per principal, fewer where many principals share what room there is; the newest receive time ever evicted
 * marks what can no longer be told apart.
 * Why only the stored text is kept, and read again when a command is looked up: results are most of what a game takes in memory.
 * Invariants:
 *  - A command is looked up before it is applied, and recorded in the same write as its effect.
 *  - A result counts as received when the newest copy of its command was that came here, and stands in line from then: a client that has an
 *    answer to the copy that it sent last has no later one under way, but an earlier one may come yet, late, and twice.
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
  /** The results as they are stored, oldest first. */
  text: string;
  /** How many there are in the text. */
  count: number;
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
    const text = this.rows.get(principal)?.text ?? '';
    const from = text.startsWith(`${id} `) ? 0 : text.indexOf(`${SEPARATOR}${id} `) + 1;
    const isFound = from > 0 || text.startsWith(`${id} `);
    return isFound ? parse(text.slice(from, endOf(text, from))) : undefined;
  }

  /** What a repeated creation gets; undefined: this command made no game. */
  creation(principal: string, command: { id: string; fingerprint: string }): 'created' | 'key_reused' | undefined {
    const known = this.find(principal, command.id);
    if (known === undefined) return undefined;
    return known.outcome === 'created' && known.fingerprint === command.fingerprint ? 'created' : 'key_reused';
  }

  /** Another copy of what was found has come. In memory: it goes with the next write, and needs none. */
  renew(principal: string, result: Result, receivedAt: number): void {
    const row = this.rows.get(principal);
    const text = format(result);
    const texts = row?.text.split(SEPARATOR) ?? [];
    if (row === undefined || !texts.includes(text)) return;
    row.text = texts.filter((each) => each !== text).join(SEPARATOR);
    row.count -= 1;
    this.storedChars -= text.length + SEPARATOR.length;
    this.append(row, [format({ ...result, receivedAt: Math.max(result.receivedAt, receivedAt) })]);
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
      if (row.count === 0) continue;
      const texts = row.text.split(SEPARATOR).map((each) => format(notAfter(parse(each), now)));
      this.storedChars -= row.text.length + SEPARATOR.length;
      row.text = '';
      row.count = 0;
      this.append(row, texts);
    }
    this.newest = now;
  }

  record(principal: string, result: Result): void {
    const row = this.rows.get(principal) ?? { evictedAt: this.othersEvictedAt, text: '', count: 0 };
    this.rows.delete(principal);
    this.rows.set(principal, row);
    this.append(row, [format(result)]);
    if (row.count > RESULTS_PER_PRINCIPAL) this.evictOldest(row);
    if (this.rows.size > PRINCIPALS) this.evictPrincipal();
  }

  /** Forgets results until the others take no more than `bytes`: of whoever has most, the oldest first. */
  shrinkTo(bytes: number): void {
    while (this.storedChars > bytes) {
      const longest = [...this.rows.values()].reduce((one, other) =>
        one.text.length >= other.text.length ? one : other,
      );
      this.evictOldest(longest);
    }
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
      const row: Row = { evictedAt, text: '', count: 0 };
      results.newest = Math.max(results.newest, evictedAt);
      if (text !== '') results.append(row, text.split(SEPARATOR));
      results.rows.set(principal, row);
    }
    return results;
  }

  private append(row: Row, texts: readonly string[]): void {
    const text = texts.join(SEPARATOR);
    row.count += texts.length;
    for (const each of texts) this.newest = Math.max(this.newest, parse(each).receivedAt);
    row.text += row.text === '' ? text : SEPARATOR + text;
    this.storedChars += text.length + SEPARATOR.length;
  }

  private evictOldest(row: Row): void {
    const oldest = row.text.slice(0, endOf(row.text, 0));
    row.count -= 1;
    row.text = row.text.slice(oldest.length + SEPARATOR.length);
    row.evictedAt = Math.max(row.evictedAt, parse(oldest).receivedAt);
    this.storedChars -= oldest.length + SEPARATOR.length;
  }

  private evictPrincipal(): void {
    const [eldest] = this.rows;
    if (eldest === undefined) return;
    const [principal, row] = eldest;
    this.rows.delete(principal);
    while (row.count > 0) this.evictOldest(row);
    this.othersEvictedAt = Math.max(this.othersEvictedAt, row.evictedAt);
  }
}

/** As it is if its receive time may be true at `now`, else as received now. */
export function notAfter<Received extends { readonly receivedAt: number }>(received: Received, now: number): Received {
  return received.receivedAt > now + AHEAD_MS ? { ...received, receivedAt: now } : received;
}

/** Where the result that begins at `from` ends. */
function endOf(text: string, from: number): number {
  const end = text.indexOf(SEPARATOR, from);
  return end < 0 ? text.length : end;
}

function format(result: Result): string {
  return `${result.id} ${result.receivedAt.toString(36)} ${result.fingerprint} ${result.version} ${result.outcome}`;
}

function parse(text: string): Result {
  const [id = '', receivedAt = '', fingerprint = '', version = '', outcome = ''] = text.split(' ');
  return { id, receivedAt: Number.parseInt(receivedAt, 36), fingerprint, version: Number(version), outcome };
}

/**
 * Where a principal's commands that were too late are kept: another copy of one, stamped by a gateway whose clock is ahead, gets the same
 * answer. Apart from the others, which they must not push out.
 */
export function lateOf(principal: string): string {
  return `late:${principal}`;
}
