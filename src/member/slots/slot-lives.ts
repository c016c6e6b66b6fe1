/**
 * What each slot is to this incarnation right now: carries out what cluster/slot-state.ts says of events.
 *
 * Invariant: the sessions of a slot are open in the states that say so, and in no other.
 */
import { isInvolved, isOpen, isServed, type SlotEvent, type SlotState, step } from '../../cluster/slot-state.ts';
import { acquisitions, type SlotRecord } from '../../cluster/slot-table.ts';
import type { Meter } from '../../ports/meter.ts';
import type { SessionHost } from '../sessions/session-host.ts';
import type { Stashes } from './handoff.ts';

export interface SlotLivesContext {
  readonly slots: number;
  readonly meter: Meter;
  readonly host: Pick<SessionHost<unknown>, 'open' | 'close'>;
}

export class SlotLives {
  /** As they are and become. */
  readonly states: SlotState[];
  private readonly context: SlotLivesContext;
  private readonly stashes: Pick<Stashes, 'redeem'>;

  constructor(context: SlotLivesContext, stashes: Pick<Stashes, 'redeem'>) {
    this.context = context;
    this.stashes = stashes;
    this.states = new Array<SlotState>(context.slots).fill('idle');
  }

  of(slot: number): SlotState {
    return this.states[slot] ?? 'idle';
  }

  isServed(slot: number): boolean {
    return isServed(this.of(slot));
  }

  get open(): number {
    return this.states.filter(isOpen).length;
  }

  get involved(): number {
    return this.states.filter(isInvolved).length;
  }

  /** `record`: what opens the slot, if the event may. */
  tell(slot: number, event: SlotEvent, record?: SlotRecord): void {
    const { state, effects } = step(this.of(slot), event);
    // What they in turn tell of the slot is told of the state before.
    for (const effect of effects) {
      if (effect === 'close') this.context.host.close(slot);
      else if (record !== undefined) this.begin(record);
    }
    this.states[slot] = state;
  }

  stop(): void {
    for (const slot of this.states.keys()) this.tell(slot, 'stop');
  }

  private begin({ slot, epoch, transferId, acquired: how }: SlotRecord): void {
    this.context.host.open(slot, epoch, this.stashes.redeem(slot, transferId));
    const acquired = acquisitions.find((known) => known === how);
    if (acquired !== undefined) this.context.meter.count('slots_taken', { acquired });
  }
}
