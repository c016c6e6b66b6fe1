/**
 * The receiver of webhooks in a simulated world: accepts, refuses, is slow, hangs, loses its answers, is down for a while.
 *
 * Role: the other side of the port `outgoing`. What leaves a process arrives, whatever becomes of the process.
 * Invariant: an answer reaches a process as any input does; none comes after the time of the attempt.
 */
import type { Webhook } from '../../../src/member/webhooks/webhook-outbox.ts';
import type { Outgoing, OutgoingRequest, PostOutcome } from '../../../src/ports/outgoing.ts';
import type { Random } from '../../support/seeded.ts';
import type { Process } from './machine.ts';
import { between, chance } from './streams.ts';
import type { Timeline } from './timeline.ts';

export interface ReceiverPlan {
  /** Of the deliveries, how many are answered 500, accepted without an answer, never answered. */
  readonly failing: number;
  readonly losing: number;
  readonly hanging: number;
  /** How long it takes for the others, at most. */
  readonly slowMs: number;
  /** How often a minute it is down, for up to twenty seconds. */
  readonly outages: number;
}

/** As it was accepted. */
export interface Delivery {
  readonly id: string;
  readonly type: string;
  readonly gameId: string;
  readonly round: number;
}

const TIMEOUT_MS = 2_000;
const LATENCY_MS = 2;
const OUTAGE_MS = 20_000;
const MINUTE_MS = 60_000;
/** Nothing is given up while a world lasts. */
const GIVE_UP_MS = 86_400_000;
const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

export class Receiver {
  readonly listeners = new Set<(delivery: Delivery) => void>();
  readonly #timeline: Timeline;
  readonly #random: Random;
  #plan: ReceiverPlan;
  #downUntil = 0;

  constructor(plan: ReceiverPlan, timeline: Timeline, random: Random) {
    this.#plan = plan;
    this.#timeline = timeline;
    this.#random = random;
    this.#goDownAgain();
  }

  /** As a member in this process is set up. */
  webhookOf(process: Process): Webhook {
    const outgoing: Outgoing = { post: (request, timeoutMs) => this.#post(process, request, timeoutMs) };
    return { outgoing, secrets: [SECRET], timeoutMs: TIMEOUT_MS, giveUpMs: GIVE_UP_MS };
  }

  /** From now on it accepts everything. */
  heal(): void {
    this.#plan = { failing: 0, losing: 0, hanging: 0, slowMs: 5, outages: 0 };
    this.#downUntil = 0;
  }

  #post(process: Process, request: OutgoingRequest, timeoutMs: number): Promise<PostOutcome> {
    return new Promise((resolve) => {
      const timer = process.after(timeoutMs, () => resolve({ kind: 'silent' }));
      // Its answer is input of the process.
      const answer = (outcome: PostOutcome, inMs: number) =>
        this.#timeline.after(inMs, () =>
          process.enter(() => {
            timer.cancel();
            resolve(outcome);
          }),
        );
      // What it sends leaves when its present step happens, and not at all if it is dead by then.
      this.#timeline.after(process.lagMs, () => {
        if (!process.alive) return;
        this.#timeline.after(this.#random() * LATENCY_MS, () => this.#arrived(request, answer));
      });
    });
  }

  #arrived(request: OutgoingRequest, answer: (outcome: PostOutcome, inMs: number) => void): void {
    const { failing, losing, hanging, slowMs } = this.#plan;
    const isDown = this.#timeline.monotonic() < this.#downUntil;
    if (isDown) answer({ kind: 'failed', reason: 'it is down' }, LATENCY_MS);
    if (isDown || chance(this.#random, hanging)) return;
    const isRefused = chance(this.#random, failing);
    if (isRefused) answer({ kind: 'answered', status: 500 }, this.#random() * LATENCY_MS);
    else this.#accept(request);
    if (isRefused || chance(this.#random, losing)) return;
    answer({ kind: 'answered', status: 204 }, this.#random() * slowMs);
  }

  #accept({ headers, body }: OutgoingRequest): void {
    const { type, data } = JSON.parse(body) as { type: string; data: { gameId: string; round: number } };
    const id = headers['webhook-id'] ?? '';
    for (const listener of this.listeners) listener({ id, type, gameId: data.gameId, round: data.round });
  }

  #goDownAgain(): void {
    const { outages } = this.#plan;
    if (outages === 0) return;
    this.#timeline.after(between(this.#random, 0, (2 * MINUTE_MS) / outages), () => {
      if (this.#plan.outages > 0) this.#downUntil = this.#timeline.monotonic() + this.#random() * OUTAGE_MS;
      this.#goDownAgain();
    });
  }
}
