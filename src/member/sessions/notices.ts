/**
 * What is outstanding of the games of held slots, for the outbox.
 *
 * Role: finds the next event that a webhook is to be told, wherever it is by now: in the state in memory, in what is stored of a game that is not in
 * memory, in the record of a round that is over, in what is archived of a game that is over. And notes how far it was told.
 * Invariants:
 *  - Only what is committed is told. To read it nothing is claimed, loaded or written, so what cannot be delivered costs the store nothing but reads.
 *  - How far a game was told never goes back.
 */
import type { GameCommand } from '../../game/commands.ts';
import type { Rules } from '../../session/rules.ts';
import { decode } from '../../session/snapshot.ts';
import { isOutstanding, type Told, type ToldOf } from '../../session/told.ts';
import type { LostReason, NextNotice, NoticeSource } from '../contract/outbox.ts';
import type { SlotStore } from '../store/slot-store.ts';
import { type Item, isConcluded } from './session-items.ts';

/** What is older than so many rounds when its turn comes is told to nobody. */
const MOST_ROUNDS_BEHIND = 1_000;
/** In each there are two events at least that are told. */
const EVENTS_OF_A_ROUND = 2;
/** The next event is in the record of the round of the last one, or of the round after. */
const RECORDS = 2;
/** A replica may lag. A record that is not shown by then, with the pauses of the outbox for over a minute, is gone. */
const LOOKS = 8;

const LATER: NextNotice = { kind: 'later', isLagging: false };
const LAGGING: NextNotice = { kind: 'later', isLagging: true };

type HeldStore = Pick<SlotStore, 'read' | 'readConcluded' | 'readRecord'>;

/** A slot's sessions, as far as they are needed here. */
export interface HeldSlot<State> {
  readonly items: ReadonlyMap<string, Item<State>>;
  readonly isFrozen: boolean;
  readonly store: HeldStore;
  /** Notes how far it was told. */
  told(item: Item<State>, told: Told): void;
  /** Claims the game, if that is not done. Whether it is in memory then. Never rejects. */
  touch(gameId: string): Promise<boolean>;
}

export interface NoticesContext<State> {
  readonly rules: Rules<State, GameCommand>;
  get(slot: number): HeldSlot<State> | undefined;
}

export class Notices<State> implements NoticeSource {
  private readonly context: NoticesContext<State>;

  constructor(context: NoticesContext<State>) {
    this.context = context;
  }

  async next(slot: number, gameId: string, looks: number): Promise<NextNotice> {
    const held = this.context.get(slot);
    const item = held?.items.get(gameId);
    const told = item?.listing.told;
    if (!held || !item || !told || !isOutstanding(told)) return { kind: 'none' };
    if (held.isFrozen) return LATER;
    try {
      return await this.find(held.store, item, told, looks);
    } catch (error) {
      // What cannot be decoded will not be later.
      if (looks < LOOKS) throw error;
      return lost(told.newest, told.round, 1, 'unreadable');
    }
  }

  private async find(store: HeldStore, item: Item<State>, told: ToldOf, looks: number): Promise<NextNotice> {
    const found = await this.read(store, item);
    if (found === undefined) return LATER;
    if (found === null)
      return isConcluded(item) && looks >= LOOKS ? lost(told.newest, told.round, 1, 'unreadable') : LAGGING;
    const notice = this.context.rules.notices.next(found.state, told.seq);
    if (notice === 'recorded') return this.recorded(store, item.gameId, found.state, told, looks);
    return notice === null ? { kind: 'none' } : { kind: 'notice', notice };
  }

  told(slot: number, gameId: string, told: Told): void {
    const held = this.context.get(slot);
    const item = held?.items.get(gameId);
    if (item !== undefined) held?.told(item, told);
  }

  async keep(slot: number, gameId: string): Promise<boolean> {
    const held = this.context.get(slot);
    const item = held?.items.get(gameId);
    // Of what is deleted its marker says so, or there is nothing to say.
    if (!held || !item || item.deleted) return true;
    if (held.isFrozen) return false;
    const { live } = item;
    // To claim it is a write, and that says how far it was told.
    if (live === null) return held.touch(gameId);
    live.session.keepTold();
    return (await live.commit(live.session.newest)) === 'committed';
  }

  /** Null: the store shows less than is known. Undefined: it does not answer. */
  private async read(store: HeldStore, item: Item<State>): Promise<{ readonly state: State } | null | undefined> {
    const { rules } = this.context;
    const { gameId, live, listing, revision } = item;
    const committed = live?.session.committed;
    if (committed) return { state: committed.state };
    if (isConcluded(item)) {
      const end = await store.readConcluded(gameId, listing.archived);
      if (end === undefined) return undefined;
      return end instanceof Uint8Array ? { state: decode(rules, end).state } : null;
    }
    const entry = await store.read(gameId);
    if (entry === undefined) return undefined;
    if (entry === null || entry.deleted || entry.revision < revision) return null;
    return { state: decode(rules, entry.value).state };
  }

  /** What the state has forgotten is in the records of rounds. */
  private async recorded(
    store: HeldStore,
    gameId: string,
    state: State,
    told: Told,
    looks: number,
  ): Promise<NextNotice> {
    const { rules } = this.context;
    const { round: running, from } = rules.events(state, 'admin');
    const oldest = running - MOST_ROUNDS_BEHIND;
    if (told.round < oldest) return lost(told.seq, oldest, (oldest - told.round) * EVENTS_OF_A_ROUND, 'behind');
    const last = Math.min(told.round + RECORDS, running) - 1;
    for (let round = told.round; round <= last; round += 1) {
      const content = await store.readRecord(gameId, round);
      if (content === undefined) return LATER;
      if (content === null && looks < LOOKS) return LAGGING;
      if (content === null) return lost(told.seq, round + 1, EVENTS_OF_A_ROUND, 'unreadable');
      const notice = rules.notices.recorded(state, content, told.seq);
      if (notice !== null) return { kind: 'notice', notice };
    }
    // It is in none of them: on to those after, and at last to what the state holds.
    return last + 1 < running ? lost(told.seq, last + 1, 0, 'unreadable') : lost(from - 1, running, 0, 'unreadable');
  }
}

function lost(seq: number, round: number, events: number, reason: LostReason): NextNotice {
  return { kind: 'lost', upTo: { seq, round }, events, reason };
}
