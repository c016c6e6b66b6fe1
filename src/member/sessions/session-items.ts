/**
 * What is known of the sessions of one slot, game by game, and the index of those that are alive.
 *
 * Invariants:
 *  - Revision, deletion, listing and state of an item change here only, so the index can never miss a change.
 *  - What is learnt of an item that was forgotten changes nothing.
 *  - Every byte of an entry that is kept is allowed, and given back once the entry is used or forgotten.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Entry } from '../../ports/store.ts';
import { clockOf } from '../../session/round-clock.ts';
import { CONCLUDED, ERASED, ERASING, type Listing, parseListing } from '../../session/snapshot.ts';
import type { Allowance } from '../kit/allowance.ts';
import { type EntryEvent, type EntryState, step, UNKNOWN } from './entry-state.ts';
import type { LiveSession } from './live-session.ts';
import { SessionIndex } from './session-index.ts';

type Live<State> = LiveSession<State, GameCommand>;

/** What is known of one session of the slot. */
export interface Item<State> extends Readonly<Facts> {
  readonly gameId: string;
  /** Whether it is in memory, and what is kept of it. */
  readonly state: EntryState<Live<State>>;
  /** In memory, and ours. */
  readonly live: Live<State> | null;
  /** A write of the owner before, its creation perhaps, was sent, and nobody knows whether it will land. */
  readonly doubtful: boolean;
  /** It is read and claimed, erased, purged, or its marker written anew: one of these at a time. */
  loading: Promise<void> | null;
  /** It is over, and on its way to the archive. */
  concluding: Promise<void> | null;
}

interface Facts {
  /** 0: nothing is known to be stored. */
  revision: number;
  deleted: boolean;
  listing: Listing;
}

class KnownItem<State> implements Item<State> {
  readonly gameId: string;
  readonly revision = 0;
  readonly deleted = false;
  readonly listing = parseListing({});
  readonly doubtful = false;
  readonly state: EntryState<Live<State>> = UNKNOWN;
  loading: Promise<void> | null = null;
  concluding: Promise<void> | null = null;

  constructor(gameId: string) {
    this.gameId = gameId;
  }

  get live(): Live<State> | null {
    return this.state.kind === 'in' ? this.state.live : null;
  }
}

export class SessionItems<State> {
  readonly index = new SessionIndex();
  private readonly items = new Map<string, Item<State>>();
  private readonly doubtful = new Set<Item<State>>();
  private readonly allowance: Allowance;

  /** `allowance`: how many bytes of entries may be kept. */
  constructor(allowance: Allowance) {
    this.allowance = allowance;
  }

  get all(): ReadonlyMap<string, Item<State>> {
    return this.items;
  }

  get(gameId: string): Item<State> | undefined {
    return this.items.get(gameId);
  }

  /** The item of a game, made if nothing is known of it yet. */
  of(gameId: string): Item<State> {
    const known = this.items.get(gameId);
    if (known !== undefined) return known;
    const item = new KnownItem<State>(gameId);
    this.items.set(gameId, item);
    return item;
  }

  learn(item: Item<State>, facts: Partial<Facts>): void {
    Object.assign(item, facts);
    if (this.items.get(item.gameId) === item) this.index.set(item.gameId, isAlive(item) ? item.listing : null);
  }

  /** Whether what is known of some game may be less than what was acknowledged to somebody. */
  get hasDoubts(): boolean {
    return this.doubtful.size > 0;
  }

  doubt(item: Item<State>, doubtful: boolean): void {
    Object.assign(item, { doubtful });
    if (doubtful && this.items.get(item.gameId) === item) this.doubtful.add(item);
    else this.doubtful.delete(item);
  }

  /** Keeps the entry for whoever claims the session, if there is room for it. */
  keep(item: Item<State>, entry: Entry): void {
    this.tell(item, { kind: 'drop' });
    if (this.items.get(item.gameId) !== item || !this.allowance.take(entry.value.length)) return;
    this.tell(item, { kind: 'show', entry });
  }

  /** What happened to it. Throws if that cannot be. */
  tell(item: Item<State>, event: EntryEvent<Live<State>>): void {
    const { state, effects } = step(item.state, event);
    Object.assign(item, { state });
    for (const effect of effects) {
      if (effect.kind === 'free') this.allowance.give(effect.bytes);
      else if (effect.kind === 'lose') effect.live.lose();
      else effect.live.session.lengthen(effect.byMs);
    }
  }

  /** Time was set forward at once: what is left of its round each keeps. */
  lengthen(byMs: number): void {
    for (const item of this.items.values()) {
      this.tell(item, { kind: 'lengthen', byMs, deadline: item.listing.deadline });
    }
  }

  forget(gameId: string): void {
    const item = this.items.get(gameId);
    if (item !== undefined) {
      this.tell(item, { kind: 'drop' });
      this.doubtful.delete(item);
    }
    this.items.delete(gameId);
    this.index.set(gameId, null);
  }

  clear(): void {
    for (const item of this.items.values()) this.tell(item, { kind: 'drop' });
    this.items.clear();
    this.doubtful.clear();
    this.index.clear();
  }
}

/** When its round is due, cluster time. What a session in memory waits for may be more than its deadline says: null until it has that. */
export function dueAt<State>({ live, state, listing: { deadline } }: Item<State>): number | null {
  if (live !== null) return live.session.deadline;
  const clock = clockOf(deadline, state.clocks);
  return clock && clock.deadline + clock.byMs;
}

/** The entry that is kept of a session that nobody has read yet. */
export function shownOf<State>(item: Item<State> | undefined): Entry | null {
  return item?.state.kind === 'out' ? item.state.shown : null;
}

/** Bytes of the last acknowledged write of a session in memory, or of its claim. */
export function storedOf<State>({ state }: Item<State>): Uint8Array | null {
  return state.kind === 'out' ? null : state.stored;
}

function isAlive({ revision, deleted }: Readonly<Facts>): boolean {
  return revision > 0 && !deleted;
}

/** Of a game that is over nothing is left but what is archived. */
export function isConcluded<State>({ deleted, listing: { status } }: Item<State>): boolean {
  return deleted && status === CONCLUDED;
}

/** Its deletion marker says that there is no such game, whatever the archive shows. */
export function isErased<State>({ deleted, listing: { status } }: Item<State>): boolean {
  return deleted && (status === ERASED || status === ERASING);
}

/** Some of what is to be erased may be left. */
export function isHalfErased<State>({ deleted, listing: { status } }: Item<State>): boolean {
  return deleted && status === ERASING;
}

/** What is in memory knows its own writes: one that was not acknowledged yet is shown to nobody, however far it came. */
export function isNews<State>(known: Item<State> | undefined, revision: number): boolean {
  return known === undefined || (known.live === null && known.revision < revision);
}
