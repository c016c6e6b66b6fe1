/**
 * What a bucket answers, turned into the port's outcomes and entries.
 *
 * Role: the only place that knows JetStream's error codes and message formats on the data path.
 * Invariant: only an acknowledgement with a sequence counts as landed; an answer that is not understood is `unknown`.
 */
import { type Entry, StoreUnavailable, type WriteOutcome } from '../../ports/store.ts';
import { failureOf, parseApiAnswer, STREAM_NOT_FOUND } from './api-answer.ts';
import { type HeaderBlock, parseHeaders } from './headers.ts';
import type { Message } from './message.ts';
import type { Reply } from './wire.ts';

/** JetStream error codes (`err_code`) that say for sure what became of a write. */
const WRONG_LAST_SEQUENCE = 10071;
const WRONG_LAST_SEQUENCE_CONSTANT = 10164;
const IN_FLIGHT = 10158;
const MESSAGE_TOO_LARGE = 10054;
const CLUSTER_NOT_AVAILABLE = 10008;
const INSUFFICIENT_RESOURCES = 10023;

/** The outcome of a compare-and-set, from its acknowledgement. */
export function toWriteOutcome(reply: Reply): WriteOutcome {
  switch (reply.kind) {
    case 'message':
      return readAcknowledgement(reply.message.payload);
    case 'noResponders':
    case 'notSent':
      return { kind: 'unavailable' };
    case 'tooLarge':
      return { kind: 'refused', reason: 'larger than the largest message that NATS takes' };
    default:
      return { kind: 'unknown' };
  }
}

/** Why NATS stored nothing, and whether a stream without a leader fails like this. */
export interface WriteFailure {
  readonly reason: string;
  readonly leaderless: boolean;
}

/** Why a write failed; null: the connection says itself that it is away. */
export function toWriteFailure(reply: Reply): WriteFailure | null {
  switch (reply.kind) {
    case 'message': {
      const answer = parseApiAnswer(reply.message.payload);
      const reason = failureOf(answer) ?? 'an answer that is none';
      return { reason, leaderless: answer.error?.err_code === CLUSTER_NOT_AVAILABLE };
    }
    case 'noResponders':
      return { reason: 'nobody takes it: the stream is gone, or JetStream is off', leaderless: true };
    case 'timeout':
      return { reason: 'no acknowledgement', leaderless: true };
    case 'denied':
      return { reason: 'not allowed', leaderless: false };
    default:
      return null;
  }
}

function readAcknowledgement(payload: Buffer): WriteOutcome {
  const { seq, duplicate, error } = parseApiAnswer(payload);
  if (!error) return Number(seq) > 0 && !duplicate ? { kind: 'landed', revision: Number(seq) } : { kind: 'unknown' };
  switch (error.err_code) {
    case WRONG_LAST_SEQUENCE:
      return { kind: 'stale' };
    case WRONG_LAST_SEQUENCE_CONSTANT:
    case IN_FLIGHT:
      return { kind: 'busy' };
    case CLUSTER_NOT_AVAILABLE:
    case INSUFFICIENT_RESOURCES:
      return { kind: 'unavailable' };
    case MESSAGE_TOO_LARGE:
      return { kind: 'refused', reason: error.description ?? '' };
    default:
      return { kind: 'unknown' };
  }
}

/** From an answer about a stream: why it is not there; null if it is; undefined if that was not said. */
export function toMissing(reply: Reply): string | null | undefined {
  if (reply.kind !== 'message') return undefined;
  const { error } = parseApiAnswer(reply.message.payload);
  if (!error) return null;
  return error.err_code === STREAM_NOT_FOUND ? `${error.description} (${error.err_code})` : undefined;
}

/** The entry of a direct get; null if the replica that answered has none. Throws StoreUnavailable. */
export function toReadEntry(key: string, reply: Reply): Entry | null {
  if (reply.kind !== 'message') throw new StoreUnavailable(`no answer to a read of ${key}: ${reply.kind}`);
  const headers = parseHeaders(reply.message.headers);
  if (headers.status === 404) return null;
  const revision = Number(headers.transport['Nats-Sequence']);
  if (!(revision > 0)) throw new StoreUnavailable(`a read of ${key} failed: ${headers.status} ${headers.description}`);
  const writtenAt = Date.parse(headers.transport['Nats-Time-Stamp'] ?? '');
  return toEntry(key, revision, writtenAt, headers, reply.message);
}

/** Where a delivered message stands: in the stream, and in what its consumer delivered. */
export interface Position {
  readonly revision: number;
  readonly delivery: number;
  readonly writtenAt: number;
}

/** Parses `$JS.ACK.…`; it has 9 tokens, or more with the domain and account in front. Null if it is something else. */
export function parsePosition(reply: string): Position | null {
  const tokens = reply.split('.');
  if (tokens.length < 9 || tokens[1] !== 'ACK') return null;
  const first = tokens.length === 9 ? 5 : 7;
  return {
    revision: Number(tokens[first]),
    delivery: Number(tokens[first + 1]),
    writtenAt: Math.floor(Number(tokens[first + 2]) / 1e6),
  };
}

export function toEntry(
  key: string,
  revision: number,
  writtenAt: number,
  { own, deleted }: HeaderBlock,
  { payload }: Message,
): Entry {
  // A copy: the payload is a view into the socket's buffer, which it would keep from being freed.
  return { key, revision, value: Uint8Array.prototype.slice.call(payload), headers: own, deleted, writtenAt };
}
