/**
 * When a request was received, at the earliest.
 *
 * Role: the receive time that goes with every command, by which a copy that was stuck somewhere is told from a new command (I6).
 * Why not simply now: a process that stood still (SIGSTOP, a blocked event loop) reads afterwards what has waited in its sockets meanwhile.
 * Its client may long have got an answer elsewhere, and gone on.
 * Invariants:
 *  - No request is given a time later than the one at which it reached this process, if that has stood still for `GAP_MS` or more.
 *  - What came before a gap has been read once the process ran for `BACKLOG_MS` in all since then, however often it stood still again: one
 *    that stands still now and then for minutes gives no times from minutes ago.
 *  - A machine that slept with its monotonic clock gives times from before: cluster time goes on from there until the other members correct it.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import { every } from '../kit/every.ts';

const MARK_MS = 100;
const GAP_MS = 250;
/** How long the process runs after a gap before it has read what had waited in its sockets. */
const BACKLOG_MS = 1_000;
/** Gaps so near to each other count as one, so that few are remembered. */
const APART_MS = BACKLOG_MS / 10;

export interface Received {
  /** Monotonic ms. */
  readonly at: number;
  /** It may have been later: the request can have come out of a socket in which it had waited. */
  readonly waited: boolean;
}

interface Gap {
  readonly from: number;
  /** How much longer the process has to run until nothing that waited in it is left. */
  readonly leftMs: number;
}

/** All times are monotonic ms. */
export class ReceiveClock {
  private readonly clock: Clock;
  /** When the process was last known to be running. */
  private mark: number;
  private readonly marking: Timer;
  /** The oldest first. */
  private gaps: readonly Gap[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
    this.mark = clock.monotonic();
    this.marking = every(clock, MARK_MS, () => this.setMark());
  }

  stop(): void {
    this.marking.cancel();
  }

  received(): Received {
    this.setMark();
    const [oldest] = this.gaps;
    return { at: oldest?.from ?? this.mark, waited: oldest !== undefined };
  }

  private setMark(): void {
    const now = this.clock.monotonic();
    const passedMs = now - this.mark;
    // Of a longer step nobody knows how much of it was spent running.
    if (passedMs < GAP_MS) this.ran(Math.min(passedMs, MARK_MS));
    else if ((this.gaps.at(-1)?.leftMs ?? 0) <= BACKLOG_MS - APART_MS) {
      this.gaps = [...this.gaps, { from: this.mark, leftMs: BACKLOG_MS }];
    }
    this.mark = now;
  }

  private ran(passedMs: number): void {
    if (this.gaps.length === 0) return;
    const left = this.gaps.map(({ from, leftMs }) => ({ from, leftMs: leftMs - passedMs }));
    this.gaps = left.filter(({ leftMs }) => leftMs > 0);
  }
}
