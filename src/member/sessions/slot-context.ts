/**
 * What the sessions of a slot are given, and whom they tell of what they find.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { RoundClock } from '../../session/round-clock.ts';
import type { Rules } from '../../session/rules.ts';
import type { Stamp } from '../../session/snapshot.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Outbox } from '../contract/outbox.ts';
import type { Presence } from '../contract/presence.ts';
import type { Allowance } from '../kit/allowance.ts';
import type { SettleContext } from '../store/settle.ts';
import type { SlotListing } from '../store/slot-lister.ts';
import type { SlotStore, SlotStoreContext } from '../store/slot-store.ts';
import type { LiveSessionContext } from './live-session.ts';
import type { Loads } from './loads.ts';
import type { Item } from './session-items.ts';

export interface LoaderContext<State> extends LiveSessionContext, SettleContext {
  readonly stamp: Stamp;
  readonly store: SlotStore;
  readonly time: Pick<ClusterTime, 'now' | 'ageOf' | 'ofStore' | 'leastSince'>;
  readonly rules: Rules<State, GameCommand>;
  /** Null: no webhook is told of anything. */
  readonly outbox: Outbox | null;
  /** Who may load a session, all slots together. */
  readonly loads: Loads;
  /** How many bytes of what cuts showed may be kept, all slots together. */
  readonly shownBytes: Allowance;
  /** Aborted when nothing more is wanted of this incarnation. */
  readonly ended: AbortSignal;
  /** This stored epoch is above ours: the slot has another owner, or had one that the store has forgotten. */
  fenced(slot: number, epoch: number): void;
  /** A write of it landed, and everybody who waited for that was told. Never throws. */
  committed(slot: number, item: Item<State>): void;
  /** The session is deleted, or was never there. */
  removed(slot: number, gameId: string): void;
  /** A write of the session failed for good; it was forgotten and has to be read again, `inMs` from now. */
  dropped(slot: number, gameId: string, inMs: number): void;
  rolledBack(slot: number, gameId: string, known: number, found: number): void;
  broken(slot: number, gameId: string, error: unknown): void;
  /** Its erasure was not finished: that is tried again once the slot is listed again. */
  unerased(slot: number, gameId: string): void;
  /** A round was ended without its actions, because the rules failed on it. */
  abandoned(slot: number, gameId: string, reason: string): void;
}

/** Of all slots. */
export interface SlotsContext<State> extends Omit<SlotContext<State>, 'store'>, SlotStoreContext {}

export interface SlotContext<State> extends LoaderContext<State> {
  readonly self: string;
  /** Who follows a game; null: nobody does, or nothing is known yet. */
  presenceOf(slot: number, gameId: string): Presence | null;
}

/** What a handoff brings besides the list: bytes, and which sessions have a write in doubt. */
export interface Adopted {
  readonly stored: ReadonlyMap<string, Uint8Array>;
  readonly unsettled: ReadonlySet<string>;
  /** Rounds that would be cut short: the clock of the owner before was behind. */
  readonly clocks: ReadonlyMap<string, RoundClock>;
}

/** What a handoff brings, list and all. */
export interface Stash extends Adopted {
  readonly listing: SlotListing;
  /** NATS may have lost some of it. */
  readonly doubtful: boolean;
}
