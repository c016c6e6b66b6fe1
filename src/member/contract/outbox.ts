/**
 * What the sessions of a member and its outbox tell one another.
 *
 * Role: the outbox knows when to deliver and what to do about failures; sessions know what is outstanding, and keep how far it was told.
 */
import type { Notice } from '../../session/rules.ts';
import type { Told } from '../../session/told.ts';

/** What sessions tell the outbox. Nothing of it waits or throws. */
export interface Outbox {
  /** Something of this game is to be told. `isOver`: nothing is left of it but what is archived. False: there is no room for it. */
  outstanding(slot: number, gameId: string, isOver: boolean): boolean;
  /** The game is erased, or nobody here knows of it any more. */
  forget(slot: number, gameId: string): void;
  /** The slot is not held any more. */
  forgetSlot(slot: number): void;
}

/** What comes next of a game. */
export type NextNotice =
  | { readonly kind: 'notice'; readonly notice: Notice }
  /** Nothing is outstanding. */
  | { readonly kind: 'none' }
  /** It cannot be had now: no answer, the slot is on its way, or (lagging) a replica does not show it. */
  | { readonly kind: 'later'; readonly isLagging: boolean }
  /** All up to there is done with, though nobody was told: it cannot be read, or the game has gone on too far. */
  | { readonly kind: 'lost'; readonly upTo: Told; readonly events: number; readonly reason: LostReason };

export type LostReason = 'behind' | 'unreadable';

/** What the outbox asks of sessions. */
export interface NoticeSource {
  /** `looks`: how often in a row a replica did not show it, or this rejected. */
  next(slot: number, gameId: string, looks: number): Promise<NextNotice>;
  /** The event was delivered, or is given up. */
  told(slot: number, gameId: string, told: Told): void;
  /**
   * For a while nothing was to be told of the game: how far it was told is to be stored, if that is not done. False: that cannot be done now.
   * Never rejects.
   */
  keep(slot: number, gameId: string): Promise<boolean>;
}
