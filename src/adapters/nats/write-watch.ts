/**
 * Notices that a bucket is gone, or that NATS stores nothing any more in it, and says so.
 *
 * Why: to whoever plays, a stream that was deleted, a full disk and a lost quorum all look like a slow server; the operator needs to know
 * which of them it is.
 * Invariants:
 *  - An election is over before anything is said; while it goes on it is said now and then, and its end is said once.
 *  - What a stream without a leader looks like is trouble only when no election takes that long: until then members wait (ADR 32).
 *  - Writes that failed count only as long as others fail: a member that is not ready is asked for none, and has to come back.
 */
import type { Clock } from '../../ports/clock.ts';
import type { WriteOutcome } from '../../ports/store.ts';
import { toWriteFailure, type WriteFailure } from './entries.ts';
import type { Log, Reply } from './wire.ts';

const GONE = 'the bucket is gone: members make none while they run';
/** Longer than most elections take. */
const LONG_MS = 10_000;
/** Longer than any takes, those included in which a server that votes does not answer either. */
const LEADERLESS_MS = 30_000;
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
  #failure: WriteFailure | null = null;
  #saidAt: number | null = null;
  /** What the last look at the stream showed. */
  #missing: string | null = null;

  constructor(bucket: string, clock: Clock, log: Log) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#log = log;
  }

  get trouble(): string | null {
    const reason = this.#missing ?? this.#failing;
    return reason === null ? null : `the bucket ${this.#bucket}: ${reason}`;
  }

  /** Why writes fail, once that is no election any more. */
  get #failing(): string | null {
    if (this.#failure === null || this.#failingSince === null) return null;
    if (this.#clock.monotonic() - this.#failedAt >= FORGOTTEN_MS) return null;
    const { reason, leaderless } = this.#failure;
    return this.#failedAt - this.#failingSince >= (leaderless ? LEADERLESS_MS : LONG_MS) ? reason : null;
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
    const failure = toWriteFailure(reply);
    // The connection says itself that it is away.
    if (failure === null) return;
    const now = this.#clock.monotonic();
    this.#failingSince ??= now;
    this.#failedAt = now;
    this.#failure = failure;
    const forMs = now - this.#failingSince;
    if (forMs < LONG_MS || (this.#saidAt !== null && now - this.#saidAt < AGAIN_MS)) return;
    this.#saidAt = now;
    const { reason } = failure;
    this.#log.error({ bucket: this.#bucket, reason, forMs: Math.round(forMs) }, 'NATS stores nothing in this bucket');
  }
}
