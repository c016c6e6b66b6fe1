/**
 * Notices that a bucket is gone, or that NATS stores nothing any more in it, and says so.
 *
 * Why: to whoever plays, a stream that was deleted, a full disk and a lost quorum all look like a slow server; the operator needs to know
 * which of them it is.
 * Invariants:
 *  - An election is over before anything is said; while it goes on it is said now and then, and its end is said once.
 *  - Writes that failed count only as long as others fail: a member that is not ready is asked for none, and has to come back.
 */
import type { Clock } from '../../ports/clock.ts';
import type { WriteOutcome } from '../../ports/store.ts';
import { failureOf, parseApiAnswer } from './api-answer.ts';
import type { Log, Reply } from './wire.ts';

const GONE = 'the bucket is gone: members make none while they run';
/** Longer than elections take. */
const LONG_MS = 10_000;
const AGAIN_MS = 30_000;
/** Who waits for a write tries it again sooner. */
const FORGOTTEN_MS = 15_000;

export class WriteWatch {
  readonly #bucket: string;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Monotonic, of the first of the writes that failed one after another; null: none did. */
  #failingSince: number | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;
  #reason: string | null = null;
  #saidAt: number | null = null;
  /** What the last look at the stream showed. */
  #missing: string | null = null;

  constructor(bucket: string, clock: Clock, log: Log) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
  }

  get trouble(): string | null {
    const isFailing = this.#saidAt !== null && this.#clock.monotonic() - this.#failedAt < FORGOTTEN_MS;
    const reason = this.#missing ?? (isFailing ? this.#reason : null);
    return reason === null ? null : `the bucket ${this.#bucket}: ${reason}`;
  }

  /** What a look at the stream showed: why it is not there, or null; undefined: nothing. */
  looked(missing: string | null | undefined): void {
    if (missing === undefined) return;
    if (missing !== null && this.#missing === null) this.#log.error({ bucket: this.#bucket, reason: missing }, GONE);
    if (missing === null && this.#missing !== null)
      this.#log.info({ bucket: this.#bucket }, 'the bucket is there again');
    this.#missing = missing;
  }

  /** What came of a write. */
  saw(reply: Reply, { kind }: WriteOutcome): void {
    if (kind === 'landed' || kind === 'stale') this.#decided();
    else if (kind === 'unavailable' || kind === 'unknown') this.#failed(reply);
  }

  #decided(): void {
    if (this.#failingSince === null) return;
    if (this.#saidAt !== null) this.#log.info({ bucket: this.#bucket }, 'NATS stores again in this bucket');
    this.#failingSince = null;
    this.#saidAt = null;
  }

  #failed(reply: Reply): void {
    const reason = reasonOf(reply);
    // The connection says itself that it is away.
    if (reason === null) return;
    const now = this.#clock.monotonic();
    this.#failingSince ??= now;
    this.#failedAt = now;
    this.#reason = reason;
    const forMs = now - this.#failingSince;
    if (forMs < LONG_MS || (this.#saidAt !== null && now - this.#saidAt < AGAIN_MS)) return;
    this.#saidAt = now;
    this.#log.error({ bucket: this.#bucket, reason, forMs: Math.round(forMs) }, 'NATS stores nothing in this bucket');
  }
}

function reasonOf(reply: Reply): string | null {
  switch (reply.kind) {
    case 'message':
      return failureOf(parseApiAnswer(reply.message.payload)) ?? 'an answer that is none';
    case 'noResponders':
      return 'nobody takes it: the stream is gone, or JetStream is off';
    case 'timeout':
      return 'no acknowledgement';
    case 'denied':
      return 'not allowed';
    default:
      return null;
  }
}
