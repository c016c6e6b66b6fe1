/**
 * What a failing seed looks like on paper.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { explain } from '../../simulation/run/explain.ts';
import type { Run } from '../../simulation/run/fleet.ts';
import { readOptions } from '../../simulation/run/options.ts';
import { type Finding, report } from '../../simulation/run/report.ts';
import { Totals } from '../../simulation/run/totals.ts';
import type { Outcome } from '../../simulation/world/world.ts';
import { planOf } from './fake-plans.ts';

const world = new URL('./fake-world.ts', import.meta.url).href;
const journal = Array.from({ length: 400 }, (_, line) => `${(line / 250).toFixed(4).padStart(9)}  m1  line ${line}`);
const outcome: Outcome = {
  violations: [
    { promise: 'I2', what: 'it broke', at: 1_234.5 },
    { promise: 'I3', what: 'and that', at: 2_000 },
  ],
  simulatedMs: 60_000,
  events: 5,
  counts: { 'asked act': 1_000, 'asked create': 7, retries: 2, 'fault crash': 1 },
  journal,
  digest: 'd',
};
const found: Run = { plan: planOf(77, 'crash', 'cut', 'stall'), outcome: { ...outcome, journal: [] }, realMs: 100 };
const shrunk = { plan: planOf(77, 'cut'), runs: 12, isMinimal: true };
const finding: Finding = { found, defect: null, shrunk, again: outcome };
const lines = (text: string) => text.split('\n');

describe('a report', () => {
  it('says what broke, what is enough for it, and how to see it again', () => {
    const text = lines(report(finding));
    assert.deepEqual(text.slice(0, 9), [
      'Seed 77 fails: I2',
      '  1.234 s  I2: it broke',
      '  2.000 s  I3: and that',
      '',
      'Faults (1 of 3 are enough; runs tried: 12):',
      '  0.000 s  cut  ',
      '',
      'See it again: npm run simulate -- --seed 77',
      '',
    ]);
  });

  it('shows the first of many violations', () => {
    const violations = Array.from({ length: 30 }, (_, at) => ({ promise: 'I2', what: `it broke ${at}`, at }));
    const text = lines(report({ ...finding, found: { ...found, outcome: { ...outcome, violations } } }));
    assert.deepEqual(text.slice(10, 13), ['  0.009 s  I2: it broke 9', '  and 20 more', '']);
  });

  it('ends with what happened up to the violation', () => {
    const text = lines(report(finding)).slice(9);
    assert.match(text[0] ?? '', /the last 150 of 400 lines/);
    assert.deepEqual(text.slice(1), journal.slice(159, 309));
  });

  it('shows the whole history when asked to', () => {
    assert.deepEqual(lines(report(finding, { isWhole: true })).slice(-400), journal);
  });

  it('names the defect, also in the command', () => {
    const text = report({ ...finding, defect: 'no-claim' });
    assert.match(text, /^Seed 77 with the defect "no-claim" fails: I2\n/);
    assert.match(text, /--seed 77 --defect no-claim\n/);
  });

  it('says what it does not know', () => {
    const says = (other: Partial<Finding>, what: RegExp) => assert.match(report({ ...finding, ...other }), what);
    says({ shrunk: null }, /Faults \(3, not shortened\):\n.*crash.*\n.*cut.*\n.*stall/);
    says({ shrunk: { ...shrunk, isMinimal: false } }, /runs tried: 12, stopped early/);
    says({ shrunk: { ...shrunk, plan: planOf(77) } }, /No fault is needed: it breaks without any of the 3/);
    says({ again: { ...outcome, violations: [] } }, /did not break again/);
    says({ again: { ...outcome, journal: [] } }, /no journal/);
  });
});

describe('the way to a report', () => {
  const run = async (...kinds: string[]): Promise<Run> => {
    const violations = [{ promise: 'I1', what: 'seed 5 broke it', at: 1_000 }];
    return { plan: planOf(5, ...kinds), outcome: { ...outcome, journal: [], violations }, realMs: 1 };
  };

  it('shortens the schedule, and runs it again with a journal', async () => {
    const text = await explain(await run('x', 'break', 'y', 'z'), { world, shrinkMs: 30_000 });
    assert.match(text, /Faults \(1 of 4 are enough; runs tried: \d\):\n.*break/);
    assert.match(text, /\n0.5000 {2}m1 {2}seed 5: break$/);
  });

  it('leaves the schedule as it is when it has no time', async () => {
    assert.match(await explain(await run('x', 'break'), { world, shrinkMs: 0 }), /Faults \(2, not shortened\)/);
  });

  it('stops shortening when the time is up', { timeout: 30_000 }, async () => {
    const text = await explain(await run('wait', 'break', 'y', 'z'), { world, shrinkMs: 300, blockedMs: 500 });
    assert.match(text, /stopped early/);
  });
});

describe('the sum of many runs', () => {
  it('counts seeds, failures, time, events, operations and faults', () => {
    const totals = new Totals();
    totals.add(found);
    totals.add({ ...found, outcome: { ...outcome, violations: [] } });
    assert.match(totals.line(), /^2 seeds, 1 failed, 2\.0 simulated minutes in 0 s$/);
    const [verdict, speed, ...counts] = totals.lines();
    assert.equal(verdict, '2 seeds: 1 broke a promise');
    assert.match(speed ?? '', / 600 × real time on each core$/);
    assert.deepEqual(counts, ['events 10', 'asked 2,014: act 2,000, create 14', 'retries 4', 'fault crash 2']);
  });
});

describe('the command line', () => {
  const workOf = (...args: string[]) => readOptions(args).work;
  const always = Number.POSITIVE_INFINITY;

  it('knows what to run', () => {
    assert.deepEqual(workOf(), { kind: 'hunt', from: null, seeds: always, ms: 60_000 });
    assert.deepEqual(workOf('--seed', '0'), { kind: 'hunt', from: 0, seeds: 1, ms: always });
    assert.deepEqual(workOf('--seeds', '9', '--from', '4294967295'), {
      kind: 'hunt',
      from: 4_294_967_295,
      seeds: 9,
      ms: always,
    });
    assert.deepEqual(workOf('--minutes', '0.5'), { kind: 'hunt', from: null, seeds: always, ms: 30_000 });
    assert.deepEqual(workOf('--defects'), { kind: 'defects', from: null, seeds: null });
    assert.deepEqual(workOf('--help', '--seed', 'x'), { kind: 'help' });
  });

  it('refuses what makes no sense', () => {
    for (const args of [
      ['--seed', '4294967296'],
      ['--seed', '-1'],
      ['--seed', '1.5'],
      ['--seeds', '0'],
      ['--minutes', '0'],
      ['--minutes', 'ten'],
      ['--workers', '0'],
      ['--seed', '1', '--seeds', '2'],
      ['--seed', '1', '--defects'],
      ['--defects', '--defect', 'no-claim'],
      ['--unknown'],
      ['seed'],
    ]) {
      assert.throws(() => readOptions(args), args.join(' '));
    }
  });
});
