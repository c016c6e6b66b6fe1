/**
 * Equal reads that wait share one that has not begun.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { EQUAL_AT_ONCE, SharedReads } from '../../../../src/member/gateway/shared-reads.ts';

let reads: SharedReads<number>;
/** Ends the reads that were begun, each with its number. */
let under: { readonly end: () => void; readonly fail: () => void }[];

beforeEach(() => {
  reads = new SharedReads();
  under = [];
});

const begin = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const number = under.length;
    under.push({ end: () => resolve(number), fail: () => reject(new Error('failed')) });
  });

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('the first ones go by themselves; those that come meanwhile share the next', async () => {
  const first = Array.from({ length: EQUAL_AT_ONCE }, () => reads.share('G', begin));
  const late = [reads.share('G', begin), reads.share('G', begin), reads.share('G', begin)];
  assert.equal(under.length, EQUAL_AT_ONCE);
  under[0]?.end();
  assert.equal(await first[0], 0);
  await settled();
  assert.equal(under.length, EQUAL_AT_ONCE + 1);
  under[EQUAL_AT_ONCE]?.end();
  assert.deepEqual(await Promise.all(late), [EQUAL_AT_ONCE, EQUAL_AT_ONCE, EQUAL_AT_ONCE]);
});

test('nobody joins a read that has begun: a command may have been acknowledged since', async () => {
  const all = Array.from({ length: EQUAL_AT_ONCE }, () => reads.share('G', begin));
  all.push(reads.share('G', begin));
  under[0]?.end();
  await settled();
  assert.equal(under.length, EQUAL_AT_ONCE + 1, 'the shared one has begun');
  const after = reads.share('G', begin);
  under[EQUAL_AT_ONCE]?.end();
  await settled();
  under[EQUAL_AT_ONCE + 1]?.end();
  assert.equal(await after, EQUAL_AT_ONCE + 1);
});

test('different reads share nothing', () => {
  for (const key of ['A', 'B', 'C']) void reads.share(key, begin);
  assert.equal(under.length, 3);
});

test('one that fails, fails for those that share it, and the next begins', async () => {
  const first = Array.from({ length: EQUAL_AT_ONCE }, () => reads.share('G', begin));
  const late = [reads.share('G', begin), reads.share('G', begin)];
  under[0]?.fail();
  await assert.rejects(first[0] ?? Promise.resolve());
  await settled();
  under[EQUAL_AT_ONCE]?.fail();
  for (const one of late) await assert.rejects(one);
});

test('nothing is kept of reads that are over', async () => {
  for (let time = 0; time < 3; time += 1) {
    const all = Array.from({ length: 5 }, () => reads.share('G', begin));
    for (let left = under.length; left > 0; left -= 1) {
      for (const { end } of under) end();
      await settled();
    }
    await Promise.all(all);
  }
  assert.equal((Reflect.get(reads, 'groups') as Map<string, unknown>).size, 0);
});
