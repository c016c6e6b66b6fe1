/**
 * Small numbers as text, six bits a character.
 *
 * Role: how a world keeps its passages and what was seen, so that the largest one fits: a radius of 100 has 30,301 hexes,
 * whose passages take 15 KB and whose being known takes 5 KB a character.
 * Why this alphabet (base64url): JSON escapes none of it.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values = new Uint8Array(128);
for (let value = 0; value < 64; value += 1) values[alphabet.charCodeAt(value)] = value;

/** Six bits as one character. */
export function toCharacter(bits: number): string {
  return alphabet[bits & 63] as string;
}

/** The six bits of the character at `index`; none beyond the end. */
export function bitsAt(text: string, index: number): number {
  return values[text.charCodeAt(index) & 127] as number;
}

/** A number of six bits for each character. */
function pack(sixes: Uint8Array): string {
  let text = '';
  for (const bits of sixes) text += toCharacter(bits);
  return text;
}

function unpack(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, index) => bitsAt(text, index));
}

/** Text that is a set of the numbers below `size`. */
export const packedPattern = /^[A-Za-z0-9_-]*$/;

function setLength(size: number): number {
  return Math.ceil(size / 6);
}

export function emptySet(size: number): string {
  return 'A'.repeat(setLength(size));
}

export function isInSet(set: string, number: number): boolean {
  return ((bitsAt(set, Math.floor(number / 6)) >> (number % 6)) & 1) === 1;
}

/** The set with these numbers in it as well. */
export function withNumbers(set: string, numbers: Iterable<number>): string {
  const sixes = unpack(set);
  let grown = false;
  for (const number of numbers) {
    const at = Math.floor(number / 6);
    const before = sixes[at] as number;
    sixes[at] = before | (1 << (number % 6));
    grown ||= sixes[at] !== before;
  }
  return grown ? pack(sixes) : set;
}
