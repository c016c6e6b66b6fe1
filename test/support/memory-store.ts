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
  type Store,
  StoreUnavailable,
  type Write,
  type WriteOutcome,
} from '../../src/ports/store.ts';
import type { LinkReply, MemoryLink } from './memory-broker.ts';

/** As much as a NATS server takes in one message by default. */
const LARGEST_VALUE_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);

type Listener = (entry: Entry) => void;

/** One bucket's content, shared by all members. */
class Content {
  readonly entries = new Map<string, Entry>();
  readonly listeners = new Set<Listener>();
  #revision = 0;

  put(
    key: string,
    expected: number,
    value: Uint8Array,
    headers: Headers,
    deleted: boolean,
    wall: number,
  ): WriteOutcome {
    if (value.length > LARGEST_VALUE_BYTES) return { kind: 'refused', reason: 'too large' };
    if ((this.entries.get(key)?.revision ?? 0) !== expected) return { kind: 'stale' };
    this.#revision += 1;
    const entry: Entry = { key, revision: this.#revision, value, headers, deleted, writtenAt: wall };
    // Deleted first: a map keeps the order of insertion, and so the order of revisions.
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const listener of [...this.listeners]) listener(entry);
    return { kind: 'landed', revision: this.#revision };
  }
}

/** What all members' stores have in common. */
export class MemoryBuckets {
  readonly #contents = new Map<BucketName, Content>();

  content(name: BucketName): Content {
    const content = this.#contents.get(name) ?? new Content();
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
    const serve = (reply: (entry: Entry | null) => void): void => reply(this.#content.entries.get(key) ?? null);
    return answerOf(await this.#link.request(timeoutMs, serve), `a read of ${key}`);
  }

  async purge(key: string, revision: number): Promise<void> {
    const reply = await this.#link.request<null>(5_000, (done) => {
      const entry = this.#content.entries.get(key);
      if (entry && entry.revision <= revision) this.#content.entries.delete(key);
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
    const reply = await this.#link.request<WriteOutcome>(timeoutMs, (answer) =>
      answer(this.#content.put(key, expected, value, { ...headers }, deleted, this.#link.clock.wall())),
    );
    if (reply.kind === 'reply') return reply.value;
    return { kind: reply.kind === 'notSent' ? 'unavailable' : 'unknown' };
  }
}

class MemoryFollow implements Follow {
  readonly #content: Content;
  readonly #link: MemoryLink;
  readonly #options: FollowOptions;
  readonly #endListening: () => void;
  #endPass: () => void = () => {};
  #passes = 0;
  #stopped = false;

  constructor(content: Content, link: MemoryLink, options: FollowOptions) {
    this.#content = content;
    this.#link = link;
    this.#options = options;
    this.#endListening = link.onConnection((connected) => (connected ? this.restart() : this.#endPass()));
    this.restart();
  }

  restart(): void {
    if (this.#stopped) return;
    this.#endPass();
    let ended = false;
    let listener: Listener | null = null;
    this.#endPass = () => {
      ended = true;
      if (listener) this.#content.listeners.delete(listener);
    };
    const carry = (run: () => void): void =>
      this.#link.deliver(() => {
        if (!ended) run();
      });
    this.#link.send(() => {
      if (ended) return;
      carry(() => this.#announce());
      listener = (entry) => {
        if (this.#covers(entry.key)) carry(() => this.#options.onEntry(this.#shown(entry)));
      };
      for (const entry of this.#content.entries.values()) listener(entry);
      this.#content.listeners.add(listener);
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#endListening();
    this.#endPass();
  }

  #announce(): void {
    this.#passes += 1;
    this.#options.onPass(this.#passes);
  }

  #covers(key: string): boolean {
    const { prefixes } = this.#options;
    return prefixes.length === 0 || prefixes.some((prefix) => key.startsWith(`${prefix}.`));
  }

  #shown(entry: Entry): Entry {
    return this.#options.headersOnly ? { ...entry, value: NOTHING } : entry;
  }
}

function answerOf<T>(reply: LinkReply<T>, what: string): T {
  if (reply.kind === 'reply') return reply.value;
  throw new StoreUnavailable(`${what} got no answer: ${reply.kind}`);
}
