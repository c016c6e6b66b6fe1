/**
 * A look at NATS past all members: what streams there are and what is in them, what the user may do.
 *
 * Role: asks for facts; what is right and wrong with them the asker says. No connection is made again: whoever looks once needs one try.
 * Invariant: nothing that is sent can change what is stored, but `write`, which is a compare-and-set. Writes that only ask for permission name a
 * revision that no key will ever have, what would make, change or remove something is no request that can be read or names nothing, and
 * everything else is addressed to somebody who is not there.
 */
import {
  createInbox,
  headers as headerBlock,
  type Msg,
  type NatsConnection,
  type RequestOptions,
  type Status,
} from 'nats';
import type { BucketName } from '../../ports/store.ts';
import { systemClock } from '../system.ts';
import { type ApiAnswer, failureOf, parseApiAnswer, STREAM_NOT_FOUND } from './api-answer.ts';
import type { BucketOptions } from './buckets.ts';
import { connectOnce, NoAnswer, whileConnected } from './look-connection.ts';
import { bucketNames, inboxPrefix, streamApi } from './names.ts';
import { memberPermissions } from './permissions.ts';
import type { ConnectionSettings } from './settings.ts';
import { lookOf, type StreamInfo, type StreamLook } from './stream-look.ts';

export type InspectionSettings = ConnectionSettings & BucketOptions;

/** A key as the leader or a replica has it. */
export interface StoredEntry {
  readonly revision: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly deleted: boolean;
  readonly value: Buffer;
}

const TIMEOUT_MS = 3_000;
/** Reads that are under way at a time. */
const READS_AT_ONCE = 64;
/** No key has it. */
const IMPOSSIBLE_REVISION = '9007199254740991';
/** Nobody is called that, and nothing. */
const NOBODY = '_doctor';
/** No JSON. */
const NO_REQUEST = '?';

/** Connects once. Rejects with NoAnswer. */
export async function openInspection(settings: InspectionSettings): Promise<Inspection> {
  try {
    return new Inspection(await connectOnce(settings, { inboxPrefix: inboxPrefix(settings.namespace) }), settings);
  } catch (error) {
    throw new NoAnswer(error, settings);
  }
}

export class Inspection {
  readonly #connection: NatsConnection;
  readonly #settings: InspectionSettings;

