/**
 * Makes a compare-and-set certain: writes until it is known whether it landed.
 *
 * Role: the one place that resolves doubt about a write (docs/architecture.md, "Writes"). Used for slots, sessions, barriers; not
 * for renewals, which are never resent.
 * Why: a time-out says nothing, and `stale` may be the echo of an earlier copy of the same write.
 * Invariants:
 *  - The same bytes go to the same expected revision, as often as needed; never to another one.
 *  - `landed` only with the store's acknowledgement, or with our write id read at a revision above the expected one.
 *  - `conflict` only with a newer entry seen that carries another write id.
 */
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { type Bucket, type Entry, StoreUnavailable } from '../ports/store.ts';

export const WRITE_ID = 'Minotaur-Write';

/** Long: a NATS that answers slowly must make things slower, not stop them. One that is gone answers at once. */
const WRITE_TIMEOUT_MS = 2_000;
const READ_TIMEOUT_MS = 2_000;
const PAUSE_MS = 20;
/** A store that shows only older revisions for so long has lost the newer ones. */
const ROLLBACK_AFTER_MS = 5_000;

export interface Settling {
  readonly bucket: Bucket;
  readonly key: string;
  /** null: a deletion marker. */
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expected: number;
}

export type Settled =
  | { readonly kind: 'landed'; readonly revision: number }
  | { readonly kind: 'conflict'; readonly entry: Entry }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The store shows nothing as new as `expected` any more. */
  | { readonly kind: 'rolledBack'; readonly entry: Entry | null }
  /** Given up because `gate` closed for good: it may have landed. */
  | { readonly kind: 'abandoned' };

export interface SettleContext {
  readonly clock: Clock;
  readonly random: Random;
  /** Resolves when writes may be sent: true; or false when they never may again. */
  gate(): boolean | Promise<boolean>;
}

export async function settle(context: SettleContext, settling: Settling): Promise<Settled> {
  const { bucket, key, value, expected } = settling;
  const writeId = context.random.token(12);
  const headers = { ...settling.headers, [WRITE_ID]: writeId };
  for (;;) {
    const open = context.gate();
    if (open !== true && !(await open)) return { kind: 'abandoned' };
    const write = { headers, expected, timeoutMs: WRITE_TIMEOUT_MS };
    const outcome = value === null ? await bucket.remove(key, write) : await bucket.write(key, { ...write, value });
    switch (outcome.kind) {
      case 'landed':
      case 'refused':
        return outcome;
      case 'stale':
        return resolveStale(context, settling, writeId);
      case 'busy':
      case 'unavailable':
        await pause(context, PAUSE_MS);
        break;
      case 'unknown':
        break;
    }
  }
}

/** Reads until something newer than `expected` shows: ours, or a conflict. */
async function resolveStale(context: SettleContext, settling: Settling, writeId: string): Promise<Settled> {
  const { bucket, key, expected } = settling;
  let olderSince: number | null = null;
  for (;;) {
    const open = context.gate();
    if (open !== true) {
      // An outage is no sign of a loss: how long older entries have shown is counted anew.
      olderSince = null;
      if (!(await open)) return { kind: 'abandoned' };
    }
    const entry = await readOrNothing(bucket, key);
    if (entry === undefined) olderSince = null;
    else if (entry !== null && entry.revision > expected) {
      const mine = entry.headers[WRITE_ID] === writeId;
      return mine ? { kind: 'landed', revision: entry.revision } : { kind: 'conflict', entry };
    } else {
      const now = context.clock.monotonic();
      olderSince ??= now;
      if (now - olderSince > ROLLBACK_AFTER_MS) return { kind: 'rolledBack', entry };
    }
    await pause(context, PAUSE_MS);
  }
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

/** About `ms`, with jitter. */
export function pause(context: { readonly clock: Clock; readonly random: Random }, ms: number): Promise<void> {
  return new Promise((resolve) => {
    context.clock.after(ms * (0.5 + context.random.fraction()), resolve);
  });
}
