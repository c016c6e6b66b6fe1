/**
 * Alarms at wall-clock times: one heap, one timer.
 *
 * Role: tells the session host when a session's round is due.
 * Why alarms are only hints: they may ring for a deadline that has since moved; whoever is woken looks at the state.
 * Invariants: never rings before its time by the wall clock; a wall clock that jumps is noticed within a second.
 */
import TinyQueue from 'tinyqueue';
import type { Clock, Timer } from '../ports/clock.ts';

const LONGEST_SLEEP_MS = 1_000;

interface Alarm {
  readonly at: number;
  readonly slot: number;
  readonly gameId: string;
}

export class Alarms {
  private readonly clock: Clock;
  private readonly ring: (slot: number, gameId: string) => void;
  private readonly queue = new TinyQueue<Alarm>([], (a, b) => a.at - b.at);
  private timer: Timer | null = null;
  private wakesAt = Number.POSITIVE_INFINITY;
  private stopped = false;

  constructor(clock: Clock, ring: (slot: number, gameId: string) => void) {
    this.clock = clock;
    this.ring = ring;
  }

  set(at: number, slot: number, gameId: string): void {
    this.queue.push({ at, slot, gameId });
    if (at < this.wakesAt) this.arm();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private arm(): void {
    this.timer?.cancel();
    const next = this.queue.peek();
    if (next === undefined || this.stopped) {
      this.wakesAt = Number.POSITIVE_INFINITY;
      return;
    }
    const now = this.clock.wall();
    const sleepMs = Math.min(Math.max(next.at - now, 0), LONGEST_SLEEP_MS);
    this.wakesAt = now + sleepMs;
    this.timer = this.clock.after(sleepMs, () => this.fire());
  }

  private fire(): void {
    const now = this.clock.wall();
    for (let next = this.queue.peek(); next !== undefined && next.at <= now; next = this.queue.peek()) {
      this.queue.pop();
      this.ring(next.slot, next.gameId);
    }
    this.arm();
  }
}
