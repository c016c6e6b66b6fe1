/**
 * The store in memory: several members' stores on one set of buckets.
 *
 * Role: the twin of the NATS store for simulations and unit tests; keeps every condition of the port.
 * Invariant: what the buckets hold changes only at the broker's side of a link, one message at a time.
 */
import {
  type Bucket,
  type BucketName,
  type Entry,
  type Follow,
  type FollowOptions,
  type Headers,
  type Removal,
  type Selected,
  type Selection,
  type Store,
  StoreUnavailable,
  type Write,
  type WriteOutcome,
} from '../../src/ports/store.ts';
import type { Lane, LinkReply, MemoryLink } from './memory-broker.ts';

/** As much as a NATS server takes in one message by default. */
const LARGEST_VALUE_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** As many keys, and as many bytes, as the NATS store gives in one answer. */
const MOST_KEYS = 1_024;
const MOST_BYTES = 4 * 1024 * 1024;

/** For how long old entries can still be shown by a replica that lags. */
const MEMORY_MS = 30_000;

type Listener = (entry: Entry) => void;

/** What a key showed until `until`, monotonic ms of the broker. */
interface Former {
  readonly until: number;
  readonly entry: Entry | null;
}

/** One bucket's content, shared by all members. */
export class Content {
  readonly name: BucketName;
  readonly entries = new Map<string, Entry>();
  readonly listeners = new Set<Listener>();
  readonly #former = new Map<string, Former[]>();
  #revision = 0;

  constructor(name: BucketName) {
    this.name = name;
  }

