/**
 * All randomness of a world, from one seed: a stream for each purpose.
 *
 * Why streams: what one part draws must not change what another one gets. So a fault can be taken out of a schedule and everything else
 * still happens as far as it did not depend on that fault.
 */
import { hash32 } from '../../../src/cluster/slot-hash.ts';
import type { Random as RandomPort } from '../../../src/ports/random.ts';
import { type Random, seededRandom } from '../../support/seeded.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

export class Streams {
  readonly #seed: number;
  readonly #named = new Map<string, Random>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The one stream of that name. */
  get(name: string): Random {
    const stream = this.#named.get(name) ?? seededRandom(hash32(`${this.#seed} ${name}`));
    this.#named.set(name, stream);
    return stream;
  }

  /** The port of a member, from the stream of that name. */
  port(name: string): RandomPort {
    const next = this.get(name);
    return {
      fraction: next,
      token: (length) => {
        let token = '';
        while (token.length < length) token += ALPHABET[Math.floor(next() * ALPHABET.length)];
        return token;
      },
    };
  }
}

export function between(random: Random, least: number, most: number): number {
  return least + random() * (most - least);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[Math.floor(random() * from.length)];
  if (picked === undefined) throw new Error('nothing to pick from');
  return picked;
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}
