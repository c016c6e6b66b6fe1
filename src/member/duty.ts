/**
 * What this member shall do, over all its incarnations: serve, stand aside, or drain.
 *
 * Role: drains at the end of the process; obeys and sends the orders of operators to stand aside and to serve again.
 * Invariant: who drains does so to its end: no order undoes that.
 */
import { currentKey, parseMemberKey } from '../cluster/view.ts';
import type { Clock } from '../ports/clock.ts';
import type { Messaging } from '../ports/messaging.ts';
import type { Random } from '../ports/random.ts';
import { StoreUnavailable } from '../ports/store.ts';
import type { ClusterTime } from './contract/cluster-time.ts';
import { MemberSilent, OrderVoid } from './contract/gateway.ts';
import { decodeReply, encodeFrame } from './contract/rpc.ts';
import type { Incarnation } from './incarnation.ts';
import type { Log } from './kit/incidents.ts';
import { pause } from './kit/retry.ts';
import { DrainOrders, ORDER_MS } from './membership/drain-orders.ts';

const DRAIN_LOOK_MS = 20;

export interface DutyContext<State> {
  readonly id: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now'>;
  readonly settings: { readonly drainMinMs: number; readonly drainTimeoutMs: number };
  /** Null before the first join and between two incarnations. */
  current(): { readonly incarnation: Incarnation<State>; readonly messaging: Messaging } | null;
}

export class Duty<State> {
  private readonly context: DutyContext<State>;
  private readonly orders = new DrainOrders();
  task: 'serve' | 'standAside' | 'drain' = 'serve';

  constructor(context: DutyContext<State>) {
    this.context = context;
  }

  get status(): 'active' | 'leaving' {
    return this.task === 'serve' ? 'active' : 'leaving';
  }

  private get incarnation(): Incarnation<State> | undefined {
    return this.context.current()?.incarnation;
  }

  /** Hands everything off. Bounded by `drainTimeoutMs`; what was not handed off is stored anyway. */
  async drain(): Promise<void> {
    const { clock, settings, log } = this.context;
    this.task = 'drain';
    const startedAt = clock.monotonic();
    const elapsed = () => clock.monotonic() - startedAt;
    const slotsLeft = () => this.incarnation?.slots.involvedSlots ?? 0;
    this.incarnation?.announce('leaving');
    const isBusy = () => slotsLeft() > 0 && this.incarnation?.slots.hasSuccessor === true;
    while (elapsed() < settings.drainTimeoutMs && (isBusy() || elapsed() < settings.drainMinMs)) {
      await pause(this.context, DRAIN_LOOK_MS);
    }
    log.info({ ms: Math.round(elapsed()), slotsLeft: slotsLeft() }, 'drained');
  }

  /**
   * An operator's order to a member, given at this one: to stand aside, or to serve. False: there is no such member. Throws MemberSilent if it did
   * not take it, OrderVoid if it says that it does not obey, StoreUnavailable if this one cannot tell now.
   */
  async order(memberId: string, on: boolean): Promise<boolean> {
    const { id, time } = this.context;
    if (memberId === id) {
      // Before there is a time nobody else can have given an order.
      this.orders.given(on, time.isKnown ? time.now() : Number.NEGATIVE_INFINITY);
      this.cordon(on);
      return true;
    }
    const current = this.context.current();
    if (current === null || !time.isKnown) throw new StoreUnavailable('this member is between two incarnations');
    const key = currentKey(current.incarnation.membership.view, memberId);
    const peer = key === null ? null : parseMemberKey(key);
    if (peer === null) return false;
    const frame = encodeFrame({ type: 'drain', on, deadline: this.orders.deadlineAt(time.now()) });
    const outcome = await current.messaging.call(peer, frame, ORDER_MS);
    const reply = outcome.kind === 'answer' ? decodeReply(outcome.payload).header : null;
    if (reply?.type === 'ok') return true;
    if (reply?.type === 'refused') throw new OrderVoid(`${memberId} does not obey: ${whyVoid(reply.reason)}`);
    throw new MemberSilent(
      `${memberId} did not take it within ${ORDER_MS} ms: it stands still, or NATS cannot reach it`,
    );
  }

  /** An order that another member brings. Why it is void, else null. */
  obey(on: boolean, deadline: number): string | null {
    const { time } = this.context;
    const refusal = time.isKnown ? this.orders.refusal(on, deadline, time.now()) : 'joining';
    if (refusal === null) this.cordon(on);
    return refusal;
  }

  private cordon(on: boolean): void {
    if (this.task === 'drain') return;
    this.task = on ? 'standAside' : 'serve';
    this.incarnation?.announce(on ? 'leaving' : 'active');
  }
}

/** What its reason means to an operator. */
function whyVoid(reason: string): string {
  if (reason === 'superseded') return 'it was given a newer order meanwhile; look at it, then ask again';
  if (reason === 'too late') return 'the order came too late: NATS is slow, or the clocks of members differ; ask again';
  return `${reason}; ask again`;
}
