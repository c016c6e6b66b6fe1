/**
 * Brings an operation to the owner of its game, wherever that is, until it is answered or its time is up.
 *
 * Role: the gateway's half of every request: slot record → local session or a call to the owner; "moved" and "no responders" → look again.
 * Why so patient: a client should see latency, not errors; the deadline is longer than a NATS election.
 * Invariants:
 *  - A command keeps one identity through all tries, so it is applied once however often it is sent (I6).
 *  - `uncertain` is remembered: only a command that certainly was not applied is answered `notApplied`.
 */
import { slotOf } from '../../cluster/slot-hash.ts';
import type { GameCommand } from '../../game/commands.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Messaging } from '../../ports/messaging.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Random } from '../../ports/random.ts';
import type { Store } from '../../ports/store.ts';
import type { Traced } from '../../ports/tracing.ts';
import { CommittedGame } from '../../session/committed-game.ts';
import type { Rules } from '../../session/rules.ts';
import { decode } from '../../session/snapshot.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Answer, Operation, ReadOperation } from '../contract/gateway.ts';
import { show } from '../contract/host-answers.ts';
import type { Joined } from '../contract/joined.ts';
import type { MemberOperation, RoutedOperation } from '../contract/rpc.ts';
import type { Incidents } from '../kit/incidents.ts';
import type { RequestLog } from '../kit/request-log.ts';
import { gameKey } from '../store/keys.ts';
import { readOrNothing } from '../store/settle.ts';
import { again, identify, receivedOf } from './command-identity.ts';
import { Forwarding } from './forwarding.ts';
import { failed, nowUncertain, outcomeOf, unreached } from './gateway-answers.ts';
import { ReceiveClock } from './receive-clock.ts';
import { SharedReads } from './shared-reads.ts';
import { before, changes, deadlineOf, type Limits, NOT_SENT, NOT_YET, type Try } from './tries.ts';

const LOOK_AGAIN_MS = 50;

export interface RouterContext<State> extends Traced {
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now' | 'at'>;
  readonly random: Random;
  readonly rules: Rules<State, GameCommand>;
  readonly incidents: Incidents;
  readonly requestLog: RequestLog;
  readonly meter: Meter;
  readonly slots: number;
  readonly requestDeadlineMs: number;
  /** Null before the first join and between two incarnations. */
  current(): { readonly incarnation: Joined; readonly messaging: Messaging; readonly store: Store } | null;
}

export class Router<State> {
  private readonly context: RouterContext<State>;
  private readonly receiveClock: ReceiveClock;
  private readonly forwarding: Forwarding;
  private readonly reads = new SharedReads<Try>();

  constructor(context: RouterContext<State>) {
    this.context = context;
    this.receiveClock = new ReceiveClock(context.clock);
    this.forwarding = new Forwarding(context);
  }

  stop(): void {
    this.receiveClock.stop();
  }

  slotOf(gameId: string): number {
    return slotOf(gameId, this.context.slots);
  }

  /** Always resolves; at the request deadline with 503. `interested`: an owner elsewhere shall publish updates for a while. */
  async execute(operation: Operation | MemberOperation, interested = false): Promise<Answer> {
    const startedAt = this.context.clock.monotonic();
    const answer = await this.route(operation, interested).catch((error: unknown) => this.failed(operation, error));
    return this.measured(operation, answer, startedAt);
  }

  /** A strong read of a game that is here and in memory, under a valid lease; null: `execute` finds out. */
  readNow(operation: Operation | MemberOperation): Answer | null {
    const startedAt = this.context.clock.monotonic();
    try {
      const answer = this.inMemory(operation);
      return answer && this.measured(operation, answer, startedAt);
    } catch (error) {
      return this.measured(operation, this.failed(operation, error), startedAt);
    }
  }

  private inMemory(operation: Operation | MemberOperation): Answer | null {
    if (operation.kind !== 'read' || operation.consistency !== 'strong') return null;
    const incarnation = this.context.current()?.incarnation;
    const now = incarnation?.readNow(this.slotOf(operation.gameId), operation);
    if (incarnation === undefined || now?.kind !== 'answer') return null;
    return { status: now.status, body: now.body, owner: incarnation.self.id };
  }

  private measured(operation: Operation | MemberOperation, answer: Answer, startedAt: number): Answer {
    const { clock, meter, requestLog } = this.context;
    const kind = kindOf(operation);
    meter.count('operations', { kind, outcome: outcomeOf(answer.status) });
    const tookMs = clock.monotonic() - startedAt;
    meter.observe('operation_seconds', tookMs / 1000, { kind });
    if (answer.status >= 500) requestLog.failed(operation, answer, tookMs);
    return answer;
  }

