/**
 * Planned moves of slots: offering and sending on one side, the stash on the other.
 *
 * Role: carries a frozen slot's sessions to the next owner before the record names it, so that it can serve at once.
 * Why the bytes travel: the next owner would have to read and claim every session otherwise; a handed-over session needs neither.
 * Why nothing but the record's own transfer counts: every message here can be late, doubled, or overtaken by newer ones.
 * Invariants:
 *  - A stash serves only the record that names its transfer id, once, and only if it is complete: each message says how many sessions the
 *    whole transfer has, and what a transfer holds never changes.
 *  - An offer changes nothing at the receiver. A transfer never gives way to an older one, and none is taken for a record that is known.
 *  - Deletion markers go along: a read of the archive proves no absence, so the next owner has to know which games have ended.
 *  - Bytes go along only for sessions whose last write is acknowledged; the others go by id and are claimed.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Messaging, Peer } from '../../ports/messaging.ts';
import { begunElsewhere, type RoundClock } from '../../session/round-clock.ts';
import { parseListing } from '../../session/snapshot.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import { decodeReply, encodeFrame, type RpcRequest, type TransferEntry } from '../contract/rpc.ts';
import type { Stash } from '../sessions/slot-context.ts';
import type { Exported } from '../sessions/slot-sessions.ts';
import type { StoredSession } from '../store/slot-lister.ts';
import { CALL_TIMEOUT_MS, FREEZE_PATIENCE_MS, LONGEST_FREEZE_MS, STASH_KEPT_MS } from './timing.ts';

const CHUNK_BYTES = 384 * 1024;
const CHUNK_SESSIONS = 500;
/** More than what a session takes besides its bytes, and a chunk besides its sessions. */
const SESSION_BYTES = 512;
/** Clocks of members may be so far apart, and a message under way for so long, without a round being longer for it. */
const APART_MS = 250;

/** One planned move of one slot. */
export interface Transfer {
  readonly slot: number;
  readonly transferId: string;
  /** Of the record that will complete it. One incarnation only can write that. */
  readonly epoch: number;
  /** Orders that incarnation's transfers towards one epoch: the newest has the highest. */
  readonly attempt: number;
}

export interface HandoverContext {
  readonly messaging: Pick<Messaging, 'call' | 'largestPayload'>;
  readonly clock: Clock;
  readonly self: Peer;
}

/** What is handed over: a slot's sessions. */
interface Handed {
  readonly listed: boolean;
  /** Nothing of it may be lost: if not, the next owner has to look. */
  readonly certain: boolean;
  freeze(patienceMs: number): Promise<void>;
  export(): readonly Exported[];
}

/** Offers the slot, freezes it, and sends what is in it: the transfer that the record may name. Else the reason why not. */
export async function handOver(
  { messaging, clock, self }: HandoverContext,
  to: Peer,
  planned: Transfer,
  sessions: Handed,
): Promise<{ readonly transferId: string | null } | string> {
  const refused = await offer(messaging, to, planned, self.id);
  if (refused !== null) return refused;
  const frozenAt = clock.monotonic();
  await sessions.freeze(FREEZE_PATIENCE_MS);
  // A slot that is not listed yet goes without a stash: the next owner has to list it as well.
  const isListed = sessions.listed;
  const isOver = () => clock.monotonic() - frozenAt > LONGEST_FREEZE_MS;
  const failed = isListed ? await transfer(messaging, to, planned, sessions.export(), isOver, !sessions.certain) : null;
  if (failed !== null || isOver()) return failed ?? 'the transfer took too long';
  return { transferId: isListed ? planned.transferId : null };
}

/** Asks the target whether it takes the slot. The reason if not. */
export async function offer(
  messaging: HandoverContext['messaging'],
  to: Peer,
  { slot, transferId }: Transfer,
  from: string,
): Promise<string | null> {
  const request = encodeFrame({ type: 'offer', slot, transferId, from });
  return ask(messaging, to, request);
}

