/**
 * Seeded randomness for tests that choose their own mischief: the same seed, the same choices.
 *
 * The seed is taken from TEST_SEED, else from the clock; a test prints it.
 */

/** In [0, 1). */
export type Random = () => number;

export function chooseSeed(): number {
  return Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
}

/** mulberry32, by Tommy Ettinger (public domain). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
