/**
 * The simulation finds every deliberate defect, so it would find a mistake like it.
 *
 * Each starts from a fixed seed: which seeds find a defect changes only when src or the world does.
 */
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { after, describe, it } from 'node:test';
import { defects } from './defects/defects.ts';
import { firstSeeds } from './defects/first-seeds.ts';
import { catchDefect, DEFECT_BASE, DEFECT_SEEDS, SoundCode } from './run/catch-defect.ts';
import { headline } from './run/report.ts';

describe('deliberate defects', { concurrency: availableParallelism() }, () => {
  const sound = new SoundCode();
  after(() => sound[Symbol.asyncDispose]());
  for (const { name, about } of defects) {
    it(name, async (t) => {
      const caught = await catchDefect(name, { sound, base: firstSeeds[name] ?? DEFECT_BASE });
      if (caught === null) assert.fail(`not caught in ${DEFECT_SEEDS} seeds: ${about}`);
      const { seed, seeds, violation } = caught;
      t.diagnostic(`caught after ${seeds} seeds (${seed}): ${headline(violation)}`);
    });
  }
});
