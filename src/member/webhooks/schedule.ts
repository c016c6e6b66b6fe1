/**
 * When what is delivered: pure decisions of the outbox.
 *
 * Role: what an attempt came to, how long a game and the receiver are left alone after a failure, how many deliveries may be under way, and when
 * an event is given up.
 * Why a pause for the receiver beside that of each game: whatever the number of games that wait, a receiver that is dead gets one request a
 * pause of each member, and costs no more.
 */
import type { PostOutcome } from '../../ports/outgoing.ts';
import { pauseAfter, type RetryPolicy } from '../kit/retry.ts';

/** Deliveries of one member that are under way at once. */
const AT_ONCE = 16;

const PAUSES: RetryPolicy = { firstMs: 1_000, factor: 2, longestMs: 120_000 };

/** Answers of 4xx that are about the receiver as a whole, or about this moment: signature, permission, time, rate. */
const OF_ALL_GAMES: readonly number[] = [401, 403, 408, 429];

export type Verdict = 'delivered' | 'rejected' | 'silent' | 'failed' | 'forbidden';

export function verdictOf(outcome: PostOutcome): Verdict {
  switch (outcome.kind) {
    case 'answered':
      return outcome.status >= 200 && outcome.status < 300 ? 'delivered' : 'rejected';
    case 'refused':
      return 'forbidden';
    default:
      return outcome.kind;
  }
}

/** Whether the receiver answered, and only does not want what it was told: that says nothing about other games. */
export function isOfOneGame(outcome: PostOutcome): boolean {
  if (outcome.kind !== 'answered') return false;
  const { status } = outcome;
  return status >= 400 && status < 500 && !OF_ALL_GAMES.includes(status);
}

/** How the receiver has done lately. */
export interface Condition {
  /** Attempts in a row, of any game, that failed because of the receiver; those under way together count once. */
  readonly failures: number;
  /** Nothing is sent before (monotonic ms). */
  readonly until: number;
}

export const HEALTHY: Condition = { failures: 0, until: 0 };

export function afterFailure(condition: Condition, now: number, fraction: number): Condition {
  if (now < condition.until) return condition;
  const failures = condition.failures + 1;
  return { failures, until: now + pauseAfter(PAUSES, failures, fraction) };
}

/** How many deliveries may be under way now. */
export function allowedAtOnce({ failures, until }: Condition, now: number): number {
  if (failures === 0) return AT_ONCE;
  return now < until ? 0 : 1;
}

/** How long a game waits after so many attempts in a row that failed. */
export function pauseOfGame(failures: number, fraction: number): number {
  return pauseAfter(PAUSES, failures, fraction);
}

/** `at`, `now`: cluster time, ms. */
export function isTooOld(at: number, now: number, giveUpMs: number): boolean {
  return now - at > giveUpMs;
}
