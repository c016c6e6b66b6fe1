/**
 * Port: the key-value store that all members share. Every write is a compare-and-set.
 *
 * A *revision* is a positive integer that rises with every write to a bucket, across all of its keys. A key that was
 * never written has revision 0. Deleting writes a *deletion marker*: an entry with a revision of its own.
 * Keys are dot-separated tokens of [A-Za-z0-9_-]. One entry is kept per key (history 1).
 *
 * Conditions that every implementation keeps (test/contract/store.ts runs them against all):
 *  S1  `write` lands only if the key's newest revision is exactly `expected`; of many writers with the same `expected`
 *      at most one lands. `expected: 0` lands only on a key that has neither a value nor a deletion marker.
 *  S2  `landed` means that the store acknowledged this very write, with its revision. Nothing else means that.
 *  S3  `stale` says that at some moment the key's newest revision was not `expected`. It may be the echo of an earlier copy of this
 *      same write: whoever resends must read until a revision above `expected` shows, and compare write ids.
 *  S4  `busy`: another write to this key is in flight at the store; this one did not land. Ask again.
 *  S5  `unavailable`: nobody was there to take the write; it was not applied. `unknown`: it may land, now or much later.
 *  S6  `refused`: the store will never take this write (too large). It did not land.
 *  S7  A write carries no message id: the store never answers one write with the acknowledgement of another.
 *  S8  `remove` is a write (S1–S7) that leaves a deletion marker; `expected: 0` writes a marker on a key that was never
 *      written, and on no other.
 *  S9  `read` answers the newest entry that the answering replica has (value or marker), or null. Null and old entries prove nothing.
 *      It rejects with StoreUnavailable when there is no answer within `timeoutMs`.
 *  S10 `follow` delivers every key's newest entry under the given prefixes, then every later entry, in rising order of
 *      revision within one pass, none skipped except those that a newer entry of the same key replaced. Markers too.
 *  S11 When continuity cannot be shown (reconnect, missed heartbeat, a revision below one seen, `restart()`), `follow`
 *      starts a new pass over everything, announced by `onPass(n)` with n = 1, 2, 3, … before its first entry.
 *  S12 With `headersOnly` the value is empty; headers are complete. Names and values come back exactly as written (names
 *      are [A-Za-z0-9-]+ and begin with neither `Nats-` nor `KV-`; values hold no line breaks).
 *  S13 After `stop()` no callback runs.
 *  S14 `purge` removes a key's entry if its revision is still at most `revision`; then the key is as if never written.
 *  S15 `entry.writtenAt` is the store's own wall clock, in ms, at the write.
 *  S16 After a server restart the same object works again by itself; revisions go on rising.
 *  S17 A write whose value has at most `largestValue` bytes is not `refused` for its size; it may change while the store runs.
 *  S17 The store reads its clock for `writtenAt` while the write is under way: after it was sent, and before it is acknowledged or
 *      delivered to anybody. So one's own writes tell what the store's clock shows.
 *  S18 `trouble` says why a bucket is gone or takes no writes, once that is no election any more; null again when it is over.
 *  S19 `readMany` answers, in rising order of revision, the newest entry (value or marker) of each of `keys` and of each key under `prefixes`,
 *      as one replica has them at one moment: all of them or none. It rejects with StoreUnavailable when what came was no whole answer (a part
 *      lost, an error midway, an answer of another bucket), or none came within `timeoutMs`.
 *  S20 `tooMany`: more keys or bytes than the store gives in one answer. Nothing else is known then; fewer have to be asked for.
 *  S21 Who answers `readMany` has gone through all writes up to the newest entry that it shows, in order. So beside an entry that somebody wrote
 *      it shows everything written before that, unless something newer has replaced it since.
 *  S22 A key that was written again since may be missing: a replica forgets what it knows to be replaced before it has what replaced it. So absence
 *      from one answer of `readMany` proves nothing (S9); an entry proves as much as one of `read`.
 */
export interface Store {
  bucket(name: BucketName): Bucket;
  readonly connected: boolean;
  /** Called with every change of `connected`. Returns a function that ends it. */
  onConnection(listener: (connected: boolean) => void): () => void;
}

export const BUCKETS = ['members', 'slots', 'sessions', 'archive'] as const;

export type BucketName = (typeof BUCKETS)[number];

export interface Bucket {
  /** Bytes (S17). */
  readonly largestValue: number;
  /** With the name that operators know the bucket by (S18). */
  readonly trouble: string | null;
  write(key: string, write: Write): Promise<WriteOutcome>;
  remove(key: string, removal: Removal): Promise<WriteOutcome>;
  read(key: string, timeoutMs: number): Promise<Entry | null>;
  readMany(selection: Selection): Promise<Selected>;
  follow(options: FollowOptions): Follow;
  purge(key: string, revision: number): Promise<void>;
}

export type Headers = Readonly<Record<string, string>>;

export interface Write {
  readonly value: Uint8Array;
  readonly expected: number;
  readonly headers?: Headers;
  readonly timeoutMs: number;
}

export interface Removal {
  readonly expected: number;
  readonly headers?: Headers;
  readonly timeoutMs: number;
}

export type WriteOutcome =
  | { readonly kind: 'landed'; readonly revision: number }
  | { readonly kind: 'stale' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

export interface Entry {
  readonly key: string;
  readonly revision: number;
  readonly value: Uint8Array;
  readonly headers: Headers;
  /** A deletion marker: `value` is empty. */
  readonly deleted: boolean;
  readonly writtenAt: number;
}

/** What `readMany` is asked for. */
export interface Selection {
  readonly keys: readonly string[];
  /** Keys that start with `<prefix>.` (whole tokens). */
  readonly prefixes: readonly string[];
  readonly timeoutMs: number;
}

export type Selected = { readonly kind: 'entries'; readonly entries: readonly Entry[] } | { readonly kind: 'tooMany' };

export interface FollowOptions {
  /** Keys that start with `<prefix>.` (whole tokens); an empty list means every key of the bucket. */
  readonly prefixes: readonly string[];
  readonly headersOnly: boolean;
  readonly onPass: (pass: number) => void;
  readonly onEntry: (entry: Entry) => void;
}

export interface Follow {
  /** Begin a new pass over everything (S11). */
  restart(): void;
  stop(): void;
}

/** No answer from the store in time: nothing is known. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
