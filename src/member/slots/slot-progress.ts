/**
 * Which slots are to go on: those that the ring gives to this member and that it does not serve yet, and those that it has and the ring gives to
 * another one.
 */
import { isInvolved, isServed, type SlotState } from '../../cluster/slot-state.ts';
import type { Progress } from '../kit/progress.ts';

export interface SlotSeen {
  readonly slot: number;
  /** By the ring; null: nobody is there. */
  readonly owner: string | null;
  readonly state: SlotState;
}

interface SlotProgressContext {
  readonly self: { readonly id: string };
  readonly progress: Progress;
}

export function watchSlot({ progress, self }: SlotProgressContext, { slot, owner, state }: SlotSeen): void {
  progress.is('slot', String(slot), owner === self.id && !isServed(state));
  progress.is('handoff', String(slot), owner !== null && owner !== self.id && isInvolved(state));
}
