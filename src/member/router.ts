/**
 * Brings an operation to the owner of its game, wherever that is, until it is answered or its time is up.
 *
 * Role: the gateway's half of every request: slot record → local session or a call to the owner; "moved" and "no responders" → look again.
 * Why so patient: a client should see latency, not errors; the deadline is longer than a NATS election.
 * Invariants:
 *  - A command keeps one identity through all tries, so it is applied once however often it is sent (I6).
 *  - What waits for its turn at an owner has not been sent: when it is given up, it certainly was not applied.
 *  - `uncertain` is remembered: only a command that certainly was not applied is answered `notApplied`.
 */
import { createHash } from 'node:crypto';
import { slotOf } from '../cluster/slot-hash.ts';
import type { SlotRecord } from '../cluster/slot-table.ts';
import { memberKey } from '../cluster/view.ts';
import { problem } from '../errors.ts';
import type { GameCommand } from '../game/commands.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallOutcome, Messaging } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Store } from '../ports/store.ts';
import { CommittedGame } from '../session/committed-game.ts';
import type { Rules } from '../session/rules.ts';
import { decode } from '../session/snapshot.ts';
import { AnswerTimes } from './answer-times.ts';
import type { ClusterTime } from './cluster-time.ts';
import { Forwards } from './forwards.ts';
import type { Answer, CommandIdentity, Operation, ReadOperation } from './gateway.ts';
import { show } from './host-answers.ts';
import type { Incarnation } from './incarnation.ts';
import type { Incidents } from './incidents.ts';
import { ReceiveClock } from './receive-clock.ts';
import {
  decodeReply,
  encodeFrame,
  type MemberOperation,
  type RoutedCommand,
  type RoutedOperation,
  type WireCommand,
  type WireOperation,
} from './rpc.ts';
import { readOrNothing } from './settle.ts';
import { SharedReads } from './shared-reads.ts';

const LOOK_AGAIN_MS = 50;
/** Of a command's id: 60 bits are enough to tell 96 commands apart, and they are stored with every game. */
const ID_LENGTH = 10;
/** How long one call to an owner may take before it is repeated: the owner recognises the repetition. */
const CALL_MS = 3_000;

export interface RouterContext<State> {
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now' | 'at'>;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly slots: number;
  readonly requestDeadlineMs: number;
  /** Null before the first join and between two incarnations. */
  current(): { readonly incarnation: Incarnation<State>; readonly messaging: Messaging; readonly store: Store } | null;
}

type Try =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'again'; readonly uncertain: boolean; readonly wait: boolean };

const NOT_YET: Try = { kind: 'again', uncertain: false, wait: true };

export class Router<State> {
  private readonly context: RouterContext<State>;
  private readonly receiveClock: ReceiveClock;
  private readonly forwards = new Forwards();
  private readonly reads = new SharedReads<Try>();
  private readonly answerTimes = new AnswerTimes();
  /** Messages to owners. */
  private sent = 0;

  constructor(context: RouterContext<State>) {
    this.context = context;
    this.receiveClock = new ReceiveClock(context.clock);
  }

  stop(): void {
    this.receiveClock.stop();
  }

  slotOf(gameId: string): number {
    return slotOf(gameId, this.context.slots);
  }

  /** Always resolves; at the request deadline with 503. `interested`: an owner elsewhere shall publish updates for a while. */
  async execute(operation: Operation | MemberOperation, interested = false): Promise<Answer> {
    const { clock, meter } = this.context;
    const startedAt = clock.monotonic();
    const answer = await this.answer(operation, interested);
    const kind = kindOf(operation);
    meter.count('operations', { kind, outcome: outcomeOf(answer.status) });
    meter.observe('operation_seconds', (clock.monotonic() - startedAt) / 1000, { kind });
    return answer;
  }

  private async answer(operation: Operation | MemberOperation, interested: boolean): Promise<Answer> {
    try {
      return await this.route(operation, interested);
    } catch (error) {
      this.context.incidents.failed(`${operation.kind} of ${operation.gameId}`, error);
      const document = problem('internal', 'The server failed on this request; its log says why.');
      return { status: document.status, body: JSON.stringify(document), owner: null };
    }
  }

