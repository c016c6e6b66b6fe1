/**
 * The store on NATS JetStream key-value buckets.
 *
 * Role: compare-and-set writes, reads, follows and purges of one bucket, on the shared wire.
 * Why not the library's key-value client: `kv.create` revives deletion markers, `kv.delete` ignores an expected revision
 * of 0, and both hide what was acknowledged.
 * Invariants: every write names the expected revision, none carries a message id (S7), and nothing is sent while
 * disconnected (S5).
 */

import type { Timer } from '../../ports/clock.ts';
import {
  BUCKETS,
  type Bucket,
  type BucketName,
  type Entry,
  type Follow,
  type FollowOptions,
  type Removal,
  type Selected,
  type Selection,
  type Store,
  StoreUnavailable,
  type Write,
  type WriteOutcome,
} from '../../ports/store.ts';
import { failureOf, parseApiAnswer } from './api-answer.ts';
import { toMissing, toReadEntry, toWriteOutcome } from './entries.ts';
import { NatsFollow } from './follow.ts';
import { encodeWrite } from './headers.ts';
import { ManyAnswer, manyRequest } from './many.ts';
import { type BucketNames, bucketNames, streamApi } from './names.ts';
import type { Wire } from './wire.ts';
import { WriteWatch } from './write-watch.ts';

const NOTHING = new Uint8Array(0);
/** Names and values of headers are short: a status, times, numbers, ids. */
const LARGEST_HEADERS_BYTES = 2 * 1024;
/** How often it is looked whether a stream is there. */
const LOOK_MS = 5_000;
const PURGE_TIMEOUT_MS = 5_000;

export class NatsStore implements Store {
  readonly #wire: Wire;
  readonly #buckets: ReadonlyMap<BucketName, NatsBucket>;

  constructor(wire: Wire, namespace: string) {
    this.#wire = wire;
    this.#buckets = new Map(
      BUCKETS.map((name) => [name, new NatsBucket(wire, bucketNames(namespace, name), name === 'members')]),
    );
  }

  get connected(): boolean {
    return this.#wire.connected;
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#wire.onConnection(listener);
  }

  bucket(name: BucketName): Bucket {
    return this.#buckets.get(name) as NatsBucket;
  }

  /** Ends every follow. */
  stop(): void {
    for (const bucket of this.#buckets.values()) bucket.stop();
  }
}

class NatsBucket implements Bucket {
  readonly #wire: Wire;
  readonly #names: BucketNames;
  readonly #directGetPrefix: string;
  readonly #follows = new Set<NatsFollow>();
  readonly #watch: WriteWatch;
  /** Membership: whatever else waits to be sent, it does not wait behind that. */
  readonly #urgent: boolean;
  #nextLook: Timer;

  constructor(wire: Wire, names: BucketNames, urgent: boolean) {
    this.#wire = wire;
    this.#urgent = urgent;
    this.#names = names;
    this.#watch = new WriteWatch(names.bucket, wire.clock, wire.log);
    this.#directGetPrefix = streamApi(names.stream).directGetPrefix + names.keyPrefix;
    this.#nextLook = wire.clock.after(LOOK_MS, () => this.#look());
  }

  get largestValue(): number {
    return this.#wire.largestMessage - LARGEST_HEADERS_BYTES;
  }

  write(key: string, { value, expected, headers, timeoutMs }: Write): Promise<WriteOutcome> {
    return this.#put(key, value, encodeWrite(expected, false, headers), timeoutMs);
  }

  remove(key: string, { expected, headers, timeoutMs }: Removal): Promise<WriteOutcome> {
    return this.#put(key, NOTHING, encodeWrite(expected, true, headers), timeoutMs);
  }

  get trouble(): string | null {
    return this.#watch.trouble;
  }

  read(key: string, timeoutMs: number): Promise<Entry | null> {
    return this.#wire.request({
      subject: this.#directGetPrefix + key,
      payload: NOTHING,
      timeoutMs,
      urgent: this.#urgent,
      conclude: (reply) => toReadEntry(key, reply),
    });
  }

  readMany({ keys, prefixes, timeoutMs }: Selection): Promise<Selected> {
    const { keyPrefix, stream } = this.#names;
    const answer = new ManyAnswer(stream, keyPrefix);
    return this.#wire.request({
      subject: streamApi(stream).directGetMany,
      payload: manyRequest(keyPrefix, keys, prefixes),
      timeoutMs,
      more: (part) => answer.take(part),
      conclude: (reply) => answer.conclude(reply),
    });
  }

  follow(options: FollowOptions): Follow {
    const follow = new NatsFollow(this.#wire, this.#names, options, () => this.#follows.delete(follow));
    this.#follows.add(follow);
    return follow;
  }

  async purge(key: string, revision: number): Promise<void> {
    const request = { filter: this.#names.keyPrefix + key, seq: revision + 1 };
    const failure = await this.#wire.request({
      subject: streamApi(this.#names.stream).purge,
      payload: Buffer.from(JSON.stringify(request)),
      timeoutMs: PURGE_TIMEOUT_MS,
      conclude: (reply) => (reply.kind === 'message' ? failureOf(parseApiAnswer(reply.message.payload)) : reply.kind),
    });
    if (failure !== null) throw new StoreUnavailable(`the purge of ${key} failed: ${failure}`);
  }

  stop(): void {
    this.#nextLook.cancel();
    for (const follow of this.#follows) follow.stop();
  }

  /** Is the stream there? Nobody may write to it for hours. */
  #look(): void {
    this.#nextLook = this.#wire.clock.after(LOOK_MS, () => this.#look());
    // Never rejects: what is no answer tells nothing.
    void this.#wire.request({
      subject: streamApi(this.#names.stream).info,
      payload: NOTHING,
      timeoutMs: LOOK_MS,
      conclude: (reply) => this.#watch.looked(toMissing(reply)),
    });
  }

  #put(key: string, value: Uint8Array, headers: Uint8Array, timeoutMs: number): Promise<WriteOutcome> {
    return this.#wire.request({
      subject: this.#names.keyPrefix + key,
      payload: value,
      headers,
      timeoutMs,
      urgent: this.#urgent,
      conclude: (reply) => {
        const outcome = toWriteOutcome(reply);
        this.#watch.saw(reply, outcome);
        return outcome;
      },
    });
  }
}