/** Sends a slot's sessions, chunk by chunk, each acknowledged; of an empty slot that it is empty. The reason if it failed. */
export async function transfer(
  messaging: HandoverContext['messaging'],
  to: Peer,
  planned: Transfer,
  exported: readonly Exported[],
  isOver: () => boolean,
  doubtful = false,
): Promise<string | null> {
  const markers = exported.filter(({ deleted }) => deleted).length;
  const { epoch, attempt } = planned;
  const whole = { epoch, attempt, total: exported.length - markers, markers, doubtful };
  for (const chunk of chunks(exported, messaging.largestPayload)) {
    if (isOver()) return 'it took too long';
    const reason = await ask(messaging, to, encodeChunk(whole, planned, chunk));
    if (reason !== null) return reason;
  }
  return null;
}

/** Null if the answer is `ok`; whatever else is said is a reason. */
async function ask(messaging: Pick<Messaging, 'call'>, to: Peer, request: Uint8Array): Promise<string | null> {
  const outcome = await messaging.call(to, request, CALL_TIMEOUT_MS);
  if (outcome.kind !== 'answer') return outcome.kind;
  const { header } = decodeReply(outcome.payload);
  if (header.type === 'ok') return null;
  return header.type === 'refused' ? header.reason : 'an unexpected answer';
}

