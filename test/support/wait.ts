/**
 * Waiting for conditions: the only way in which the tests wait.
 *
 * Role: polls a condition until it holds or a deadline passes. A test never sleeps for a fixed time and hopes.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Resolves with the first truthy value of `probe`. A probe that throws counts as "not yet".
 * Rejects after `timeoutMs` (default 15,000), naming `what` and the last error.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 25 }: WaitOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown = null;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      lastError = null;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      const because =
        lastError === null ? '' : ` (last: ${lastError instanceof Error ? lastError.message : lastError})`;
      throw new Error(`waited ${timeoutMs} ms in vain for: ${what}${because}`);
    }
    await delay(everyMs);
  }
}

/** A short pause between two attempts of the same thing; never a way to wait for something else. */
export const pauseBetweenTries = (ms: number): Promise<void> => delay(ms);
