/** The slot of a game: fixed for ever, and evenly spread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash32, slotOf } from '../../../src/cluster/slot-hash.ts';

test('the hash never changes: sessions are stored by it', () => {
  const vectors: readonly (readonly [string, number])[] = [
    ['', 2872998923],
    ['a', 444641715],
    ['ABC', 1906700204],
    ['K7Q2M9XD', 3472672512],
    ['minotaur-0#127', 3513093016],
  ];
  for (const [text, expected] of vectors) assert.equal(hash32(text), expected, text);
});

test('the slot of a game never changes', () => {
  const vectors: readonly (readonly [string, number, number])[] = [
    ['ABC', 256, 172],
    ['K7Q2M9XD', 256, 0],
    ['00000000', 256, 84],
    ['ABC', 7, 3],
    ['K7Q2M9XD', 4096, 1792],
    ['x', 1, 0],
  ];
  for (const [id, slots, expected] of vectors) assert.equal(slotOf(id, slots), expected, `${id} of ${slots}`);
});

test('the hash is FNV-1a followed by the finaliser of MurmurHash3', () => {
  for (const text of ['', 'a', 'foobar', 'K7Q2M9XD', 'minotaur-0#127'])
    assert.equal(hash32(text), reference(text), text);
  // Published vectors of FNV-1a, 32 bit.
  assert.deepEqual(['', 'a', 'foobar'].map(fnv1a), [0x811c9dc5n, 0xe40c292cn, 0xbf9cf968n]);
});

test('texts that differ in their last character land far apart on the circle', () => {
  const points = [...'0123456789'].map((digit) => hash32(`minotaur-0#${digit}`)).sort((a, b) => a - b);
  const widest = Math.max(...points.map((point, index) => (points[index + 1] ?? (points[0] ?? 0) + 2 ** 32) - point));
  assert.ok(widest < 2 ** 31, 'ten points leave half of the circle empty');
});

test('ids that differ in one character spread evenly', () => {
  const slots = 256;
  const games = 200 * slots;
  const counts = new Array<number>(slots).fill(0);
  for (let game = 0; game < games; game += 1) {
    const slot = slotOf(`GAME${String(game).padStart(6, '0')}`, slots);
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  // Chi-squared with 255 degrees of freedom: mean 255, deviation 22.6.
  const chiSquared = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
  assert.ok(chiSquared > 165 && chiSquared < 345, `chi-squared ${chiSquared}`);
});

const MASK = 0xffffffffn;

function fnv1a(text: string): bigint {
  return [...Buffer.from(text)].reduce((hash, byte) => ((hash ^ BigInt(byte)) * 0x01000193n) & MASK, 0x811c9dc5n);
}

function reference(text: string): number {
  let hash = fnv1a(text);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & MASK;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & MASK;
  return Number(hash ^ (hash >> 16n));
}
