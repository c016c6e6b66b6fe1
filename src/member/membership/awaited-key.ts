/**
 * The key that a join waits for: the watch has to show it.
 *
 * Invariant: every wait ends: when the key is shown, after `SHOWN_WITHIN_MS`, or when the incarnation does.
 */
import type { Clock } from '../../ports/clock.ts';

/** Longer than NATS needs for an election and a watch for being listed again. */
const SHOWN_WITHIN_MS = 25_000;

interface Wait {
  readonly key: string;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

export class AwaitedKey {
  private readonly clock: Clock;
  private wait: Wait | null = null;
  private ended = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Resolves when the watch shows the key; `start` is what lets it. Rejects when it is not shown in time. */
  until(key: string, start: () => void): Promise<void> {
    if (this.ended) return Promise.reject(endedWhileJoining());
    return new Promise((resolve, reject) => {
      const fail = (reason: Error) => {
        timer.cancel();
        reject(reason);
      };
      // What was written may be lost again by NATS: then the join begins anew.
      const late = new Error(`the watch did not show ${key} within ${SHOWN_WITHIN_MS} ms`);
      const timer = this.clock.after(SHOWN_WITHIN_MS, () => fail(late));
      const shown = () => {
        timer.cancel();
        resolve();
      };
      this.wait = { key, resolve: shown, reject: fail };
      start();
    });
  }

  isFor(key: string): boolean {
    return this.wait?.key === key;
  }

  shown(): void {
    const { wait } = this;
    this.wait = null;
    wait?.resolve();
  }

  end(): void {
    this.ended = true;
    this.wait?.reject(endedWhileJoining());
  }
}

function endedWhileJoining(): Error {
  return new Error('the incarnation ended while it was joining');
}
