/**
 * The randomness of one call into a game: a cryptographic stream made of drawn bytes and of what the call is for.
 *
 * Why by purpose: what one call draws must not shift what another sees. Why drawn, not derived from the game: docs/adr/0035.
 * Invariants:
 *  - The same bytes and purpose give the same stream, on every machine; neither can be told from what was drawn.
 *  - Every outcome of `int`, `pick` and `shuffle` is as likely as any other: what would favour some is drawn again.
 */
import { type Cipheriv, createCipheriv, createHmac } from 'node:crypto';
import type { Random } from './module.ts';

/** Bytes that an attempt draws. */
export const DRAWN_BYTES = 32;

const CHUNK = new Uint8Array(256);
const COUNTER = new Uint8Array(16);
const WORDS = 2 ** 32;

/** The stream of HMAC-SHA-256(bytes, purpose), as the keystream of AES-256 in counter mode. */
export function randomOf(bytes: Uint8Array, purpose: string): Random {
  const int = drawing(words(bytes, purpose));
  const shuffle = <Item>(of: readonly Item[]): Item[] => {
    const items = [...of];
    for (let last = items.length - 1; last > 0; last -= 1) {
      const chosen = int(last + 1);
      [items[last], items[chosen]] = [items[chosen] as Item, items[last] as Item];
    }
    return items;
  };
  const pick = <Item>(of: readonly Item[]): Item => {
    if (of.length === 0) throw new RangeError('random.pick: the list is empty');
    return of[int(of.length)] as Item;
  };
  return { int, shuffle, pick };
}

/** The bytes of one round of a game whose seed an administrator gave. */
export function bytesOfSeed(seed: number, round: number): Uint8Array {
  return createHmac('sha256', `minotaur seed ${seed}`).update(`round ${round}`).digest();
}

function drawing(next: () => number): (below: number) => number {
  return (below) => {
    if (!Number.isInteger(below) || below < 1 || below > WORDS) {
      throw new RangeError('random.int: must be given a whole number from 1 to 2^32');
    }
    const fair = WORDS - (WORDS % below);
    let word = next();
    while (word >= fair) word = next();
    return word % below;
  };
}

/** Whole numbers of 32 bits. Nothing is computed before the first. */
function words(bytes: Uint8Array, purpose: string): () => number {
  let cipher: Cipheriv | null = null;
  let chunk = new DataView(new ArrayBuffer(0));
  let used = 0;
  return () => {
    if (used === chunk.byteLength) {
      cipher ??= createCipheriv('aes-256-ctr', createHmac('sha256', bytes).update(purpose).digest(), COUNTER);
      const { buffer, byteOffset, byteLength } = cipher.update(CHUNK);
      chunk = new DataView(buffer, byteOffset, byteLength);
      used = 0;
    }
    used += 4;
    return chunk.getUint32(used - 4);
  };
}
