/**
 * Seeds that nobody has run before keep every promise.
 *
 * SIMULATION_SEEDS says how many (default 10: about one world in 1,000 still breaks a promise, and a run has to tell what a change broke;
 * campaigns of thousands are for `npm run simulate`). They differ each time: a failure names its seed, which fails again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from './run/explain.ts';
import { Fleet } from './run/fleet.ts';
import { plansFrom, randomBase } from './run/seeds.ts';
import { Totals } from './run/totals.ts';

const SHRINK_MS = 120_000;
const count = Number(process.env.SIMULATION_SEEDS ?? 10);
const base = randomBase();

test(`${count} seeds from ${base} on keep every promise`, async (t) => {
  assert.ok(Number.isSafeInteger(count) && count > 0, 'SIMULATION_SEEDS is a number of seeds');
  const totals = new Totals();
  await using fleet = new Fleet();
  for await (const run of fleet.runAll(plansFrom(base, count))) {
    totals.add(run);
    if (run.outcome.violations.length === 0) continue;
    await fleet[Symbol.asyncDispose]();
    assert.fail(await explain(run, { shrinkMs: SHRINK_MS }));
  }
  assert.equal(totals.runs, count);
  for (const line of totals.lines()) t.diagnostic(line);
});
