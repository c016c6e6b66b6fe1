/**
 * Ways to let simulated time pass until something has happened.
 *
 * Role: what `waitFor` is for the machine's clock, for the manual one; a limit in simulated time instead of a deadline.
 */
import assert from 'node:assert/strict';
import type { Random } from '../../src/ports/random.ts';
import type { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded.ts';

const STEP_MS = 5;

/** Lets time pass until `what` is settled, and answers it. Fails after `limitMs`. */
export async function finish<T>(clock: ManualClock, what: Promise<T>, limitMs = 30_000): Promise<T> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  what.then(note, note);
  await until(clock, 'a promise to settle', () => settled, limitMs);
  return what;
}

/** Lets time pass until `condition` holds. Fails after `limitMs`. Answers how long it took. */
export async function until(
  clock: ManualClock,
  what: string,
  condition: () => boolean,
  limitMs = 30_000,
): Promise<number> {
  const since = clock.monotonic();
  await clock.advance(0);
  while (!condition()) {
    assert.ok(clock.monotonic() - since < limitMs, `waited ${limitMs} simulated ms in vain for: ${what}`);
    await clock.advance(STEP_MS);
  }
  return clock.monotonic() - since;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** The randomness of the machine's port, from a seed. */
export function manualRandom(seed = 1): Random {
  const next = seededRandom(seed);
  return {
    fraction: next,
    token: (length) => Array.from({ length }, () => ALPHABET[Math.floor(next() * ALPHABET.length)]).join(''),
  };
}