  private async route(operation: Operation | MemberOperation, interested: boolean): Promise<Answer> {
    const { clock, requestDeadlineMs } = this.context;
    const slot = this.slotOf(operation.gameId);
    if (operation.kind === 'read' && operation.consistency === 'strong' && !interested) {
      const incarnation = this.context.current()?.incarnation;
      const now = incarnation?.host.get(slot)?.readNow(operation);
      if (now?.kind === 'answer') return { status: now.status, body: now.body, owner: incarnation?.self.id ?? null };
    }
    const receivedAt = this.receiveClock.receivedAt();
    const until = clock.monotonic() + requestDeadlineMs;
    let routed: RoutedOperation | null = null;
    let uncertain = false;
    while (clock.monotonic() < until) {
      routed ??= this.identify(operation, receivedAt);
      const eventual = routed?.kind === 'read' && routed.consistency === 'eventual' ? routed : null;
      // What is stored will do for an eventual read: there must be time left to look.
      const tryUntil = eventual !== null ? (clock.monotonic() + until) / 2 : until;
      const limits = { until: tryUntil, deadline: until, interested };
      const tried: Try = routed === null ? NOT_YET : await this.tryOnce(slot, routed, limits);
      if (tried.kind === 'answer') return uncertain ? nowUncertain(tried.answer) : tried.answer;
      uncertain ||= tried.uncertain;
      if (uncertain && routed !== null && changes(routed)) routed = again(routed);
      if (eventual !== null) {
        const stored = await this.before(until, this.readStored(slot, eventual)).catch(() => null);
        if (stored !== null) return stored;
      }
      if (tried.wait)
        await this.waitForChange(
          slot,
          Math.min(until - clock.monotonic(), LOOK_AGAIN_MS * (0.5 + this.context.random.fraction())),
        );
    }
    return this.giveUp(slot, operation, uncertain);
  }

  private async tryOnce(slot: number, operation: RoutedOperation, limits: Limits): Promise<Try> {
    const current = this.context.current();
    if (current === null) return NOT_YET;
    const { incarnation } = current;
    const record = incarnation.slots.table.get(slot);
    if (record === null) return NOT_YET;
    if (record.incarnation === incarnation.self.incarnation) return this.tryHere(slot, operation, limits, incarnation);
    if (incarnation.slots.isUnowned(slot)) return NOT_YET;
    const forward = () =>
      this.inTurn(slot, record, operation, limits, incarnation, () =>
        this.tryOwner(slot, record, operation, limits, current.messaging, incarnation),
      );
    if (operation.kind !== 'read' || operation.consistency !== 'strong') return forward();
    const { gameId, caller, may } = operation;
    const shared = this.reads.share(JSON.stringify([record.revision, gameId, caller, may]), forward);
    return (await this.before(limits.until, shared)) ?? { kind: 'again', uncertain: false, wait: false };
  }

  /** Sends when there is room for it, unless the time is up or the slot has another owner before that. */
  private async inTurn(
    slot: number,
    record: SlotRecord,
    { gameId }: RoutedOperation,
    { until }: Limits,
    incarnation: Incarnation<State>,
    send: () => Promise<Try>,
  ): Promise<Try> {
    const turn = this.forwards.ask(memberKey(record.owner, record.incarnation), gameId);
    if (turn === null) return { kind: 'answer', answer: overloaded(record.owner) };
    try {
      if (turn.begun !== null) {
        const begun = await this.before(until, this.whileOwner(slot, record, incarnation, turn.begun));
        if (begun !== 'begun') return { kind: 'again', uncertain: false, wait: false };
      }
      const tried = await send();
      if (tried.kind === 'answer') turn.answered(tried.answer.body.length);
      return tried;
    } finally {
      turn.end();
    }
  }

  private async tryHere(
    slot: number,
    operation: RoutedOperation,
    limits: Limits,
    incarnation: Incarnation<State>,
  ): Promise<Try> {
    const running = incarnation.execute(slot, operation, this.deadline(limits));
    const answer = await this.before(limits.until, running);
    if (answer === null) return { kind: 'again', uncertain: changes(operation), wait: false };
    if (answer.kind === 'moved') return { kind: 'again', uncertain: answer.uncertain, wait: true };
    const { status, body, grant } = answer;
    return { kind: 'answer', answer: { status, body, owner: incarnation.self.id, ...(grant && { grant }) } };
  }

