/**
 * The four buckets: what they must look like, and making them when they are not there.
 *
 * Role: run once at start; several members may do it at the same moment.
 * Invariants:
 *  - History 1, new writes refused before old entries are dropped, no entry ages out except in the archive.
 *  - An existing bucket is never made smaller: a wrong one is refused, another replica count only reported.
 */
import { BUCKETS, type BucketName } from '../../ports/store.ts';
import { failureOf, parseApiAnswer, STREAM_NOT_FOUND } from './api-answer.ts';
import { BucketRefused, UnsuitableBucket } from './errors.ts';
import { bucketNames, streamApi } from './names.ts';
import type { Reply, Wire } from './wire.ts';

export interface BucketOptions {
  readonly namespace: string;
  readonly replicas: number;
  readonly retentionDays: number;
}

/** What is looked at of how a stream was made. */
export interface StreamConfig {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly num_replicas: number;
  readonly max_msgs_per_subject: number;
  readonly max_age: number;
  readonly discard: string;
  readonly allow_direct: boolean;
  readonly deny_delete: boolean;
  /** -1: as much as the server takes. */
  readonly max_msg_size: number;
}

type Answer =
  | { readonly kind: 'done'; readonly config: StreamConfig }
  | { readonly kind: 'notReady'; readonly reason: string }
  | { readonly kind: 'error'; readonly code: number; readonly reason: string };

const API_TIMEOUT_MS = 5_000;
const RETRY_MS = 250;
/** Say again that JetStream is not ready after so many attempts. */
const ATTEMPTS_PER_LOG_LINE = 20;
const NANOSECONDS_PER_DAY = 86_400e9;
const NAME_IN_USE = 10058;
/** Not enough servers of the cluster are up yet. */
const NO_SUITABLE_PEERS = 10005;
/** Several replicas were asked of a server that is in no cluster. */
const REPLICAS_NOT_SUPPORTED = 10074;

/** Makes sure that every bucket is there. Waits as long as JetStream is not ready; ends early when `signal` aborts. */
export async function ensureBuckets(wire: Wire, options: BucketOptions, signal?: AbortSignal): Promise<void> {
  // One bucket that cannot be had ends the waiting for the others.
  const failed = new AbortController();
  const ended = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  const all = Promise.all(BUCKETS.map((name) => ensureBucket(wire, name, options, ended)));
  await all.catch((error: unknown) => {
    failed.abort(error);
    throw error;
  });
}

async function ensureBucket(wire: Wire, name: BucketName, options: BucketOptions, signal: AbortSignal): Promise<void> {
  const { bucket, stream } = bucketNames(options.namespace, name);
  const wanted = streamConfig(name, options);
  const found = await findOrMake(wire, name, options, signal);
  const reason = unsuitable(name, found, options);
  if (reason !== null) throw new UnsuitableBucket(bucket, reason);
  if (found.num_replicas !== wanted.num_replicas) {
    const details = { bucket, replicas: found.num_replicas, configured: wanted.num_replicas };
    wire.log.warn(details, 'the bucket has another number of replicas than configured; change it with the nats tool');
  }
  if (found.max_age === wanted.max_age) return;
  const { retentionDays } = options;
  const update = await ask(wire, streamApi(stream).update, { ...found, max_age: wanted.max_age });
  if (update.kind === 'done') wire.log.info({ bucket, retentionDays }, 'the retention of the bucket was changed');
  else wire.log.warn({ bucket, retentionDays, reason: update.reason }, 'the retention of the bucket cannot be changed');
}

/**
 * Asks again and again while JetStream is not ready, or does not let us. It is asked for the bucket first: where an
 * administrator makes them, members may not.
 */
async function findOrMake(
  wire: Wire,
  name: BucketName,
  options: BucketOptions,
  signal: AbortSignal,
): Promise<StreamConfig> {
  const { bucket, stream } = bucketNames(options.namespace, name);
  const api = streamApi(stream);
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    let answer = await ask(wire, api.info, {});
    if (isError(answer, STREAM_NOT_FOUND)) answer = await ask(wire, api.create, streamConfig(name, options));
    if (answer.kind === 'done') return answer.config;
    // Another member was faster, with other settings: it will be found.
    const lasts = answer.kind === 'error' && !isError(answer, NAME_IN_USE);
    if (lasts) throw new BucketRefused(bucket, answer.reason);
    if (attempt % ATTEMPTS_PER_LOG_LINE === 0) {
      wire.log.warn({ bucket, reason: answer.reason }, 'waiting for JetStream');
    }
    await wire.pause(RETRY_MS);
  }
}

function isError(answer: Answer, code: number): boolean {
  return answer.kind === 'error' && answer.code === code;
}

/** What a bucket's stream is made with. */
export function streamConfig(name: BucketName, options: BucketOptions) {
  const { stream, allKeys } = bucketNames(options.namespace, name);
  return {
    name: stream,
    subjects: [allKeys],
    retention: 'limits',
    storage: 'file',
    num_replicas: options.replicas,
    max_msgs_per_subject: 1,
    max_age: name === 'archive' ? options.retentionDays * NANOSECONDS_PER_DAY : 0,
    discard: 'new',
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    max_msg_size: -1,
  };
}

/** Why the stream of a bucket cannot be used as it was made; null: it can. */
export function unsuitable(name: BucketName, found: StreamConfig, options: BucketOptions): string | null {
  const wanted = streamConfig(name, options);
  if (found.subjects.join() !== wanted.subjects.join()) return `it holds the subjects ${found.subjects.join()}`;
  if (found.max_msgs_per_subject !== 1) return `it keeps ${found.max_msgs_per_subject} entries per key, not 1`;
  if (found.discard !== 'new') return 'it drops old entries when it is full';
  if (wanted.max_age === 0 && found.max_age !== 0) return 'its entries age out';
  if (found.max_msg_size > 0)
    return `it takes entries of ${found.max_msg_size} bytes at most, not what NATS takes (-1)`;
  return found.allow_direct ? null : 'it does not allow direct gets';
}

function ask(wire: Wire, subject: string, question: object): Promise<Answer> {
  const payload = Buffer.from(JSON.stringify(question));
  return wire.request({ subject, payload, timeoutMs: API_TIMEOUT_MS, conclude: readApiAnswer });
}

function readApiAnswer(reply: Reply): Answer {
  if (reply.kind === 'denied') return { kind: 'notReady', reason: 'a permission is missing' };
  if (reply.kind === 'noResponders') return { kind: 'notReady', reason: 'JetStream is not enabled, or not up yet' };
  if (reply.kind !== 'message') return { kind: 'notReady', reason: `no answer (${reply.kind})` };
  const answer = parseApiAnswer(reply.message.payload);
  const { config, error: { code = 500, err_code = 0 } = {} } = answer;
  if (config && !answer.error) return { kind: 'done', config: config as StreamConfig };
  const reason = failureOf(answer) ?? 'an answer that is none';
  const lasting = err_code === REPLICAS_NOT_SUPPORTED;
  if ((code >= 500 && !lasting) || err_code === NO_SUITABLE_PEERS) return { kind: 'notReady', reason };
  return { kind: 'error', code: err_code, reason };
}
