/**
 * Growing pauses: after every outcome that is not final, each longer than the last, up to a bound.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pauseAfter, retry } from '../../../../src/member/kit/retry.ts';
import type { RetryReason } from '../../../../src/metrics.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { manualRandom } from '../../../support/manual-time.ts';

const policy = { firstMs: 20, factor: 2, longestMs: 500 };

test('property: a pause is within half and one and a half of what the policy says, and never shrinks for one fraction', () => {
  const positive = fc.integer({ min: 1, max: 5_000 });
  fc.assert(
    fc.property(
      positive,
      positive,
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (firstMs, longestMs, factor, fraction) => {
        const given = { firstMs: Math.min(firstMs, longestMs), factor, longestMs };
        const pauses = Array.from({ length: 40 }, (_, index) => pauseAfter(given, index + 1, fraction));
        for (const [index, ms] of pauses.entries()) {
          assert.ok(ms >= given.firstMs / 2 && ms <= longestMs * 1.5);
          assert.ok(index === 0 || ms >= (pauses[index - 1] ?? 0));
        }
      },
    ),
  );
});

test('it tries until it is done, with a pause after each failure, and counts them by reason', async () => {
  const clock = new ManualClock();
  const reasons: string[] = [];
  const at: number[] = [];
  const context = {
    clock,
    random: { ...manualRandom(), fraction: () => 0.5 },
    retried: (reason: string) => reasons.push(reason),
  };
  const answers: RetryReason[] = ['busy', 'unknown', 'unknown', 'busy', 'unknown', 'unknown', 'unknown'];
  const done = retry(context, policy, async () => {
    at.push(clock.monotonic());
    const again = answers.shift();
    return again === undefined ? { done: 'landed' } : { again };
  });
  await clock.advance(60_000);
  assert.equal(await done, 'landed');
  assert.deepEqual(reasons, ['busy', 'unknown', 'unknown', 'busy', 'unknown', 'unknown', 'unknown']);
  assert.deepEqual(
    at.slice(1).map((ms, index) => ms - (at[index] ?? 0)),
    [20, 40, 80, 160, 320, 500, 500],
  );
});
