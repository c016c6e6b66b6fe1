/**
 * What to do about one slot: the ring says who should own it, the record says who does.
 *
 * Role: the decision of the reconcile loop, for every slot, on every change and every few seconds anyway. It cannot forget: whatever is not
 * as it should be is found again at the next look.
 * Invariants:
 *  - Nobody takes a slot whose owner has not been seen to depart (a deletion marker), however absent it looks (I5).
 *  - Only the owner hands a slot over; takeovers and drains never wait, only moves to a joiner do.
 */
import type { SlotState } from './slot-state.ts';
import type { SlotRecord } from './slot-table.ts';

export interface Situation {
  readonly slot: number;
  readonly record: SlotRecord | null;
  readonly state: SlotState;
  /** Since when I have seen it without a living owner, monotonic ms; null if it has one. */
  readonly unownedSince: number | null;
}

export interface Surroundings {
  readonly selfKey: string;
  readonly selfId: string;
  readonly now: number;
  readonly rebalanceDelayMs: number;
  /** I am leaving: my slots go at once. */
  readonly leaving: boolean;
  /** Members that should have the slot, best first: the active ones in ring order, or if there are none, the leaving ones. */
  successors(slot: number): readonly string[];
  /** Whether `successors` are active members: leaving ones are only a last resort. */
  readonly anyActive: boolean;
  /** Key of the incarnation of this member that counts; null if there is none. */
  currentKey(memberId: string): string | null;
  standing(key: string): 'present' | 'departed' | 'unknown';
  /** Since when the incarnation is seen active, monotonic ms. */
  activeSince(key: string): number;
}

export type Step =
  | { readonly kind: 'none' }
  /** Take an unowned slot: compare-and-set on its record. */
  | { readonly kind: 'take'; readonly acquired: 'initial' | 'takeover' | 'retake' }
  /** Nobody knows the owner: write a deletion marker where its key never was, or find it there. */
  | { readonly kind: 'verify'; readonly ownerKey: string }
  | { readonly kind: 'handoff'; readonly to: string };

const NONE: Step = { kind: 'none' };
/** A slot unowned for k × this may be taken by the k-th successor. */
const SUCCESSOR_STEP_MS = 1_000;

export function decide(situation: Situation, around: Surroundings): Step {
  const { record, state } = situation;
  const ownerKey = record === null ? null : `${record.owner}.${record.incarnation}`;
  if (state === 'serving') return ownerKey === around.selfKey ? decideHandoff(situation, around) : NONE;
  // One step at a time.
  if (state !== 'idle') return NONE;
  if (ownerKey === null) return mayTake(situation, around) ? { kind: 'take', acquired: 'initial' } : NONE;
  if (ownerKey === around.selfKey) return { kind: 'take', acquired: 'retake' };
  switch (around.standing(ownerKey)) {
    case 'present':
      return NONE;
    case 'departed':
      return mayTake(situation, around) ? { kind: 'take', acquired: 'takeover' } : NONE;
    case 'unknown':
      return mayTake(situation, around) ? { kind: 'verify', ownerKey } : NONE;
  }
}

/** Whether nobody can be serving the slot, as far as its record tells. */
export function isUnowned(record: SlotRecord | null, around: Pick<Surroundings, 'standing'>): boolean {
  return record === null || around.standing(`${record.owner}.${record.incarnation}`) !== 'present';
}

function mayTake({ slot, unownedSince }: Situation, around: Surroundings): boolean {
  if (around.leaving && around.anyActive) return false;
  const rank = around.successors(slot).indexOf(around.selfId);
  if (rank < 0 || around.currentKey(around.selfId) !== around.selfKey) return false;
  return rank === 0 || (unownedSince !== null && around.now - unownedSince >= rank * SUCCESSOR_STEP_MS);
}

function decideHandoff({ slot }: Situation, around: Surroundings): Step {
  const desired = around.successors(slot)[0];
  if (desired === undefined || !around.anyActive) return NONE;
  const to = around.currentKey(desired);
  if (to === null || to === around.selfKey) return NONE;
  const isPatient = around.leaving || around.now - around.activeSince(to) >= around.rebalanceDelayMs;
  return isPatient ? { kind: 'handoff', to } : NONE;
}