/** What does not fit into one message goes by id: the next owner reads it. */
function* chunks(all: readonly Exported[], largestPayload: number): Generator<Exported[]> {
  const most = Math.min(CHUNK_BYTES, largestPayload - SESSION_BYTES);
  let chunk: Exported[] = [];
  let bytes = 0;
  for (const one of all) {
    const whole = (one.value?.length ?? 0) + SESSION_BYTES;
    const session = whole <= largestPayload - SESSION_BYTES ? one : { ...one, value: null };
    const length = (session.value?.length ?? 0) + SESSION_BYTES;
    if (chunk.length > 0 && (bytes + length > most || chunk.length >= CHUNK_SESSIONS)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(session);
    bytes += length;
  }
  yield chunk;
}

function encodeChunk(whole: Whole, { slot, transferId }: Transfer, chunk: readonly Exported[]): Uint8Array {
  const alive = chunk.filter(({ deleted }) => !deleted);
  const sessions = alive.map(
    ({ gameId, revision, listing, unsettled, goesOnMs, value }): TransferEntry => ({
      gameId,
      revision,
      unsettled,
      goesOnMs,
      ...listing,
      bytes: value?.length ?? null,
    }),
  );
  const markers = chunk
    .filter(({ deleted }) => deleted)
    .map(({ gameId, revision, listing: { status, archived, told } }) => ({ gameId, revision, status, archived, told }));
  const body = new Uint8Array(chunk.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
  let at = 0;
  for (const { value } of chunk) {
    if (value === null) continue;
    body.set(value, at);
    at += value.length;
  }
  return encodeFrame({ type: 'transfer', slot, transferId, whole, sessions, markers }, body);
}

/** What was sent here and is not yet confirmed by a record: for each slot the newest transfer. */
export class Stashes {
  private readonly clock: Clock;
  private readonly time: Pick<ClusterTime, 'isKnown' | 'now'>;
  private readonly knownEpoch: (slot: number) => number;
  private readonly bySlot = new Map<number, Incoming>();

  /** `knownEpoch`: of the slot's newest known record. */
  constructor(clock: Clock, time: Pick<ClusterTime, 'isKnown' | 'now'>, knownEpoch: (slot: number) => number) {
    this.clock = clock;
    this.time = time;
    this.knownEpoch = knownEpoch;
  }

  /** Those with a transfer that no record has confirmed. */
  get slots(): number[] {
    return [...this.bySlot.keys()];
  }

  /** Forgets handoffs that did not come about. Should the record still come, the slot is listed and claimed instead. */
  forgetOld(): void {
    const before = this.clock.monotonic() - STASH_KEPT_MS;
    for (const [slot, { begunAt }] of this.bySlot) if (begunAt < before) this.bySlot.delete(slot);
  }

  /** Takes a part of a transfer, whichever comes first, however often. The reason if it is refused. */
  add({ slot, transferId, whole, sessions, markers = [] }: TransferMessage, body: Uint8Array): string | null {
    // An owner of a release that did not say how much there is gets its slot listed: what it sends is no proof.
    if (whole === undefined) return null;
    const stash = this.newest(slot, transferId, whole);
    if (stash === null) return 'superseded';
    if (body.length !== sessions.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)) return 'not as long as it says';
    for (const { gameId, revision, status, archived, told } of markers) {
      const listing = {
        ...parseListing({ 'Minotaur-Status': status }),
        ...(archived !== undefined && { archived }),
        told,
      };
      stash.listing.set(gameId, { revision, deleted: true, listing });
    }
    let at = 0;
    for (const { gameId, revision, bytes, unsettled, goesOnMs, ...listing } of sessions) {
      if (unsettled) stash.unsettled.add(gameId);
      const clock = this.lasting(listing.deadline, goesOnMs);
      if (clock !== null) stash.clocks.set(gameId, clock);
      stash.listing.set(gameId, { revision, deleted: false, listing });
      if (bytes === null) continue;
      stash.stored.set(gameId, body.slice(at, at + bytes));
      at += bytes;
    }
    return null;
  }

  /** The stash of that transfer, once, if all of it came. Any other one for the slot is of no use any more. */
  redeem(slot: number, transferId: string | null): Stash | null {
    const stash = this.bySlot.get(slot);
    this.bySlot.delete(slot);
    return stash?.transferId === transferId && stash.listing.size === sizeOf(stash) ? stash : null;
  }

  /** What a round has left is what it had left at its owner's: by the receiver's clock its deadline may be nearer, or over. */
  private lasting(deadline: number | null, goesOnMs: number | null = null): RoundClock | null {
    if (deadline === null || goesOnMs === null || !this.time.isKnown) return null;
    const byMs = this.time.now() + goesOnMs - deadline;
    return byMs > APART_MS ? begunElsewhere(deadline, byMs) : null;
  }

  /** Null if a newer transfer has begun, or the record that this one was to complete is known: a late copy, in both cases. */
  private newest(slot: number, transferId: string, whole: Whole): Incoming | null {
    const known = this.bySlot.get(slot);
    if (whole.epoch <= this.knownEpoch(slot)) return null;
    if (known?.transferId === transferId) return known;
    if (known !== undefined && !isNewer(whole, known)) return null;
    const begunAt = this.clock.monotonic();
    const stash = {
      ...whole,
      doubtful: whole.doubtful === true,
      transferId,
      begunAt,
      listing: new Map(),
      stored: new Map(),
      unsettled: new Set<string>(),
      clocks: new Map(),
    };
    this.bySlot.set(slot, stash);
    return stash;
  }
}

/** How much there is to come. */
function sizeOf({ total, markers = 0 }: Whole): number {
  return total + markers;
}

function isNewer(one: Whole, other: Whole): boolean {
  return one.epoch === other.epoch ? one.attempt > other.attempt : one.epoch > other.epoch;
}

type TransferMessage = Omit<Extract<RpcRequest, { type: 'transfer' }>, 'type'>;
type Whole = NonNullable<TransferMessage['whole']>;

interface Incoming extends Whole {
  readonly doubtful: boolean;
  readonly transferId: string;
  /** Monotonic ms. */
  readonly begunAt: number;
  readonly listing: Map<string, StoredSession>;
  readonly stored: Map<string, Uint8Array>;
  readonly unsettled: Set<string>;
  readonly clocks: Map<string, RoundClock>;
}