  constructor(connection: NatsConnection, settings: InspectionSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /** Never rejects. */
  async stream(bucket: BucketName): Promise<StreamLook> {
    const { stream } = bucketNames(this.#settings.namespace, bucket);
    const begun = systemClock.wall();
    const answer = await this.#ask(streamApi(stream).info, {});
    const middle = (begun + systemClock.wall()) / 2;
    const failure = failureOf(answer);
    if (answer.error?.err_code === STREAM_NOT_FOUND) return { is: 'missing', bucket, reason: failure ?? '' };
    if (failure !== null) return { is: 'noAnswer', bucket, reason: failure };
    return lookOf(bucket, answer as unknown as StreamInfo, middle, this.#settings);
  }

  /** As some replica has it. Rejects with NoAnswer. */
  async entry(bucket: BucketName, key: string): Promise<StoredEntry | null> {
    const { stream, keyPrefix } = bucketNames(this.#settings.namespace, bucket);
    const subject = streamApi(stream).directGetPrefix + keyPrefix + key;
    const { headers, data } = await this.#request(subject, undefined);
    if (headers?.code === 404) return null;
    const all = (headers?.keys() ?? []).map((name) => [name, headers?.get(name) ?? ''] as const);
    const transport = new Map(all);
    return {
      revision: Number(transport.get('Nats-Sequence')),
      headers: Object.fromEntries(all.filter(([name]) => !/^(?:Nats|KV)-/i.test(name))),
      deleted: ['DEL', 'PURGE'].includes(transport.get('KV-Operation') ?? ''),
      value: Buffer.from(data),
    };
  }

  /** What is there of these keys, without deletion markers, in their order. Rejects with NoAnswer. */
  async entries(bucket: BucketName, keys: readonly string[]): Promise<(StoredEntry & { readonly key: string })[]> {
    const found: (StoredEntry & { readonly key: string })[] = [];
    for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
      const some = keys.slice(from, from + READS_AT_ONCE);
      const read = await Promise.all(some.map(async (key) => ({ key, entry: await this.entry(bucket, key) })));
      for (const { key, entry } of read) if (entry !== null && !entry.deleted) found.push({ key, ...entry });
    }
    return found;
  }

  /** The keys of a bucket that begin with `prefix.`, or all of them, as the leader has them. Rejects with NoAnswer, or an Error: they cannot be listed, or are more than 100,000. */
  async keys(bucket: BucketName, prefix: string | null = null): Promise<readonly string[]> {
    return (await this.#list(bucket, prefix)).keys;
  }

  /**
   * All keys of a bucket, deletion markers among them, as a server had them that had everything up to that revision. Null: who answers has
   * not, a leader that was deposed perhaps. Rejects as `keys`.
   */
  async keysPast(bucket: BucketName, revision: number): Promise<readonly string[] | null> {
    const { keys, revision: newest } = await this.#list(bucket, null);
    return newest < revision ? null : keys;
  }

  /** `revision`: the keys are of that one, or of a later one. */
  async #list(bucket: BucketName, prefix: string | null) {
    const { stream, keyPrefix } = bucketNames(this.#settings.namespace, bucket);
    const filter = prefix === null ? `${keyPrefix}>` : `${keyPrefix}${prefix}.>`;
    const { data } = await this.#request(streamApi(stream).info, JSON.stringify({ subjects_filter: filter }));
    const answer = parseApiAnswer(Buffer.from(data));
    const failure = failureOf(answer);
    if (failure !== null) throw new Error(failure);
    const { state, total = 0 } = answer as unknown as StreamInfo;
    const subjects = Object.keys(state.subjects ?? {});
    if (total > subjects.length) throw new Error(`${stream} has ${total} entries of ${filter}: too many to list`);
    return { keys: subjects.map((subject) => subject.slice(keyPrefix.length)), revision: state.last_seq ?? 0 };
  }

  /** A compare-and-set; `value` null: a deletion marker. Null if it landed, else why not. */
  async write(
    bucket: BucketName,
    key: string,
    {
      value,
      headers,
      expected,
    }: { value: Uint8Array | null; headers: Readonly<Record<string, string>>; expected: number },
  ): Promise<string | null> {
    const block = headerBlock();
    for (const [name, text] of Object.entries(headers)) block.set(name, text);
    block.set('Nats-Expected-Last-Subject-Sequence', String(expected));
    if (value === null) block.set('KV-Operation', 'DEL');
    const subject = bucketNames(this.#settings.namespace, bucket).keyPrefix + key;
    try {
      const { data } = await this.#request(subject, value ?? undefined, { headers: block });
      return failureOf(parseApiAnswer(Buffer.from(data)));
    } catch (error) {
      return (error as NoAnswer).message;
    }
  }

  /** The lines of what members need that this user lacks. Rejects with NoAnswer. */
  async missingPermissions(): Promise<readonly { readonly action: string; readonly line: string }[]> {
    const needed = memberPermissions(this.#settings.namespace, true);
    // The library's queue of statuses: a function in it is called when all before it have been read.
    const statuses = this.#connection.status() as AsyncIterable<Status> & { push(then: () => void): void };
    const denied = new Set<string>();
    const hear = async (): Promise<void> => {
      for await (const { permissionContext: what } of statuses)
        if (what) denied.add(`${what.operation} ${what.subject}`);
    };
    void hear();
    const reply = createInbox(inboxPrefix(this.#settings.namespace));
    for (const line of needed.publish) this.#probe(probed(line), reply);
    for (const line of needed.subscribe) {
      this.#connection.subscribe(probed(line), { callback: () => undefined }).unsubscribe();
    }
    // What is not allowed is said before the next ping is answered; the first answer may be to the ping of connecting.
    try {
      await whileConnected(this.#connection, this.#connection.flush());
      await whileConnected(this.#connection, this.#connection.flush());
    } catch (error) {
      throw new NoAnswer(error, this.#settings);
    }
    await whileConnected(this.#connection, new Promise<void>((resolve) => statuses.push(resolve)));
    const lacking = (action: string, operation: string, lines: readonly string[]) =>
      lines.filter((line) => denied.has(`${operation} ${probed(line)}`)).map((line) => ({ action, line }));
    return [
      ...lacking('publish', 'publish', needed.publish),
      ...lacking('subscribe', 'subscription', needed.subscribe),
    ];
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Whether it is allowed is all that is asked. */
  #probe(subject: string, reply: string): void {
    const headers = headerBlock();
    headers.set('Nats-Expected-Last-Subject-Sequence', IMPOSSIBLE_REVISION);
    const options = subject.startsWith('$KV.') ? { headers, reply } : { reply };
    this.#connection.publish(subject, Buffer.from(harmless(subject)), options);
  }

  async #ask(subject: string, question: object): Promise<ApiAnswer> {
    try {
      const { data } = await this.#request(subject, JSON.stringify(question));
      return parseApiAnswer(Buffer.from(data));
    } catch (error) {
      return { error: { description: (error as NoAnswer).reason } };
    }
  }

  /** Rejects with NoAnswer, the end of the connection included. */
  async #request(
    subject: string,
    payload: Uint8Array | string | undefined,
    more: Pick<RequestOptions, 'headers'> = {},
  ): Promise<Msg> {
    try {
      const answer = this.#connection.request(subject, payload, { ...more, timeout: TIMEOUT_MS });
      return await whileConnected(this.#connection, answer);
    } catch (error) {
      throw new NoAnswer(error, this.#settings);
    }
  }
}

/** A subject that this line allows, and where nobody is. */
function probed(line: string): string {
  return line.replaceAll('*', NOBODY).replace(/>$/, NOBODY);
}

/** An empty purge would purge everything: one of nothing instead. Elsewhere what is no request cannot be carried out. */
function harmless(subject: string): string {
  const [, bucket] = /^\$JS\.API\.STREAM\.PURGE\.KV_(.+)$/.exec(subject) ?? [];
  return bucket === undefined ? NO_REQUEST : JSON.stringify({ filter: `$KV.${bucket}.${NOBODY}`, seq: 1 });
}
