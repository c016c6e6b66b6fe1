/**
 * What is known of the sessions of one slot, game by game, and the index of those that are alive.
 *
 * Invariants:
 *  - Revision, deletion and listing of an item change here only, so the index can never miss a change.
 *  - What is learnt of an item that was forgotten changes nothing.
 *  - Every byte of an entry that is kept is allowed, and given back once the entry is used or forgotten.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Entry } from '../../ports/store.ts';
import { clockOf, lengthened, type RoundClock } from '../../session/round-clock.ts';
import { CONCLUDED, ERASED, ERASING, type Listing, parseListing } from '../../session/snapshot.ts';
import type { Allowance } from '../kit/allowance.ts';
import type { LiveSession } from './live-session.ts';
import { SessionIndex } from './session-index.ts';

/** What is known of one session of the slot. */
export interface Item<State> extends Readonly<Facts> {
  readonly gameId: string;
  /** A write of the owner before, its creation perhaps, was sent, and nobody knows whether it will land. */
  readonly doubtful: boolean;
  live: LiveSession<State, GameCommand> | null;
  loading: Promise<void> | null;
  /** Of its round, while it is not in memory: of every state that may be what is stored. */
  clocks: readonly RoundClock[];
  /** When its host was last heard, cluster time, while it is not in memory; null: nobody here knows. */
  hostHeardAt: number | null;
  /** Bytes of the last acknowledged write, while they are in memory. */
  stored: Uint8Array | null;
  /** As the last cut showed it, until it is claimed. */
  readonly shown: Entry | null;
  /** It is over, and on its way to the archive. */
  concluding: Promise<void> | null;
}

interface Facts {
  /** 0: nothing is known to be stored. */
  revision: number;
  deleted: boolean;
  listing: Listing;
}

const NOTHING_KNOWN: Facts = {
  revision: 0,
  deleted: false,
  listing: parseListing({}),
};

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
    const item = {
      gameId,
      ...NOTHING_KNOWN,
      doubtful: false,
      live: null,
      loading: null,
      clocks: [],
      hostHeardAt: null,
      stored: null,
      shown: null,
      concluding: null,
    };
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
    this.takeShown(item);
    if (this.items.get(item.gameId) !== item || !this.allowance.take(entry.value.length)) return;
    Object.assign(item, { shown: entry });
  }

  /** The entry that is kept, which no longer is. */
  takeShown(item: Item<State>): Entry | null {
    const { shown } = item;
    if (shown !== null) this.allowance.give(shown.value.length);
    Object.assign(item, { shown: null });
    return shown;
  }

  forget(gameId: string): void {
    const item = this.items.get(gameId);
    if (item !== undefined) {
      this.takeShown(item);
      this.doubtful.delete(item);
    }
    this.items.delete(gameId);
    this.index.set(gameId, null);
  }

  clear(): void {
    for (const item of this.items.values()) this.takeShown(item);
    this.items.clear();
    this.doubtful.clear();
    this.index.clear();
  }
}

/** When its round is due, cluster time. What a session in memory waits for may be more than its deadline says: null until it has that. */
export function dueAt<State>({ live, listing: { deadline }, clocks }: Item<State>): number | null {
  if (live !== null) return live.session.deadline;
  const clock = clockOf(deadline, clocks);
  return clock && clock.deadline + clock.byMs;
}

/** What is left of its round it keeps, though time was set forward at once. */
export function lengthen<State>(item: Item<State>, byMs: number): void {
  const { live, listing, clocks } = item;
  if (live !== null) live.session.lengthen(byMs);
  const listed = clockOf(listing.deadline, clocks);
  const known = listed === null || clocks.includes(listed) ? clocks : [...clocks, listed];
  item.clocks = known.map((clock) => lengthened(clock, byMs));
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
