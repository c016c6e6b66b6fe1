/**
 * Notices that NATS stores nothing any more in a bucket, and says so.
 *
 * Why: to whoever plays, a stream that was deleted, a full disk and a lost quorum all look like a slow server; the operator needs to know
 * which of them it is.
 * Invariants: an election is over before anything is said; while it goes on it is said now and then, and its end is said once.
 */
import type { Clock } from '../../ports/clock.ts';
import type { WriteOutcome } from '../../ports/store.ts';
import { failureOf, parseApiAnswer } from './api-answer.ts';
import type { Log, Reply } from './wire.ts';

/** Longer than elections take. */
const LONG_MS = 10_000;
const AGAIN_MS = 30_000;

export class WriteWatch {
  readonly #bucket: string;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Monotonic, of the first of the writes that failed one after another; null: none did. */
  #failingSince: number | null = null;
  #saidAt: number | null = null;

  constructor(bucket: string, clock: Clock, log: Log) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
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
    const forMs = now - this.#failingSince;
    if (forMs < LONG_MS || (this.#saidAt !== null && now - this.#saidAt < AGAIN_MS)) return;
    this.#saidAt = now;
    this.#log.warn({ bucket: this.#bucket, reason, forMs: Math.round(forMs) }, 'NATS stores nothing in this bucket');
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