  put(
    key: string,
    expected: number,
    value: Uint8Array,
    headers: Headers,
    deleted: boolean,
    { wall, now }: { readonly wall: number; readonly now: number },
  ): WriteOutcome {
    if (value.length > LARGEST_VALUE_BYTES) return { kind: 'refused', reason: 'too large' };
    if ((this.entries.get(key)?.revision ?? 0) !== expected) return { kind: 'stale' };
    this.#revision += 1;
    const entry: Entry = { key, revision: this.#revision, value, headers, deleted, writtenAt: wall };
    this.#replace(key, entry, now);
    for (const listener of [...this.listeners]) listener(entry);
    return { kind: 'landed', revision: this.#revision };
  }

  purge(key: string, revision: number, now: number): void {
    const entry = this.entries.get(key);
    if (entry && entry.revision <= revision) this.#replace(key, null, now);
  }

  /** What the key showed at a time of the last 30 s. */
  at(key: string, time: number): Entry | null {
    const former = this.#former.get(key)?.find(({ until }) => until > time);
    return former === undefined ? (this.entries.get(key) ?? null) : former.entry;
  }

  /**
   * What a replica showed of the selected keys at a time of the last 30 s, by revision. `catchingUp`: it knows already what has been replaced
   * since, and not by what.
   */
  cutAt({ keys, prefixes }: Pick<Selection, 'keys' | 'prefixes'>, time: number, catchingUp: boolean): Entry[] {
    const beginnings = prefixes.map((prefix) => `${prefix}.`);
    const isUnder = (key: string) => beginnings.some((beginning) => key.startsWith(beginning));
    const all = new Set([...this.entries.keys(), ...this.#former.keys()].filter(isUnder));
    for (const key of keys) all.add(key);
    const found: Entry[] = [];
    for (const key of all) {
      const entry = this.at(key, time);
      const isReplaced = catchingUp && entry !== (this.entries.get(key) ?? null);
      if (entry !== null && !isReplaced) found.push(entry);
    }
    return found.sort((one, other) => one.revision - other.revision);
  }

  /** Forgets everything written since `time` (of the last 30 s), as a server that had not synced its disk. Answers what is lost. */
  rollBack(time: number): Entry[] {
    const lost: Entry[] = [];
    for (const [key, all] of this.#former) {
      const kept = all.findIndex(({ until }) => until > time);
      if (kept < 0) continue;
      const entry = all[kept]?.entry ?? null;
      const newest = this.entries.get(key);
      if (newest !== undefined) lost.push(newest);
      this.#former.set(key, all.slice(0, kept));
      this.entries.delete(key);
      if (entry !== null) this.entries.set(key, entry);
    }
    const sorted = [...this.entries].sort(([, one], [, other]) => one.revision - other.revision);
    this.entries.clear();
    for (const [key, entry] of sorted) this.entries.set(key, entry);
    this.#revision = sorted.at(-1)?.[1].revision ?? 0;
    return lost;
  }

  #replace(key: string, entry: Entry | null, now: number): void {
    const all = this.#former.get(key) ?? [];
    all.push({ until: now, entry: this.entries.get(key) ?? null });
    while ((all[0]?.until ?? now) < now - MEMORY_MS) all.shift();
    this.#former.set(key, all);
    // Deleted first: a map keeps the order of insertion, and so the order of revisions.
    this.entries.delete(key);
    if (entry !== null) this.entries.set(key, entry);
  }
}

/** What all members' stores have in common. */
export class MemoryBuckets {
  readonly #contents = new Map<BucketName, Content>();

  content(name: BucketName): Content {
    const content = this.#contents.get(name) ?? new Content(name);
    this.#contents.set(name, content);
    return content;
  }
}

/** One member's store. */
export class MemoryStore implements Store {
  readonly #buckets: MemoryBuckets;
  readonly #link: MemoryLink;

  constructor(buckets: MemoryBuckets, link: MemoryLink) {
    this.#buckets = buckets;
    this.#link = link;
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#link.onConnection(listener);
  }

  bucket(name: BucketName): Bucket {
    return new MemoryBucket(this.#buckets.content(name), this.#link);
  }
}

class MemoryBucket implements Bucket {
  readonly largestValue = LARGEST_VALUE_BYTES;
  readonly trouble = null;
  readonly #content: Content;
  readonly #link: MemoryLink;

  constructor(content: Content, link: MemoryLink) {
    this.#content = content;
    this.#link = link;
  }

  write(key: string, { value, expected, headers, timeoutMs }: Write): Promise<WriteOutcome> {
    return this.#put(key, expected, value.slice(), headers ?? {}, false, timeoutMs);
  }

  remove(key: string, { expected, headers, timeoutMs }: Removal): Promise<WriteOutcome> {
    return this.#put(key, expected, NOTHING, headers ?? {}, true, timeoutMs);
  }

  async read(key: string, timeoutMs: number): Promise<Entry | null> {
    const link = this.#link;
    const look = (agoMs: number) => this.#content.at(key, link.now - agoMs);
    const reply = await link.request<Entry | null>(timeoutMs, (answer) =>
      link.weather.read(link, { bucket: this.#content.name, key, bytes: 0 }, { look, answer }),
    );
    return answerOf(reply, `a read of ${key}`);
  }

  async readMany({ timeoutMs, ...selection }: Selection): Promise<Selected> {
    const link = this.#link;
    const look = (agoMs: number, catchingUp: boolean) => this.#content.cutAt(selection, link.now - agoMs, catchingUp);
    const reply = await link.request<Selected>(timeoutMs, (answer) =>
      link.weather.readMany(
        link,
        { bucket: this.#content.name },
        { look, answer: (all) => answer(this.#limited(all)) },
      ),
    );
    return answerOf(reply, 'a read of many keys');
  }

  #limited(entries: readonly Entry[]): Selected {
    const bytes = entries.reduce((sum, { value }) => sum + value.length, 0);
    const most = Math.min(MOST_KEYS, this.#link.weather.mostKeys(this.#content.name));
    return entries.length > most || bytes > MOST_BYTES ? { kind: 'tooMany' } : { kind: 'entries', entries };
  }

  async purge(key: string, revision: number): Promise<void> {
    const reply = await this.#link.request<null>(5_000, (done) => {
      this.#content.purge(key, revision, this.#link.now);
      done(null);
    });
    answerOf(reply, `the purge of ${key}`);
  }

  follow(options: FollowOptions): Follow {
    return new MemoryFollow(this.#content, this.#link, options);
  }

  async #put(
    key: string,
    expected: number,
    value: Uint8Array,
    headers: Headers,
    deleted: boolean,
    timeoutMs: number,
  ): Promise<WriteOutcome> {
    const link = this.#link;
    const apply = () => this.#content.put(key, expected, value, { ...headers }, deleted, link);
    const reply = await link.request<WriteOutcome>(timeoutMs, (answer) =>
      link.weather.write(link, { bucket: this.#content.name, key, bytes: value.length }, { apply, answer }),
    );
    if (reply.kind === 'reply') return reply.value;
    return { kind: reply.kind === 'notSent' ? 'unavailable' : 'unknown' };
  }
}

export class MemoryFollow implements Follow {
  readonly bucket: BucketName;
  readonly #content: Content;
  readonly #link: MemoryLink;
  readonly #options: FollowOptions;
  /** Of the keys that it shows; none: all. */
  readonly #beginnings: readonly string[];
  readonly #endListening: () => void;
  /** Its own way to the member: a consumer lags by itself. */
  #lane: Lane;
  #endPass: () => void = () => {};
  #passes = 0;
  #stopped = false;

  constructor(content: Content, link: MemoryLink, options: FollowOptions) {
    this.bucket = content.name;
    this.#content = content;
    this.#link = link;
    this.#options = options;
    this.#beginnings = options.prefixes.map((prefix) => `${prefix}.`);
    this.#lane = link.lane();
    link.follows.add(this);
    this.#endListening = link.onConnection((connected) => (connected ? this.restart() : this.#endPass()));
    this.restart();
  }

  restart(): void {
    if (this.#stopped) return;
    this.#endPass();
    const link = this.#link;
    const lane = link.lane();
    this.#lane = lane;
    let ended = false;
    let listener: Listener | null = null;
    this.#endPass = () => {
      ended = true;
      if (listener) this.#content.listeners.delete(listener);
    };
    const carry = (run: () => void): void =>
      link.deliver(
        () => {
          if (!ended) run();
        },
        lane,
        link.weather.followLagMs(link, this.bucket),
      );
    link.send(() => {
      if (ended) return;
      carry(() => this.#announce());
      const show = (entries: readonly Entry[]): void =>
        carry(() => {
          for (const entry of entries) if (!ended) this.#options.onEntry(this.#shown(entry));
        });
      listener = (entry) => {
        if (!link.weather.skipsDelivery(link, this.bucket, entry) && this.#covers(entry.key)) show([entry]);
      };
      const all = [...this.#content.entries.values()].filter(({ key }) => this.#covers(key));
      const { passesTogether } = link.weather;
      for (let from = 0; from < all.length; from += passesTogether) show(all.slice(from, from + passesTogether));
      this.#content.listeners.add(listener);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#link.follows.delete(this);
    this.#endListening();
    this.#endPass();
  }

  /** Nothing more is delivered until `resume`, or until the next pass. */
  stall(): void {
    this.#lane.hold();
  }

  resume(): void {
    this.#lane.release();
  }

  /** Its consumer is gone without a sign: nothing more is delivered until the next pass. */
  die(): void {
    this.#endPass();
  }

  #announce(): void {
    this.#passes += 1;
    this.#options.onPass(this.#passes);
  }

  #covers(key: string): boolean {
    return this.#beginnings.length === 0 || this.#beginnings.some((beginning) => key.startsWith(beginning));
  }

  #shown(entry: Entry): Entry {
    return this.#options.headersOnly ? { ...entry, value: NOTHING } : entry;
  }
}

function answerOf<T>(reply: LinkReply<T>, what: string): T {
  if (reply.kind === 'reply') return reply.value;
  throw new StoreUnavailable(`${what} got no answer: ${reply.kind}`);
}
