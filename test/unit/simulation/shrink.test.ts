/**
 * The search for the smallest failing schedule: what it leaves, and how much it tries for that.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Progress, type ShrinkOptions, shrink } from '../../simulation/run/shrink.ts';
import type { Outcome } from '../../simulation/world/world.ts';
import { kindsOf, planOf } from './fake-plans.ts';

const SEED = 4;
const crowd = (...culprits: readonly string[]) => {
  const kinds = Array.from({ length: 40 }, (_, index) => `innocent ${index}`);
  for (const [index, culprit] of culprits.entries()) kinds.splice(7 + 13 * index, 0, culprit);
  return planOf(SEED, ...kinds);
};
const broken = (...promises: readonly string[]): Outcome => ({
  violations: promises.map((promise) => ({ promise, what: 'it broke', at: 0 })),
  simulatedMs: 0,
  events: 0,
  counts: {},
  journal: [],
  digest: '',
});

/** Plays a world that `breaks`, and counts how often it is asked. */
function world(breaks: (kinds: readonly string[]) => readonly string[]) {
  const asked: string[] = [];
  const run: ShrinkOptions['run'] = async (plan) => {
    assert.equal(plan.seed, SEED);
    asked.push(kindsOf(plan).join());
    return broken(...breaks(kindsOf(plan)));
  };
  return { run, asked };
}

const all = (kinds: readonly string[], ...needed: readonly string[]) => needed.every((kind) => kinds.includes(kind));

describe('the search for a smaller schedule', () => {
  it('finds one fault that is enough, in few runs', async () => {
    const { run, asked } = world((kinds) => (all(kinds, 'a') ? ['I1'] : []));
    const { plan, runs, isMinimal } = await shrink(crowd('a'), { promise: 'I1', run });
    assert.deepEqual([kindsOf(plan), isMinimal], [['a'], true]);
    assert.equal(runs, asked.length);
    assert.ok(runs <= 20, `${runs} runs`);
  });

  it('finds several that are needed together, in their order', async () => {
    const { run } = world((kinds) => (all(kinds, 'a', 'b', 'c') ? ['I1'] : []));
    const { plan, runs, isMinimal } = await shrink(crowd('a', 'b', 'c'), { promise: 'I1', run });
    assert.deepEqual([kindsOf(plan), isMinimal], [['a', 'b', 'c'], true]);
    assert.ok(runs <= 100, `${runs} runs`);
  });

  it('finds that none is needed', async () => {
    const { run } = world(() => ['I1']);
    const { plan, runs } = await shrink(crowd('a'), { promise: 'I1', run });
    assert.deepEqual([kindsOf(plan), runs], [[], 1]);
  });

  it('keeps to the promise that was broken', async () => {
    const { run } = world((kinds) => (all(kinds, 'a') ? ['I2', 'I1'] : ['I2']));
    const { plan } = await shrink(crowd('a'), { promise: 'I1', run });
    assert.deepEqual(kindsOf(plan), ['a']);
  });

  it('leaves nothing that can be left out, even where two lone faults each suffice', async () => {
    const { run } = world((kinds) => (all(kinds, 'a') || all(kinds, 'b', 'c') ? ['I1'] : []));
    const { plan } = await shrink(crowd('a', 'b', 'c'), { promise: 'I1', run });
    assert.ok(['a', 'b,c'].includes(kindsOf(plan).join()), kindsOf(plan).join());
  });

  it('runs no schedule twice', async () => {
    const { run, asked } = world((kinds) => (all(kinds, 'a', 'b', 'c') ? ['I1'] : []));
    await shrink(crowd('a', 'b', 'c'), { promise: 'I1', run });
    assert.equal(new Set(asked).size, asked.length);
  });

  it('stops after as many runs as it may have, with a schedule that still fails', async () => {
    const breaks = (kinds: readonly string[]) => (all(kinds, 'a', 'b') ? ['I1'] : []);
    const { run, asked } = world(breaks);
    const { plan, runs, isMinimal } = await shrink(crowd('a', 'b'), { promise: 'I1', run, mostRuns: 9 });
    assert.deepEqual([asked.length, runs, isMinimal], [9, 9, false]);
    assert.deepEqual(breaks(kindsOf(plan)), ['I1']);
    assert.ok(plan.faults.length < 42);
  });

  it('stops when it is told to', async () => {
    const { run, asked } = world((kinds) => (all(kinds, 'a') ? ['I1'] : []));
    const untilFive = async (plan: Parameters<typeof run>[0]) => (asked.length < 5 ? run(plan) : null);
    const { runs, isMinimal } = await shrink(crowd('a'), { promise: 'I1', run: untilFive });
    assert.deepEqual([runs, isMinimal], [5, false]);
  });

  it('says how far it is', async () => {
    const said: Progress[] = [];
    const { run } = world((kinds) => (all(kinds, 'a') ? ['I1'] : []));
    const { runs } = await shrink(crowd('a'), { promise: 'I1', run, progress: (so) => said.push(so) });
    assert.deepEqual(
      said.map((so) => so.runs),
      Array.from({ length: runs }, (_, index) => index + 1),
    );
    assert.equal(said[0]?.faults, 41);
  });
});
