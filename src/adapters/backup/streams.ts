/**
 * The streams of a namespace, for whoever copies their entries out, or into new ones.
 *
 * Role: the few requests of JetStream's API that a backup needs; those that change nothing are tried again while NATS elects a leader.
 * Why not the server's own snapshots (`nats stream backup`): see ADR 45. Why not the wire of members: a backup that loses NATS is taken once
 * more, so nothing here has to outlive a connection.
 */
import { connect, type Msg, type MsgHdrs, type NatsConnection, headers as noHeaders } from 'nats';
import { z } from 'zod';
import type { BucketName } from '../../ports/store.ts';
import { type ApiAnswer, failureOf, parseApiAnswer, STREAM_NOT_FOUND } from '../nats/api-answer.ts';
import { type BucketOptions, streamConfig } from '../nats/buckets.ts';
import { explain } from '../nats/diagnosis.ts';
import { parseHeaders } from '../nats/headers.ts';
import { bucketNames, inboxPrefix, streamApi } from '../nats/names.ts';
import { type ConnectionSettings, clientOptions } from '../nats/settings.ts';
import { systemClock } from '../system.ts';
import type { BackupEntry } from './backup-file.ts';

export type BackupSettings = ConnectionSettings & BucketOptions;

/** NATS did not do what was asked; the message says what, and why. */
export class BackupFailed extends Error {
  override readonly name = 'BackupFailed';
}

const TIMEOUT_MS = 5_000;
/** An election takes a few seconds. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 250;
const NO_MESSAGE_FOUND = 10037;

const found = z.object({ message: z.object({ hdrs: z.base64().optional(), data: z.base64().default('') }) });
const listing = z.object({
  total: z.int().min(0).default(0),
  state: z.object({ subjects: z.record(z.string(), z.number()).default({}) }),
});
const info = z.object({ state: z.object({ messages: z.int().min(0) }) });

/** Connects. Rejects with BackupFailed, or the errors of `clientOptions`. */
export async function openStreams(settings: BackupSettings): Promise<Streams> {
  const options = clientOptions(settings);
  try {
    return new Streams(await connect({ ...options, inboxPrefix: inboxPrefix(settings.namespace) }), settings);
  } catch (error) {
    throw new BackupFailed(`NATS (${options.servers.join(', ')}) does not take us: ${explain(error, settings)}`);
  }
}

export class Streams {
  readonly #connection: NatsConnection;
  readonly #settings: BackupSettings;

  constructor(connection: NatsConnection, settings: BackupSettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  /**
   * The keys of a bucket that begin with `prefix.`, or all of them, as the stream's leader has them at one moment. Rejects with BackupFailed;
   * also if there are more than 100,000.
   */
  async keys(name: BucketName, prefix: string | null): Promise<readonly string[]> {
    const { stream, keyPrefix } = bucketNames(this.#settings.namespace, name);
    const filter = prefix === null ? `${keyPrefix}>` : `${keyPrefix}${prefix}.>`;
    const answer = accept(await this.#ask(streamApi(stream).info, { subjects_filter: filter }), `list ${stream}`);
    const { total, state } = listing.parse(answer);
    const subjects = Object.keys(state.subjects);
    if (total > subjects.length)
      throw new BackupFailed(`${stream} has ${total} entries of ${filter}: too many to list`);
    return subjects.map((subject) => subject.slice(keyPrefix.length));
  }

  /** The newest entry of a key, as the stream's leader has it; null if there is none any more. Rejects with BackupFailed. */
  async get(bucket: BucketName, key: string): Promise<BackupEntry | null> {
    const { stream, keyPrefix } = bucketNames(this.#settings.namespace, bucket);
    const answer = await this.#ask(streamApi(stream).get, { last_by_subj: keyPrefix + key });
    if (answer.error?.err_code === NO_MESSAGE_FOUND) return null;
    const { hdrs, data } = found.parse(accept(answer, `read ${key} of ${stream}`)).message;
    const { own, deleted } = parseHeaders(hdrs === undefined ? null : Buffer.from(hdrs, 'base64'));
    return { bucket, key, headers: own, deleted, value: Buffer.from(data, 'base64') };
  }

  /** Makes the stream of a bucket unless it is there. Resolves with the number of entries that it holds. Rejects with BackupFailed. */
  async prepare(name: BucketName): Promise<number> {
    const { stream } = bucketNames(this.#settings.namespace, name);
    const api = streamApi(stream);
    let answer = await this.#ask(api.info, {});
    if (answer.error?.err_code === STREAM_NOT_FOUND)
      answer = await this.#ask(api.create, streamConfig(name, this.#settings));
    return info.parse(accept(answer, `make ${stream}`)).state.messages;
  }

  /** Resolves when the entry is stored. Rejects with BackupFailed. */
  async put({ bucket, key, headers, deleted, value }: BackupEntry): Promise<void> {
    const { stream, keyPrefix } = bucketNames(this.#settings.namespace, bucket);
    const block = noHeaders();
    for (const [name, text] of Object.entries(headers)) block.set(name, text);
    if (deleted) block.set('KV-Operation', 'DEL');
    const reply = await this.#request(keyPrefix + key, value, block);
    if (!(reply instanceof Error)) accept(parseApiAnswer(Buffer.from(reply.data)), `write ${key} to ${stream}`);
    else throw new BackupFailed(`NATS does not write ${key} to ${stream}: ${reply.message}`);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Asks again while NATS does not answer, or has no leader. */
  async #ask(subject: string, question: object): Promise<ApiAnswer> {
    const giveUpAt = systemClock.monotonic() + PATIENCE_MS;
    for (;;) {
      const reply = await this.#request(subject, Buffer.from(JSON.stringify(question)));
      const answer = reply instanceof Error ? null : parseApiAnswer(Buffer.from(reply.data));
      if (answer !== null && (answer.error?.code ?? 0) < 500) return answer;
      if (systemClock.monotonic() > giveUpAt || this.#connection.isClosed()) {
        throw new BackupFailed(
          `NATS does not answer ${subject}: ${answer === null ? String(reply) : failureOf(answer)}`,
        );
      }
      await new Promise<void>((resolve) => systemClock.after(RETRY_MS, resolve));
    }
  }

  async #request(subject: string, payload: Uint8Array, headers?: MsgHdrs): Promise<Msg | Error> {
    try {
      return await this.#connection.request(subject, payload, { timeout: TIMEOUT_MS, ...(headers && { headers }) });
    } catch (error) {
      return error as Error;
    }
  }
}

function accept(answer: ApiAnswer, what: string): ApiAnswer {
  const failure = failureOf(answer);
  if (failure !== null) throw new BackupFailed(`NATS does not ${what}: ${failure}`);
  return answer;
}
