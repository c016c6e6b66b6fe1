/** What one socket may send: so many a second, and a burst. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from '../../../../src/http/socket/token-bucket.ts';

test('a burst of two seconds, then as many a second as agreed', () => {
  const bucket = new TokenBucket(10, 500);
  const taken = (nowMs: number) => {
    let count = 0;
    while (count < 1_000 && bucket.take(nowMs)) count += 1;
    return count;
  };
  assert.equal(taken(500), 20);
  assert.equal(taken(599), 0);
  assert.equal(taken(600), 1);
  assert.equal(taken(1_600), 10);
  assert.equal(taken(60_000), 20);
});

test('no span of time lets more through than is promised', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), gaps, (perSecond, waits) => {
      const bucket = new TokenBucket(perSecond, 0);
      const times: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        if (bucket.take(now)) times.push(now);
      }
      for (const [first, from] of times.entries()) {
        for (let last = first; last < times.length; last += 1) {
          const seconds = ((times[last] ?? from) - from) / 1000;
          assert.ok(last - first + 1 <= perSecond * (seconds + 2) + 1e-6);
        }
      }
    }),
    { numRuns: 200 },
  );
});
