/**
 * Growing pauses per target: after each failure twice as long, until it works again.
 */
import type { Clock } from '../ports/clock.ts';

export class Backoff {
  private readonly clock: Clock;
  private readonly firstMs: number;
  private readonly longestMs: number;
  private readonly targets = new Map<string, { pauseMs: number; until: number }>();

  constructor(clock: Clock, pauses: { readonly firstMs: number; readonly longestMs: number }) {
    this.clock = clock;
    this.firstMs = pauses.firstMs;
    this.longestMs = pauses.longestMs;
  }

  isOver(target: string): boolean {
    return (this.targets.get(target)?.until ?? 0) <= this.clock.monotonic();
  }

  failed(target: string): void {
    // Several tries that were under way together count as one failure.
    if (!this.isOver(target)) return;
    const pauseMs = Math.min((this.targets.get(target)?.pauseMs ?? this.firstMs / 2) * 2, this.longestMs);
    this.targets.set(target, { pauseMs, until: this.clock.monotonic() + pauseMs });
  }

  succeeded(target: string): void {
    this.targets.delete(target);
  }
}
