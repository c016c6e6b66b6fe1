/**
 * Comparing with the bare thing: both measured in turn, so that what the machine does meanwhile meets both.
 */
import type { Reading } from './bench.ts';

const rounds = 2;

/** Measures ours, bare, ours, bare; the means. */
export async function alternate(ours: () => Promise<number>, bare: () => Promise<number>): Promise<Required<Reading>> {
  let value = 0;
  let bareValue = 0;
  for (let round = 0; round < rounds; round += 1) {
    value += (await ours()) / rounds;
    bareValue += (await bare()) / rounds;
  }
  return { value, bare: bareValue };
}
