/**
 * Calls owners that are other members.
 *
 * Role: one try of an operation at the owner that the slot's record names: when it is its turn, once, and looked after while it lasts.
 * Invariants:
 *  - What waits for its turn has not been sent: when it is given up, it certainly was not applied.
 *  - Nobody waits for an owner that has lost the slot.
 */
import type { SlotRecord } from '../../cluster/slot-table.ts';
import { memberKey } from '../../cluster/view.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOutcome, Messaging } from '../../ports/messaging.ts';
import type { Meter } from '../../ports/meter.ts';
import { endAnswered } from '../../ports/rpc-spans.ts';
import type { Span, Traced } from '../../ports/tracing.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Joined } from '../contract/joined.ts';
import { decodeReply, encodeFrame, type RoutedOperation, type WireOperation } from '../contract/rpc.ts';
import type { Incidents } from '../kit/incidents.ts';
import { beginForward, within } from '../kit/spans.ts';
import { AnswerTimes } from './answer-times.ts';
import { Forwards } from './forwards.ts';
import { overloaded, tooLarge } from './gateway-answers.ts';
import { before, changes, deadlineOf, type Limits, NOT_SENT, NOT_YET, type Try } from './tries.ts';

/** How long one call to an owner may take before it is repeated: the owner recognises the repetition. */
const CALL_MS = 3_000;

export interface ForwardingContext extends Traced {
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'now'>;
  readonly incidents: Incidents;
  readonly meter: Meter;
  /** Null before the first join and between two incarnations. */
  current(): { readonly incarnation: Joined } | null;
}

/** What is forwarded, and by whose knowledge. */
export interface Forward {
  readonly slot: number;
  readonly record: SlotRecord;
  readonly operation: RoutedOperation;
  readonly limits: Limits;
  readonly incarnation: Joined;
  readonly messaging: Messaging;
}

export class Forwarding {
  private readonly context: ForwardingContext;
  private readonly forwards = new Forwards();
  private readonly answerTimes = new AnswerTimes();
  /** Messages to owners. */
  private sent = 0;

  constructor(context: ForwardingContext) {
    this.context = context;
  }

  /** Sends when there is room for it, unless the time is up or the slot has another owner before that. */
  async forward(it: Forward): Promise<Try> {
    const { record, operation, limits } = it;
    const turn = this.forwards.ask(ownerOf(record), operation.gameId);
    if (turn === null) return { kind: 'answer', answer: overloaded(record.owner) };
    try {
      if (turn.begun !== null) {
        const begun = await before(this.context.clock, limits.until, this.whileOwner(it, turn.begun));
        if (begun !== 'begun') return NOT_SENT;
      }
      const tried = await this.send(it);
      if (tried.kind === 'answer') turn.answered(tried.answer.body.length);
      return tried;
    } finally {
      turn.end();
    }
  }

  private async send(it: Forward): Promise<Try> {
    const { slot, record, operation, limits, incarnation, messaging } = it;
    const { clock, time } = this.context;
    const span = beginForward(this.context, operation, slot, record.owner);
    const frame = encodeFrame({
      type: 'execute',
      operation: within(operation, span?.carrier) as WireOperation,
      slot,
      revision: record.revision,
      deadline: deadlineOf(limits, clock, time),
      interested: limits.interested,
      message: `${incarnation.self.incarnation}.${++this.sent}`,
    });
    const outcome = await this.call(it, frame);
    if (outcome.kind !== 'answer') span?.end({}, outcome.kind);
    switch (outcome.kind) {
      case 'answer':
        return this.understand(it, outcome.payload, span);
      case 'noResponders':
        incarnation.membership.suspect(ownerOf(record));
        return NOT_YET;
      case 'tooLarge':
        return { kind: 'answer', answer: tooLarge(record.owner, frame.length, messaging.largestPayload) };
      default:
        return { kind: 'again', uncertain: changes(operation), wait: incarnation.slots.record(slot) === record };
    }
  }

  /** Measured; an owner that answers late is looked at. */
  private async call(it: Forward, frame: Uint8Array): Promise<CallOutcome> {
    const { record, operation, limits, incarnation, messaging } = it;
    const { clock, meter } = this.context;
    const callMs = Math.max(1, Math.min(limits.until - clock.monotonic(), CALL_MS));
    const kind = changes(operation) ? 'write' : 'read';
    const what = `${kind} ${record.owner}`;
    const sentAt = clock.monotonic();
    // A process that is being killed keeps its connection for a moment: what it is sent then gets no answer at all.
    const suspect = () => incarnation.membership.suspect(ownerOf(record));
    const slow = clock.after(this.answerTimes.patienceMs(what), suspect);
    const peer = { id: record.owner, incarnation: record.incarnation };
    const outcome = await this.whileOwner(it, messaging.call(peer, frame, callMs));
    slow.cancel();
    meter.count('forwards', { outcome: outcome.kind });
    if (outcome.kind === 'answer') {
      const tookMs = clock.monotonic() - sentAt;
      this.answerTimes.answered(what, tookMs);
      meter.observe('forward_seconds', tookMs / 1000, { kind });
    }
    return outcome;
  }

  private async understand(
    { slot, record, limits, incarnation }: Forward,
    payload: Uint8Array,
    span: Span | undefined,
  ): Promise<Try> {
    const { header, body } = decodeReply(payload);
    if (header.type === 'answer') {
      const { status, owner, grant } = header;
      endAnswered(span, status);
      const text = new TextDecoder().decode(body);
      return { kind: 'answer', answer: { status, body: text, owner, ...(grant && { grant }) } };
    }
    span?.end({}, header.type);
    if (header.type === 'unreadable') {
      this.context.incidents.notUnderstood(`an answer of ${record.owner}`, header.reason);
    }
    if (header.type !== 'moved') return { kind: 'again', uncertain: true, wait: true };
    if (header.revision > record.revision) {
      await before(this.context.clock, limits.until, incarnation.slots.refresh(slot));
    }
    // Nothing newer is known: the owner is about to let go, or to hold.
    return { kind: 'again', uncertain: header.uncertain, wait: incarnation.slots.record(slot) === record };
  }

  /** What `running` comes to, or a time-out as soon as the slot has another owner: the old one may never answer. */
  private async whileOwner<Value>(
    { slot, record, incarnation }: Forward,
    running: Promise<Value>,
  ): Promise<Value | Extract<CallOutcome, { kind: 'timeout' | 'disconnected' }>> {
    for (;;) {
      const change = incarnation.slots.nextChange(slot, CALL_MS);
      const outcome = await Promise.race([running, change.happened]);
      change.cancel();
      if (outcome !== undefined) return outcome;
      if (incarnation.slots.record(slot) !== record || incarnation.slots.isUnowned(slot)) {
        const isOver = this.context.current()?.incarnation !== incarnation;
        return { kind: isOver ? 'disconnected' : 'timeout' };
      }
    }
  }
}

function ownerOf({ owner, incarnation }: SlotRecord): string {
  return memberKey(owner, incarnation);
}
