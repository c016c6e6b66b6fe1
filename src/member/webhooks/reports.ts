/**
 * What operators hear of a webhook: that the receiver fails, that it takes deliveries again, and what was given up.
 *
 * Invariant: there is one line when the receiver begins to fail, and one when it takes deliveries again.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';
import type { PostOutcome } from '../../ports/outgoing.ts';
import type { WebhookReport } from '../contract/gateway.ts';
import type { LostReason } from '../contract/outbox.ts';
import type { Log } from '../kit/incidents.ts';
import { isOfOneGame, type Verdict } from './schedule.ts';

/** Failures in a row that are no accident. */
const TOLD_AFTER = 5;

export interface GivenUp {
  readonly gameId: string;
  /** Absent: not known, as is the type of several that nobody has read. */
  readonly round?: number;
  readonly type?: string;
  readonly events: number;
  readonly reason: 'age' | 'full' | LostReason;
}

export interface ReportsContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

export class WebhookReports {
  private readonly context: ReportsContext;
  private isFailing = false;
  private lost = 0;
  /** Monotonic ms. */
  private deliveredAt: number | null = null;
  private failure: { readonly verdict: Verdict; readonly outcome: PostOutcome; readonly at: number } | null = null;

  constructor(context: ReportsContext) {
    this.context = context;
  }

  /** What came of all attempts. */
  get past(): Pick<WebhookReport, 'deliveredMsAgo' | 'failure' | 'givenUp'> {
    const agoOf = (at: number) => Math.round(this.context.clock.monotonic() - at);
    const { deliveredAt, failure, lost: givenUp } = this;
    return {
      givenUp,
      deliveredMsAgo: deliveredAt === null ? null : agoOf(deliveredAt),
      failure: failure && {
        outcome: failure.verdict,
        ...(failure.outcome.kind === 'answered' && { status: failure.outcome.status }),
        msAgo: agoOf(failure.at),
        ofOneGame: isOfOneGame(failure.outcome),
      },
    };
  }

  attempted(verdict: Verdict, outcome: PostOutcome): void {
    const at = this.context.clock.monotonic();
    if (verdict === 'delivered') this.deliveredAt = at;
    else this.failure = { verdict, outcome, at };
  }

  /** `failures`: in a row. */
  failed(outcome: PostOutcome, failures: number): void {
    if (this.isFailing || failures < TOLD_AFTER) return;
    this.isFailing = true;
    this.context.log.warn({ ...outcome }, 'the webhook takes no deliveries: they are tried again');
  }

  /** It takes deliveries, but not of this game; `failures`: of the game, in a row. */
  refused(outcome: PostOutcome, gameId: string, failures: number): void {
    if (failures < TOLD_AFTER) return;
    this.context.log.warn({ gameId, ...outcome }, 'the webhook refuses what it is told of a game: it is tried again');
  }

  delivered(): void {
    if (!this.isFailing) return;
    this.isFailing = false;
    this.context.log.info({}, 'the webhook takes deliveries again');
  }

  givenUp(given: GivenUp): void {
    const { log, meter } = this.context;
    this.lost += given.events;
    for (let count = 0; count < given.events; count += 1) meter.count('webhook_given_up', { reason: given.reason });
    log.error({ ...given }, 'events are given up: the webhook was never told of them');
  }
}
