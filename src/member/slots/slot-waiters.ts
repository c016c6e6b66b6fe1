/**
 * Whoever waits for a slot to change hands.
 *
 * Role: lets a request sleep until its slot has news, instead of asking again and again.
 * Invariant: every wait ends: with a change, at its time, or when it is given up.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Change } from '../contract/joined.ts';

export class SlotWaiters {
  private readonly clock: Clock;
  private readonly waiting = new Map<number, Set<() => void>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get count(): number {
    return [...this.waiting.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The next change of the slot, or `ms` from now. */
  next(slot: number, ms: number): Change {
    const waiting = this.waiting.get(slot) ?? new Set();
    this.waiting.set(slot, waiting);
    let cancel: () => void = () => undefined;
    const happened = new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel();
        waiting.delete(done);
        resolve();
      };
      const timer = this.clock.after(ms, done);
      cancel = done;
      waiting.add(done);
    });
    return { happened, cancel };
  }

  wake(slot: number): void {
    const waiting = this.waiting.get(slot);
    if (waiting === undefined) return;
    this.waiting.delete(slot);
    for (const done of [...waiting]) done();
  }

  wakeAll(): void {
    for (const slot of [...this.waiting.keys()]) this.wake(slot);
  }
}
