/**
 * The handoffs that this member has under way: how many at once, to whom, and what comes of sending.
 *
 * Invariants:
 *  - Few at once, so that each slot is frozen for a short time only.
 *  - A member that did not take a slot is offered none until its pause is over; one that gave a slot back, not that one (returned-slots.ts).
 *  - Until the record of the next owner is to be sent, the slot stays: what fails before thaws it.
 */
import type { SlotRecord } from '../../cluster/slot-table.ts';
import { memberKey } from '../../cluster/view.ts';
import type { Peer } from '../../ports/messaging.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import { Backoff } from '../kit/backoff.ts';
import type { Log } from '../kit/incidents.ts';
import type { RetryPolicy } from '../kit/retry.ts';
import type { SlotSessions } from '../sessions/slot-sessions.ts';
import { type HandoverContext, handOver } from './handoff.ts';
import { ReturnedSlots } from './returned-slots.ts';

const HANDOFFS_AT_ONCE = 4;
/** To a member that did not take a slot. */
const HAND_AGAIN: RetryPolicy = { firstMs: 1_000, factor: 2, longestMs: 30_000 };

export interface HandoffsContext extends HandoverContext {
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
}

/** What is in a slot that goes. */
export type Going = Pick<SlotSessions<unknown>, 'listed' | 'certain' | 'isClosed' | 'freeze' | 'unfreeze' | 'export'>;

export class Handoffs {
  private readonly context: HandoffsContext;
  /** Members that did not take a slot. */
  private readonly backoff: Backoff;
  private readonly returned: ReturnedSlots;
  private running = 0;
  /** Ever begun. */
  private attempts = 0;

  constructor(context: HandoffsContext) {
    this.context = context;
    this.backoff = new Backoff(context.clock, HAND_AGAIN);
    this.returned = new ReturnedSlots(context.clock);
  }

  /** `isLeaving`: the slot waits for nothing but room. */
  mayBegin(slot: number, toKey: string, isLeaving: boolean): boolean {
    if (this.running >= HANDOFFS_AT_ONCE || !this.backoff.isOver(toKey)) return false;
    return isLeaving || this.returned.mayGo(slot, toKey);
  }

  /** A record hands the slot to this member. */
  came(slot: number): void {
    this.returned.came(slot);
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }

  /** Sends what is in the slot, which is frozen then. What its next record is to say; null: it stays, and has thawed. */
  async send(
    known: SlotRecord,
    to: Peer,
    sessions: Going,
  ): Promise<Pick<SlotRecord, 'owner' | 'incarnation' | 'epoch' | 'transferId'> | null> {
    this.attempts += 1;
    const { slot } = known;
    const { log, meter, random } = this.context;
    const planned = { slot, transferId: random.token(16), epoch: known.epoch + 1, attempt: this.attempts };
    const sent = await handOver(this.context, to, planned, sessions).catch(String);
    const toKey = memberKey(to.id, to.incarnation);
    if (typeof sent !== 'string') {
      this.returned.went(slot, toKey);
      return { owner: to.id, incarnation: to.incarnation, epoch: planned.epoch, ...sent };
    }
    meter.count('handoffs', { outcome: 'refused' });
    sessions.unfreeze();
    this.backoff.failed(toKey);
    log.warn({ slot, to: to.id, reason: sent }, 'a handoff did not come about');
    return null;
  }

  /** Its record was sent, whatever became of it. */
  sent(to: Peer, tookMs: number): void {
    const { meter } = this.context;
    meter.count('handoffs', { outcome: 'done' });
    meter.observe('handoff_seconds', tookMs / 1000, {});
    this.backoff.succeeded(memberKey(to.id, to.incarnation));
  }
}
