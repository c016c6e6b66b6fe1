/**
 * What one owner stores of one slot: the sessions of its games, and what is archived of them.
 *
 * Role: the one door to both buckets for whoever serves the slot: it knows keys, the epoch and the gate, and makes every write certain.
 * Invariants:
 *  - Every write goes through `settle`: one at a revision, until it is known whether it landed.
 *  - After the slot is closed nothing is sent any more.
 */
import type { Bucket, Entry } from '../../ports/store.ts';
import type { RoundRecord } from '../../session/rules.ts';
import {
  type ArchiveContext,
  archiveGame,
  archiveRecord,
  epochOf,
  eraseArchived,
  readConcluded,
  readRecord,
  type ShownEnd,
} from './game-archive.ts';
import { gameKey } from './keys.ts';
import { readOrNothing, type Settled, type Settling, settle } from './settle.ts';

export interface SlotStoreContext extends ArchiveContext {
  readonly sessions: Bucket;
  /** Aborted when nothing more is wanted of this incarnation. */
  readonly ended: AbortSignal;
}

/** What is written of a session; null: a deletion marker. */
export type SessionWrite = Omit<Settling, 'bucket' | 'key'>;

export class SlotStore {
  readonly slot: number;
  private readonly context: SlotStoreContext;

  /** `context`: with the stamp and the gate of this very hold of the slot. */
  constructor(context: SlotStoreContext, slot: number) {
    this.context = context;
    this.slot = slot;
  }

  /** How many bytes a session may have. */
  get largestValue(): number {
    return this.context.sessions.largestValue;
  }

  /** Undefined when there is no answer. */
  read(gameId: string): Promise<Entry | null | undefined> {
    return readOrNothing(this.context.sessions, gameKey(this.slot, gameId));
  }

  write(gameId: string, write: SessionWrite): Promise<Settled> {
    return settle(this.context, { ...write, bucket: this.context.sessions, key: gameKey(this.slot, gameId) });
  }

  /** Removes a deletion marker. Rejects if the store does not say that it did. */
  purge(gameId: string, revision: number): Promise<void> {
    return this.context.sessions.purge(gameKey(this.slot, gameId), revision);
  }

  /** The epoch of what is stored, if it is above ours: the slot has another owner. */
  outranking(entry: Pick<Entry, 'headers'>): number | null {
    const epoch = epochOf(entry);
    return epoch > this.context.stamp.epoch ? epoch : null;
  }

  /** Null when that is done; else what stood in the way. */
  archiveRecord(gameId: string, record: RoundRecord, isLost: () => boolean): Promise<Settled | null> {
    return archiveRecord(this.context, this.slot, gameId, record, isLost);
  }

  /** The last state of a game. */
  archiveGame(gameId: string, snapshot: Uint8Array, isLost: () => boolean): Promise<Settled> {
    return archiveGame(this.context, this.slot, gameId, snapshot, isLost);
  }

  /** Deletes everything that is archived of a game. False if that was given up. */
  eraseArchived(gameId: string, isLost: () => boolean): Promise<boolean> {
    return eraseArchived(this.context, this.slot, gameId, isLost);
  }

  /** What is archived of a game that is over. Undefined when there is no answer. `since`: what is older is of a game of before. */
  readConcluded(gameId: string, since: number | undefined): Promise<ShownEnd | undefined> {
    return readConcluded(this.context.archive, this.slot, gameId, since);
  }

  /** Null if the archive shows none. Undefined when there is no answer. */
  readRecord(gameId: string, round: number): Promise<unknown | null | undefined> {
    return readRecord(this.context.archive, this.slot, gameId, round);
  }
}
