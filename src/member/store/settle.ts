/**
 * Makes a compare-and-set certain: writes until it is known whether it landed.
 *
 * Role: the one place that resolves doubt about a write (docs/architecture/requests.md, "Writes"). Used for slots, sessions, barriers; not
 * for renewals, which are never resent.
 * Why: a time-out says nothing, and `stale` may be the echo of an earlier copy of the same write.
 * Invariants:
 *  - The same bytes go to the same expected revision, as often as needed; never to another one.
 *  - `landed` only with the store's acknowledgement, or with our write id read at a revision above the expected one.
 *  - `conflict` only with a newer entry seen that carries another write id.
 */
import { type Bucket, type Entry, type Headers, StoreUnavailable } from '../../ports/store.ts';
import { type Attempt, type RetryContext, type RetryPolicy, retry } from '../kit/retry.ts';

export const WRITE_ID = 'Minotaur-Write';

/** Long: a NATS that answers slowly must make things slower, not stop them. One that is gone answers at once. */
const WRITE_TIMEOUT_MS = 2_000;
const READ_TIMEOUT_MS = 2_000;
/** An outcome that is not final may have come at once: a store that is full, or denies the write, is not asked faster than this. */
const WRITE_AGAIN: RetryPolicy = { firstMs: 20, factor: 2, longestMs: 500 };
const LOOK_AGAIN: RetryPolicy = { firstMs: 20, factor: 1.5, longestMs: 250 };
/** A store that shows only older revisions for so long has lost the newer ones. */
const ROLLBACK_AFTER_MS = 5_000;

export interface Settling {
  readonly bucket: Bucket;
  readonly key: string;
  /** null: a deletion marker. */
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** What each attempt says of its own time. */
  readonly timely?: () => Readonly<Record<string, string>>;
  readonly expected: number;
  /** By default one that nobody else knows. */
  readonly writeId?: string | undefined;
}

export type Settled =
  | { readonly kind: 'landed'; readonly revision: number }
  | { readonly kind: 'conflict'; readonly entry: Entry }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The store shows nothing as new as `expected` any more. */
  | { readonly kind: 'rolledBack'; readonly entry: Entry | null }
  /** Given up because `gate` closed for good, or the store takes no copy of it any more: it may have landed. */
  | { readonly kind: 'abandoned' };

export interface SettleContext extends RetryContext {
  /** Resolves when writes may be sent: true; or false when they never may again. */
  gate(): boolean | Promise<boolean>;
}

export function settle(context: SettleContext, settling: Settling): Promise<Settled> {
  const { writeId = context.random.token(12) } = settling;
  const headers = { ...settling.headers, [WRITE_ID]: writeId };
  let doubtful = false;
  return retry(context, WRITE_AGAIN, async () => {
    const attempt = await send(context, settling, headers, writeId);
    if ('again' in attempt) doubtful ||= attempt.again === 'unknown';
    // Of an earlier copy, the refusal of this one says nothing.
    else if (doubtful && attempt.done.kind === 'refused') return { done: { kind: 'abandoned' } };
    return attempt;
  });
}

async function send(
  context: SettleContext,
  settling: Settling,
  headers: Headers,
  writeId: string,
): Promise<Attempt<Settled>> {
  const { bucket, key, value, expected, timely } = settling;
  const open = context.gate();
  if (open !== true && !(await open)) return { done: { kind: 'abandoned' } };
  const write = { headers: { ...timely?.(), ...headers }, expected, timeoutMs: WRITE_TIMEOUT_MS };
  const outcome = value === null ? await bucket.remove(key, write) : await bucket.write(key, { ...write, value });
  switch (outcome.kind) {
    case 'landed':
    case 'refused':
      return { done: outcome };
    case 'stale':
      return { done: await resolveStale(context, settling, writeId) };
    case 'busy':
    case 'unavailable':
    case 'unknown':
      return { again: outcome.kind };
  }
}

/** Reads until something newer than `expected` shows: ours, or a conflict. */
function resolveStale(context: SettleContext, settling: Settling, writeId: string): Promise<Settled> {
  const { bucket, key, expected } = settling;
  let olderSince: number | null = null;
  return retry<Settled>(context, LOOK_AGAIN, async () => {
    const open = context.gate();
    if (open !== true) {
      // An outage is no sign of a loss: how long older entries have shown is counted anew.
      olderSince = null;
      if (!(await open)) return { done: { kind: 'abandoned' } };
    }
    const entry = await readOrNothing(bucket, key);
    if (entry === undefined) {
      olderSince = null;
      return { again: 'unanswered' };
    }
    if (entry !== null && entry.revision > expected) {
      const mine = entry.headers[WRITE_ID] === writeId;
      return { done: mine ? { kind: 'landed', revision: entry.revision } : { kind: 'conflict', entry } };
    }
    const now = context.clock.monotonic();
    olderSince ??= now;
    return now - olderSince > ROLLBACK_AFTER_MS ? { done: { kind: 'rolledBack', entry } } : { again: 'lagging' };
  });
}

/** `undefined` when there was no answer. */
export async function readOrNothing(bucket: Bucket, key: string): Promise<Entry | null | undefined> {
  try {
    return await bucket.read(key, READ_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}