  private async tryOwner(
    slot: number,
    record: SlotRecord,
    operation: RoutedOperation,
    limits: Limits,
    messaging: Messaging,
    incarnation: Incarnation<State>,
  ): Promise<Try> {
    const { interested, until } = limits;
    const frame = encodeFrame({
      type: 'execute',
      operation: operation as WireOperation,
      slot,
      revision: record.revision,
      deadline: this.deadline(limits),
      interested,
      message: `${incarnation.self.incarnation}.${++this.sent}`,
    });
    const callMs = Math.max(1, Math.min(until - this.context.clock.monotonic(), CALL_MS));
    const peer = { id: record.owner, incarnation: record.incarnation };
    const suspect = () => incarnation.membership.suspect(memberKey(peer.id, peer.incarnation));
    const { clock, meter } = this.context;
    const kind = changes(operation) ? 'write' : 'read';
    const what = `${kind} ${record.owner}`;
    const sentAt = clock.monotonic();
    // A process that is being killed keeps its connection for a moment: what it is sent then gets no answer at all.
    const slow = clock.after(this.answerTimes.patienceMs(what), suspect);
    const outcome = await this.whileOwner(slot, record, incarnation, messaging.call(peer, frame, callMs));
    slow.cancel();
    meter.count('forwards', { outcome: outcome.kind });
    if (outcome.kind === 'answer') {
      const tookMs = clock.monotonic() - sentAt;
      this.answerTimes.answered(what, tookMs);
      meter.observe('forward_seconds', tookMs / 1000, { kind });
    }
    if (outcome.kind === 'noResponders') {
      suspect();
      return { kind: 'again', uncertain: false, wait: true };
    }
    if (outcome.kind === 'tooLarge') return this.tooLarge(record.owner, frame.length, messaging.largestPayload);
    if (outcome.kind !== 'answer') {
      const wait = incarnation.slots.table.get(slot) === record;
      return { kind: 'again', uncertain: changes(operation), wait };
    }
    const { header, body } = decodeReply(outcome.payload);
    if (header.type === 'answer') {
      const { status, owner, grant } = header;
      const text = new TextDecoder().decode(body);
      return { kind: 'answer', answer: { status, body: text, owner, ...(grant && { grant }) } };
    }
    if (header.type === 'unreadable') {
      this.context.incidents.notUnderstood(`an answer of ${record.owner}`, header.reason);
    }
    if (header.type !== 'moved') return { kind: 'again', uncertain: true, wait: true };
    if (header.revision > record.revision) await this.before(until, incarnation.slots.refresh(slot));
    // Nothing newer is known: the owner is about to let go, or to hold.
    return { kind: 'again', uncertain: header.uncertain, wait: incarnation.slots.table.get(slot) === record };
  }

  /** What `call` comes to, or a time-out as soon as the slot has another owner: the old one may never answer. */
  private async whileOwner<Value>(
    slot: number,
    record: SlotRecord,
    incarnation: Incarnation<State>,
    call: Promise<Value>,
  ): Promise<Value | Extract<CallOutcome, { kind: 'timeout' | 'disconnected' }>> {
    for (;;) {
      const change = incarnation.slots.nextChange(slot, CALL_MS);
      const outcome = await Promise.race([call, change.happened]);
      change.cancel();
      if (outcome !== undefined) return outcome;
      if (incarnation.slots.table.get(slot) !== record || incarnation.slots.isUnowned(slot)) {
        const isOver = this.context.current()?.incarnation !== incarnation;
        return { kind: isOver ? 'disconnected' : 'timeout' };
      }
    }
  }

  private async waitForChange(slot: number, ms: number): Promise<void> {
    if (ms <= 0) return;
    const slots = this.context.current()?.incarnation.slots;
    if (slots !== undefined) await slots.nextChange(slot, ms).happened;
    else await new Promise<void>((resolve) => this.context.clock.after(ms, resolve));
  }

