/**
 * Seeds that failed once keep every promise now.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from './run/explain.ts';
import { Fleet } from './run/fleet.ts';
import { keptSeeds } from './run/kept-seeds.ts';
import { makePlan } from './world/plan.ts';

const SHRINK_MS = 60_000;

test(`the ${keptSeeds.length} seeds that failed once`, async (t) => {
  await using fleet = new Fleet();
  const about = new Map(keptSeeds.map((kept) => [kept.seed, kept.about]));
  assert.equal(about.size, keptSeeds.length, 'each is listed once');
  for await (const run of fleet.runAll([...about.keys()].map(makePlan))) {
    const { seed } = run.plan;
    await t.test(`seed ${seed}: ${about.get(seed)}`, async () => {
      if (run.outcome.violations.length > 0) assert.fail(await explain(run, { shrinkMs: SHRINK_MS }));
    });
    about.delete(seed);
  }
  assert.equal(about.size, 0, 'all were run');
});
