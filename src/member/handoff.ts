/**
 * Planned moves of slots: offering and sending on one side, the stash on the other.
 *
 * Role: carries a frozen slot's sessions to the next owner before the record names it, so that it can serve at once.
 * Why the bytes travel: the next owner would have to read and claim every session otherwise; a handed-over session needs neither.
 * Invariants:
 *  - A stash serves only the record that names its transfer id, once.
 *  - Bytes go along only for sessions whose last write is acknowledged; the others go by id and are claimed.
 */
import type { Clock } from '../ports/clock.ts';
import type { Messaging, Peer } from '../ports/messaging.ts';
import { decodeReply, encodeFrame, type TransferEntry } from './rpc.ts';
import type { Stash } from './session-host.ts';
import type { StoredSession } from './slot-lister.ts';
import type { Exported } from './slot-sessions.ts';

const CHUNK_BYTES = 384 * 1024;
const CHUNK_SESSIONS = 500;
const CALL_TIMEOUT_MS = 1_000;
/** Longer than a handoff takes, elections of NATS included. */
const KEPT_MS = 15_000;

/** One planned move of one slot. */
export interface Transfer {
  readonly slot: number;
  readonly transferId: string;
}

/** Asks the target whether it takes the slot. The reason if not. */
export async function offer(
  messaging: Messaging,
  to: Peer,
  slot: number,
  transferId: string,
  from: string,
): Promise<string | null> {
  const request = encodeFrame({ type: 'offer', slot, transferId, from });
  return refusal(await messaging.call(to, request, CALL_TIMEOUT_MS));
}

/** Sends a slot's sessions, chunk by chunk, each acknowledged. The reason if it failed. */
export async function transfer(
  messaging: Messaging,
  to: Peer,
  { slot, transferId }: Transfer,
  exported: readonly Exported[],
  isOver: () => boolean,
): Promise<string | null> {
  for (const chunk of chunks(exported)) {
    if (isOver()) return 'it took too long';
    const reason = refusal(await messaging.call(to, encodeChunk({ slot, transferId }, chunk), CALL_TIMEOUT_MS));
    if (reason !== null) return reason;
  }
  return null;
}

function refusal(outcome: Awaited<ReturnType<Messaging['call']>>): string | null {
  if (outcome.kind !== 'answer') return outcome.kind;
  const { header } = decodeReply(outcome.payload);
  if (header.type === 'ok') return null;
  return header.type === 'refused' ? header.reason : 'an unexpected answer';
}

function* chunks(exported: readonly Exported[]): Generator<Exported[]> {
  let chunk: Exported[] = [];
  let bytes = 0;
  for (const session of exported) {
    const length = session.value?.length ?? 0;
    if (chunk.length > 0 && (bytes + length > CHUNK_BYTES || chunk.length >= CHUNK_SESSIONS)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(session);
    bytes += length;
  }
  if (chunk.length > 0) yield chunk;
}

function encodeChunk({ slot, transferId }: Transfer, chunk: readonly Exported[]): Uint8Array {
  const sessions: TransferEntry[] = chunk.map(({ gameId, revision, listing, unsettled, value }) => ({
    gameId,
    revision,
    unsettled,
    ...listing,
    bytes: value?.length ?? null,
  }));
  const body = new Uint8Array(chunk.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
  let at = 0;
  for (const { value } of chunk) {
    if (value === null) continue;
    body.set(value, at);
    at += value.length;
  }
  return encodeFrame({ type: 'transfer', slot, transferId, sessions }, body);
}

/** What was accepted and not yet confirmed by a record: for each slot the newest transfer. */
export class Stashes {
  private readonly clock: Clock;
  private readonly bySlot = new Map<number, Incoming>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** An offer that comes twice must not empty what was sent since. */
  accept(slot: number, transferId: string): void {
    if (this.bySlot.get(slot)?.transferId === transferId) return;
    const acceptedAt = this.clock.monotonic();
    this.bySlot.set(slot, { transferId, acceptedAt, listing: new Map(), stored: new Map(), unsettled: new Set() });
  }

  /** Forgets handoffs that did not come about. Should the record still come, the slot is listed and claimed instead. */
  forgetOld(): void {
    const before = this.clock.monotonic() - KEPT_MS;
    for (const [slot, { acceptedAt }] of this.bySlot) if (acceptedAt < before) this.bySlot.delete(slot);
  }

  /** False if that transfer was not accepted, or a later one was. */
  add(
    { slot, transferId, sessions }: Transfer & { readonly sessions: readonly TransferEntry[] },
    body: Uint8Array,
  ): boolean {
    const stash = this.bySlot.get(slot);
    if (stash?.transferId !== transferId) return false;
    let at = 0;
    for (const { gameId, revision, bytes, unsettled, ...listing } of sessions) {
      if (unsettled) stash.unsettled.add(gameId);
      stash.listing.set(gameId, { revision, deleted: false, listing });
      if (bytes === null) continue;
      stash.stored.set(gameId, body.slice(at, at + bytes));
      at += bytes;
    }
    return true;
  }

  /** The stash of that transfer, once. Any other one for the slot is of no use any more. */
  redeem(slot: number, transferId: string | null): Stash | null {
    const stash = this.bySlot.get(slot);
    this.bySlot.delete(slot);
    return stash !== undefined && stash.transferId === transferId ? stash : null;
  }
}

interface Incoming {
  readonly transferId: string;
  /** Monotonic ms. */
  readonly acceptedAt: number;
  readonly listing: Map<string, StoredSession>;
  readonly stored: Map<string, Uint8Array>;
  readonly unsettled: Set<string>;
}
