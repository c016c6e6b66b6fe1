/**
 * Threads that run plans: nothing that a plan does to its thread is lost, hangs, or is blamed on another plan.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fleet, type FleetOptions, type Run } from '../../simulation/run/fleet.ts';
import type { Plan } from '../../simulation/world/plan.ts';
import { planOf } from './fake-plans.ts';

const world = new URL('./fake-world.ts', import.meta.url).href;

async function runAll(plans: Iterable<Plan>, options: FleetOptions = {}): Promise<readonly Run[]> {
  await using fleet = new Fleet({ world, workers: 2, ...options });
  return await Array.fromAsync(fleet.runAll(plans));
}

/** Seed → what broke. */
function broken(runs: readonly Run[]): ReadonlyMap<number, string> {
  return new Map(
    runs.flatMap(({ plan, outcome }) =>
      outcome.violations.map(({ promise, what }) => [plan.seed, `${promise}: ${what.split('\n')[0]}`] as const),
    ),
  );
}

describe('a fleet', () => {
  it('runs every plan once, on all of its threads', async () => {
    const runs = await runAll(Array.from({ length: 30 }, (_, seed) => planOf(seed)));
    assert.deepEqual(
      runs.map(({ plan }) => plan.seed).sort((one, other) => one - other),
      [...Array(30).keys()],
    );
    for (const { plan, outcome, realMs } of runs) {
      assert.equal(outcome.digest, `of ${plan.seed}`);
      assert.ok(realMs >= 0);
    }
    const firstOfThread = runs.filter(({ outcome }) => outcome.counts.runsOfThread === 1);
    assert.equal(firstOfThread.length, 2);
  });

  it('tells what the world found', async () => {
    const runs = await runAll([planOf(1), planOf(2, 'break')]);
    assert.deepEqual([...broken(runs)], [[2, 'I1: seed 2 broke it']]);
  });

  it('takes whatever ends a thread for a crash of the plan that it ran, and goes on', async () => {
    const plans = [planOf(1, 'throw'), planOf(2), planOf(3, 'reject'), planOf(4), planOf(5, 'exit'), planOf(6)];
    const runs = await runAll(plans, { workers: 1 });
    assert.deepEqual(
      runs.map(({ plan }) => plan.seed),
      [1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(
      [...broken(runs)],
      [
        [1, 'crash: Error: seed 1 threw'],
        [3, 'crash: Error: seed 3 forgot a rejection'],
        [5, 'crash: the thread ended'],
      ],
    );
  });

  it('ends a plan that spins, and one that waits in vain', { timeout: 30_000 }, async () => {
    const runs = await runAll([planOf(1, 'spin'), planOf(2), planOf(3, 'wait'), planOf(4)], {
      workers: 1,
      blockedMs: 500,
    });
    assert.deepEqual(
      runs.map(({ plan }) => plan.seed),
      [1, 2, 3, 4],
    );
    const what = 'liveness: was busy, or waited in vain, for 0.5 s';
    assert.deepEqual(
      [...broken(runs)],
      [
        [1, what],
        [3, what],
      ],
    );
  });

  it('blames no plan for a processor that others have', { timeout: 30_000 }, async () => {
    const runs = await runAll([planOf(1, 'starve'), planOf(2)], { workers: 1, blockedMs: 500 });
    assert.deepEqual([runs.length, broken(runs).size], [2, 0]);
  });

  it('asks for plans only as it gets to them', async () => {
    let asked = 0;
    function* plans() {
      for (;;) {
        asked += 1;
        yield planOf(asked);
      }
    }
    await using fleet = new Fleet({ world, workers: 2 });
    let seen = 0;
    for await (const _ of fleet.runAll(plans())) {
      seen += 1;
      if (seen === 5) break;
    }
    assert.ok(asked <= 5 + 2, `${asked} plans`);
  });

  it('ends at a signal, whatever its threads are doing', { timeout: 30_000 }, async () => {
    const abort = new AbortController();
    await using fleet = new Fleet({ world, workers: 2, signal: abort.signal });
    const seen: number[] = [];
    for await (const { plan } of fleet.runAll([planOf(1, 'spin'), planOf(2), planOf(3, 'wait'), planOf(4)])) {
      seen.push(plan.seed);
      abort.abort();
    }
    assert.deepEqual(seen, [2]);
    assert.equal(await fleet.run(planOf(5)), null);
  });

  it('leaves no thread behind', { timeout: 30_000 }, async () => {
    const threads = () => process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort').length;
    const before = threads();
    {
      await using fleet = new Fleet({ world, workers: 2 });
      for await (const _ of fleet.runAll([planOf(1), planOf(2, 'spin'), planOf(3)])) break;
      assert.ok(threads() > before);
    }
    assert.equal(threads(), before);
  });

  it('keeps a journal when asked to', async () => {
    await using fleet = new Fleet({ world, workers: 1 });
    assert.deepEqual((await fleet.run(planOf(1)))?.outcome.journal, []);
    assert.deepEqual((await fleet.run(planOf(2), { journal: true }))?.outcome.journal, ['0.5000  m1  seed 2: ']);
    const [run] = await Array.fromAsync(fleet.runAll([planOf(3)], { journal: true }));
    assert.deepEqual(run?.outcome.journal, ['0.5000  m1  seed 3: ']);
  });

  it('rejects when there is no world to run plans in', async () => {
    await assert.rejects(
      runAll([planOf(1)], { world: new URL('./no-world.ts', import.meta.url).href }),
      /does not load/,
    );
    await assert.rejects(runAll([planOf(1)], { defect: 'no such defect' }), /there is no defect "no such defect"/);
  });
});
