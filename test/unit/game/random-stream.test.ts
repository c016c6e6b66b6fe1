/** The randomness of a call into a game: repeatable by its bytes and purpose, and fair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfSeed, randomOf } from '../../../src/game/random-stream.ts';

const bytes = new Uint8Array(32).fill(7);
const draws = (random: ReturnType<typeof randomOf>, below = 1_000_000) =>
  Array.from({ length: 200 }, () => random.int(below));

test('the same bytes and purpose draw the same; another byte or purpose draws something else', () => {
  const first = draws(randomOf(bytes, 'resolve'));
  assert.deepEqual(draws(randomOf(bytes, 'resolve')), first);
  assert.notDeepEqual(draws(randomOf(bytes, 'order')), first);
  assert.notDeepEqual(draws(randomOf(new Uint8Array(32).fill(8), 'resolve')), first);
});

test('a known answer: the stream is the same on every machine and in every version', () => {
  const random = randomOf(bytes, 'setup');
  assert.deepEqual(
    [random.int(100), random.int(100), random.int(2 ** 32), random.shuffle([1, 2, 3, 4, 5])],
    [90, 28, 3_161_490_008, [1, 5, 3, 4, 2]],
  );
});

test('whole numbers below a bound, each as often as any other', () => {
  const random = randomOf(bytes, 'fair');
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let time = 0; time < 70_000; time += 1) {
    const drawn = random.int(7);
    counts[drawn] = (counts[drawn] ?? Number.NaN) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts));
  // 2^32 is no multiple of 3 * 2^30: without drawing again the lower numbers would come twice as often.
  const large = 3 * 2 ** 30;
  const low = draws(randomOf(bytes, 'low'), large).filter((drawn) => drawn < large / 3).length;
  assert.ok(low < 100, String(low));
});

test('a bound that is none is refused', () => {
  const random = randomOf(bytes, 'wrong');
  for (const below of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) assert.throws(() => random.int(below), RangeError);
  assert.throws(() => random.pick([]), RangeError);
  assert.equal(random.int(1), 0);
});

test('every order of a shuffle comes, and the list stays as it was', () => {
  const random = randomOf(bytes, 'orders');
  const list = Object.freeze(['a', 'b', 'c']);
  const orders = new Map<string, number>();
  for (let time = 0; time < 6_000; time += 1) {
    const order = random.shuffle(list).join('');
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  assert.equal(orders.size, 6);
  for (const count of orders.values()) assert.ok(Math.abs(count - 1_000) < 150, String([...orders]));
});

test('the bytes of a seed differ by round and by seed', () => {
  const all = [bytesOfSeed(1, 1), bytesOfSeed(1, 2), bytesOfSeed(2, 1)].map((each) =>
    Buffer.from(each).toString('hex'),
  );
  assert.equal(new Set(all).size, 3);
  assert.deepEqual(bytesOfSeed(1, 1), bytesOfSeed(1, 1));
});
