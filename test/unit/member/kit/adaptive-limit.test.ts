/**
 * The limit that follows the store: bounded whatever it is told, growing while answers are quick, shrinking once for one outage, never for good.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AdaptiveLimit, type LimitPolicy } from '../../../../src/member/kit/adaptive-limit.ts';

const POLICY: LimitPolicy = { least: 4, first: 16, most: 128, quickMs: 25, slowMs: 1_000 };

/** What the limit was told: how long something took, and how much was under way beside it. */
const answers = fc.array(
  fc.record({ afterMs: fc.nat(400), tookMs: fc.nat(4_000), underWay: fc.integer({ min: 1, max: 200 }) }),
  { maxLength: 200 },
);

function limited(): AdaptiveLimit {
  return new AdaptiveLimit(POLICY);
}

/** Tells it what took so long; where that has got to, monotonic ms. */
function tell(limit: AdaptiveLimit, given: readonly { afterMs: number; tookMs: number; underWay: number }[]): number {
  let now = 10_000;
  for (const { afterMs, tookMs, underWay } of given) {
    now += afterMs;
    limit.ended(now - tookMs, now, underWay);
  }
  return now;
}

/** `count` answers one after another, each after `tookMs`, with every place in use. */
function answer(limit: AdaptiveLimit, from: number, count: number, tookMs: number): number {
  let now = from;
  for (let left = count; left > 0; left -= 1) {
    now += 1;
    limit.ended(now - tookMs, now, limit.current);
  }
  return now;
}

/** Keeps `limit` places in use of a store that answers after `latencyMs` at the earliest, and `perMs` of them a millisecond. */
function keepBusy(limit: AdaptiveLimit, latencyMs: number, perMs: number, ms: number, from = 0) {
  const sent: { readonly at: number; readonly due: number }[] = [];
  let [free, done, slowest] = [from, 0, 0];
  for (let now = from; now < from + ms; now += 1) {
    for (let first = sent[0]; first !== undefined && first.due <= now; first = sent[0]) {
      limit.ended(first.at, now, sent.length);
      sent.shift();
      done += 1;
      if (now > from + ms / 2) slowest = Math.max(slowest, now - first.at);
    }
    while (sent.length < limit.current) {
      free = Math.max(free, now) + 1 / perMs;
      sent.push({ at: now, due: Math.max(free, now + latencyMs) });
    }
  }
  return { perMs: done / ms, slowest };
}

test('property: it stays between its bounds, in whole numbers, and the same answers make the same limit', () => {
  fc.assert(
    fc.property(answers, (given) => {
      const [one, other] = [limited(), limited()];
      let now = 10_000;
      for (const { afterMs, tookMs, underWay } of given) {
        now += afterMs;
        for (const limit of [one, other]) limit.ended(now - tookMs, now, underWay);
        assert.ok(one.current >= POLICY.least && one.current <= POLICY.most && Number.isInteger(one.current));
        assert.equal(other.current, one.current);
      }
    }),
  );
});

test('property: whatever happened, it recovers once answers are quick again', () => {
  fc.assert(
    fc.property(answers, fc.nat(25), (given, tookMs) => {
      const limit = limited();
      answer(limit, tell(limit, given), POLICY.most - POLICY.least, tookMs);
      assert.equal(limit.current, POLICY.most);
    }),
  );
});

test('property: what comes back slowly, and was under way together, shrinks it once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1_001, max: 60_000 }), (count, tookMs) => {
      const limit = limited();
      const began = answer(limit, 1_000, 200, 2);
      for (let index = 0; index < count; index += 1) limit.ended(began, began + tookMs + index, count);
      assert.equal(limit.current, POLICY.most / 2);
      // What began after that is another reason.
      limit.ended(began + tookMs, began + 2 * tookMs + 2_000, count);
      assert.equal(limit.current, POLICY.most / 4);
    }),
  );
});

test('an answer that is neither quick nor slow changes nothing; nor a quick one, while places are free', () => {
  const limit = limited();
  const now = answer(limit, 1_000, 1, 2);
  const before = limit.current;
  limit.ended(now - 26, now, limit.current);
  limit.ended(now - 100, now, limit.current);
  limit.ended(now - 2, now, Math.floor(limit.current / 2) - 1);
  assert.equal(limit.current, before);
  limit.ended(now - 101, now, limit.current);
  assert.equal(limit.current, Math.floor(before / 2));
});

test('a store that is far is not a slow one: it grows by what is quick there, and a second is slow anywhere', () => {
  const limit = limited();
  const now = answer(limit, 1_000, 200, 400);
  assert.equal(limit.current, POLICY.most);
  limit.ended(now - 1_001, now, POLICY.most);
  assert.equal(limit.current, POLICY.most / 2);
});

test('a store that moves away is found out about: what was quick before is forgotten', () => {
  const limit = limited();
  let now = answer(limit, 1_000, 200, 1);
  for (let second = 0; second < 30; second += 1) now = answer(limit, now + 900, 100, 150);
  assert.equal(limit.current, POLICY.most);
});

test('property: it keeps a store busy, and what is asked waits for about four times as long as there is nobody else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 10 }), (latencyMs, perMs) => {
      const limit = limited();
      const found = keepBusy(limit, latencyMs, perMs, 4_000);
      const possible = Math.min(perMs, POLICY.most / latencyMs);
      assert.ok(found.perMs > 0.8 * possible, `${found.perMs} a ms of ${possible}`);
      assert.ok(found.slowest <= Math.max(4 * 25, 8 * latencyMs) + 2, `${found.slowest} ms`);
    }),
    { numRuns: 60 },
  );
});

test('however long an outage lasts, some are tried', () => {
  const limit = limited();
  for (let now = 10_000; now < 200_000; now += 2_500) limit.ended(now - 2_000, now, limit.current);
  assert.equal(limit.current, POLICY.least);
});

test('after an outage it is where it was, within as many answers', () => {
  const limit = limited();
  const before = keepBusy(limit, 5, 10, 2_000).perMs;
  answer(limit, 2_000, 4, 5_000);
  answer(limit, 12_000, 4, 5_000);
  assert.ok(limit.current < POLICY.most / 2);
  assert.ok(keepBusy(limit, 5, 10, 2_000, 20_000).perMs > 0.9 * before);
});
