/**
 * What is known of the sessions of one slot, game by game, and the index of those that are alive.
 *
 * Invariants:
 *  - Revision, deletion and listing of an item change here only, so the index can never miss a change.
 *  - What is learnt of an item that was forgotten changes nothing.
 */
import type { GameCommand } from '../game/commands.ts';
import { clockOf, lengthened, type RoundClock } from '../session/round-clock.ts';
import { type Listing, parseListing } from '../session/snapshot.ts';
import type { LiveSession } from './live-session.ts';
import { SessionIndex } from './session-index.ts';

/** What is known of one session of the slot. */
export interface Item<State> extends Readonly<Facts> {
  readonly gameId: string;
  /** Its creation was sent by the owner before, and nobody knows whether it will land. */
  doubtful: boolean;
  live: LiveSession<State, GameCommand> | null;
  loading: Promise<void> | null;
  /** Of its round, while it is not in memory: of every state that may be what is stored. */
  clocks: readonly RoundClock[];
  /** When its host was last heard, cluster time, while it is not in memory; null: nobody here knows. */
  hostHeardAt: number | null;
  /** Bytes of the last acknowledged write, while they are in memory. */
  stored: Uint8Array | null;
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
      concluding: null,
    };
    this.items.set(gameId, item);
    return item;
  }

  learn(item: Item<State>, facts: Partial<Facts>): void {
    Object.assign(item, facts);
    if (this.items.get(item.gameId) === item) this.index.set(item.gameId, isAlive(item) ? item.listing : null);
  }

  forget(gameId: string): void {
    this.items.delete(gameId);
    this.index.set(gameId, null);
  }

  clear(): void {
    this.items.clear();
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