  private failed(operation: Operation | MemberOperation, error: unknown): Answer {
    this.context.incidents.failed(`${operation.kind} of ${operation.gameId}`, error, operation.trace);
    return failed();
  }

  private async route(operation: Operation | MemberOperation, interested: boolean): Promise<Answer> {
    const { clock, requestDeadlineMs } = this.context;
    const slot = this.slotOf(operation.gameId);
    const now = interested ? null : this.inMemory(operation);
    if (now !== null) return now;
    const received = receivedOf(operation, this.receiveClock.received());
    const until = clock.monotonic() + requestDeadlineMs;
    let routed: RoutedOperation | null = null;
    let uncertain = false;
    while (clock.monotonic() < until) {
      routed ??= identify(this.context, operation, received);
      const eventual = routed?.kind === 'read' && routed.consistency === 'eventual' ? routed : null;
      // What is stored will do for an eventual read: there must be time left to look.
      const tryUntil = eventual !== null ? (clock.monotonic() + until) / 2 : until;
      const limits = { until: tryUntil, deadline: until, interested };
      const tried: Try = routed === null ? NOT_YET : await this.tryOnce(slot, routed, limits);
      if (tried.kind === 'answer') return uncertain ? nowUncertain(tried.answer) : tried.answer;
      uncertain ||= tried.uncertain;
      if (uncertain && routed !== null && changes(routed)) routed = again(routed);
      if (eventual !== null) {
        const stored = await before(clock, until, this.readStored(slot, eventual)).catch(() => null);
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
    const record = incarnation.slots.record(slot);
    if (record === null) return NOT_YET;
    if (record.incarnation === incarnation.self.incarnation) return this.tryHere(slot, operation, limits, incarnation);
    if (incarnation.slots.isUnowned(slot)) return NOT_YET;
    const { messaging } = current;
    const forward = () => this.forwarding.forward({ slot, record, operation, limits, incarnation, messaging });
    if (operation.kind !== 'read' || operation.consistency !== 'strong') return forward();
    const { gameId, caller, may } = operation;
    const shared = this.reads.share(JSON.stringify([record.revision, gameId, caller, may]), forward);
    return (await before(this.context.clock, limits.until, shared)) ?? NOT_SENT;
  }

  private async tryHere(slot: number, operation: RoutedOperation, limits: Limits, incarnation: Joined): Promise<Try> {
    const { clock, time } = this.context;
    const running = incarnation.execute(slot, operation, deadlineOf(limits, clock, time));
    const answer = await before(clock, limits.until, running);
    if (answer === null) return { kind: 'again', uncertain: changes(operation), wait: false };
    if (answer.kind === 'moved') return { kind: 'again', uncertain: answer.uncertain, wait: true };
    const { status, body, grant } = answer;
    return { kind: 'answer', answer: { status, body, owner: incarnation.self.id, ...(grant && { grant }) } };
  }

  private async waitForChange(slot: number, ms: number): Promise<void> {
    if (ms <= 0) return;
    const slots = this.context.current()?.incarnation.slots;
    if (slots !== undefined) await slots.nextChange(slot, ms).happened;
    else await new Promise<void>((resolve) => this.context.clock.after(ms, resolve));
  }

  /** For eventual reads when no owner answers: what is stored, marked as possibly stale. */
  private async readStored(slot: number, operation: ReadOperation): Promise<Answer | null> {
    const current = this.context.current();
    if (current === null || !current.store.connected) return null;
    const entry = await readOrNothing(current.store.bucket('sessions'), gameKey(slot, operation.gameId));
    if (!entry || entry.deleted) return null;
    const snapshot = decode(this.context.rules, entry.value);
    const owner = current.incarnation.slots.record(slot)?.owner ?? null;
    const game = new CommittedGame(this.context.rules, snapshot.state, snapshot.version);
    const answer = show({ self: owner }, game, operation, { status: 200, stale: true });
    return answer.kind === 'answer' ? { status: answer.status, body: answer.body, owner } : null;
  }

  private giveUp(slot: number, operation: Operation | MemberOperation, uncertain: boolean): Answer {
    const owner = this.context.current()?.incarnation.slots.record(slot)?.owner ?? null;
    return unreached(owner, operation.gameId, this.context.requestDeadlineMs, uncertain);
  }
}

/** Gateways look at games for those who follow them: reads, too. */
function kindOf({ kind }: Operation | MemberOperation): Operation['kind'] {
  return kind === 'events' || kind === 'state' ? 'read' : kind;
}