  /** Null if the time is up first. */
  private before<Value>(until: number, running: Promise<Value>): Promise<Value | null> {
    return new Promise((resolve, reject) => {
      const timer = this.context.clock.after(Math.max(1, until - this.context.clock.monotonic()), () => resolve(null));
      running.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  /** For eventual reads when no owner answers: what is stored, marked as possibly stale. */
  private async readStored(slot: number, operation: ReadOperation): Promise<Answer | null> {
    const current = this.context.current();
    if (current === null || !current.store.connected) return null;
    const entry = await readOrNothing(current.store.bucket('sessions'), `${slot}.${operation.gameId}`);
    if (!entry || entry.deleted) return null;
    const snapshot = decode(this.context.rules, entry.value);
    const owner = current.incarnation.slots.table.get(slot)?.owner ?? null;
    const game = new CommittedGame(this.context.rules, snapshot.state, snapshot.version);
    const answer = show({ self: owner }, game, operation, { status: 200, stale: true });
    return answer.kind === 'answer' ? { status: answer.status, body: answer.body, owner } : null;
  }

  private tooLarge(owner: string, bytes: number, largest: number): Try {
    const detail = `As members pass it on, the request has ${bytes} bytes; NATS takes ${largest} at most.`;
    const document = problem('payload_too_large', detail);
    return { kind: 'answer', answer: { status: document.status, body: JSON.stringify(document), owner } };
  }

  private giveUp(slot: number, operation: Operation | MemberOperation, uncertain: boolean): Answer {
    const owner = this.context.current()?.incarnation.slots.table.get(slot)?.owner ?? null;
    const detail = `The game ${operation.gameId} could not be reached within ${this.context.requestDeadlineMs} ms.`;
    const document = problem('session_unavailable', detail, uncertain ? 'unknown' : 'notApplied');
    return { status: document.status, body: JSON.stringify(document), owner };
  }

  /** As members say it to each other. Slots are known only once the time is. */
  private deadline({ deadline }: Limits): number {
    const { clock, time } = this.context;
    return time.now() + Math.round(deadline - clock.monotonic());
  }

  /** Null: there is no time yet to say when it was received. */
  private identify(operation: Operation | MemberOperation, receivedAt: number): RoutedOperation | null {
    const { time } = this.context;
    if (!('command' in operation)) return operation;
    return time.isKnown ? { ...operation, command: this.wireCommand(operation.command, time.at(receivedAt)) } : null;
  }

  private wireCommand({ principal, key, fingerprint }: CommandIdentity, receivedAt: number): WireCommand {
    const { random } = this.context;
    // Nobody but this gateway repeats a command without a key: it needs no fingerprint.
    if (key === null)
      return { principal, id: random.token(ID_LENGTH), keyed: false, again: false, receivedAt, fingerprint: '' };
    const id = createHash('sha256').update(key).digest('base64url').slice(0, ID_LENGTH);
    return { principal, id, keyed: true, again: false, receivedAt, fingerprint };
  }
}

/** A refusal that says "not applied" speaks for its own try only: an earlier one may have been applied. */
function nowUncertain(answer: Answer): Answer {
  if (answer.status !== 503) return answer;
  return { ...answer, body: JSON.stringify({ ...JSON.parse(answer.body), outcome: 'unknown' }) };
}

/** The owner was asked nothing. */
function overloaded(owner: string): Answer {
  const document = problem('session_overloaded', 'Too many requests for games of that member wait at this one.');
  return { status: document.status, body: JSON.stringify(document), owner };
}

/** Gateways look at games for those who follow them: reads, too. */
function kindOf({ kind }: Operation | MemberOperation): Operation['kind'] {
  return kind === 'events' || kind === 'state' ? 'read' : kind;
}

function outcomeOf(status: number): 'done' | 'refused' | 'unavailable' | 'failed' {
  if (status < 400) return 'done';
  if (status < 500) return 'refused';
  return status === 503 ? 'unavailable' : 'failed';
}

function changes(operation: RoutedOperation): operation is RoutedCommand {
  return 'command' in operation;
}

/** The same command, marked as one that may have been applied before. */
function again<Routed extends RoutedCommand>(routed: Routed): Routed {
  return { ...routed, command: { ...routed.command, again: true } };
}

interface Limits {
  /** Monotonic ms: when this try ends. */
  readonly until: number;
  /** Monotonic ms: when this gateway gives up. */
  readonly deadline: number;
  readonly interested: boolean;
}
