/** Which test files run when, and in which process; and that ports which they are given are theirs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { carryOut, planOf } from '../../runner/plan.ts';
import { filesOf, root, suites } from '../../runner/suites.ts';
import { freePort, freePortRange } from '../../support/ports.ts';

test('every file that a suite names is one of its files', () => {
  for (const suite of suites) {
    const named = [...(suite.longest ?? []), ...Object.keys(suite.alone ?? {})];
    assert.deepEqual(
      named.filter((file) => !existsSync(join(root, file)) || !filesOf(suite).includes(file)),
      [],
    );
  }
});

const files = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 30 });
const some = (names: readonly string[]) => fc.subarray([...names]);
const suite = files.chain((all) =>
  fc.record({
    all: fc.constant(all),
    longest: some(all),
    alone: some(all),
    perProcess: fc.integer({ min: 1, max: 9 }),
  }),
);

test('each file is planned once, the longest first, none beside one that runs alone', () => {
  fc.assert(
    fc.property(suite, fc.boolean(), ({ all, longest, alone, perProcess }, apart) => {
      const reasons = Object.fromEntries(alone.map((file) => [file, 'a reason']));
      const plan = planOf({ longest, alone: reasons, perProcess }, all, apart);
      assert.deepEqual([...plan.together, ...plan.alone].flat().toSorted(), all.toSorted());
      assert.deepEqual(plan.alone.flat().toSorted(), alone.toSorted());
      const first = longest.filter((file) => !alone.includes(file));
      assert.deepEqual(
        plan.together.slice(0, first.length),
        first.map((file) => [file]),
      );
      for (const batch of plan.together) assert.ok(batch.length <= (apart ? 1 : perProcess));
    }),
  );
});

test('so many run at once; one that runs alone has nothing beside it; after a stop nothing begins', async () => {
  const plan = { together: ['a', 'b', 'c', 'd'].map((file) => [file]), alone: [['e'], ['f']] };
  const began: string[] = [];
  const beside: number[] = [];
  let running = 0;
  const run = async (batch: readonly string[]) => {
    running += 1;
    began.push(...batch);
    beside.push(running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await carryOut(plan, 2, () => false, run);
  assert.equal(began.join(''), 'abcdef');
  assert.deepEqual([Math.max(...beside), ...beside.slice(-2)], [2, 1, 1]);
  began.length = 0;
  await carryOut(plan, 2, () => began.length > 0, run);
  assert.equal(began.join(''), 'a');
});

/** What processes say that ask for `count` ports each, while all of them live. They begin where this one began. */
async function portsOfOthers(t: { after(end: () => void): void }, processes: number, count: number): Promise<number[]> {
  const module = join(root, 'test/support/ports.ts');
  const script = `Object.defineProperty(process, 'pid', { value: ${process.pid} });
    const { freePort } = await import(${JSON.stringify(module)});
    const ports = await Promise.all(Array.from({ length: ${count} }, freePort));
    console.log(JSON.stringify(ports)); process.stdin.resume();`;
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  t.after(() => children.map((child) => child.kill()));
  const printed = children.map(async ({ stdout }) => {
    for await (const line of stdout.setEncoding('utf8')) return JSON.parse(line) as number[];
    return [];
  });
  return (await Promise.all(printed)).flat();
}

test('no port is given twice, to whichever process, though nobody listens on it', async (t) => {
  const own = await Promise.all(Array.from({ length: 120 }, freePort));
  const range = await freePortRange(6);
  const others = await portsOfOthers(t, 3, 60);
  const all = [...own, ...Array.from({ length: 6 }, (_, index) => range + index), ...others];
  assert.equal(all.length, 120 + 6 + 3 * 60);
  assert.equal(new Set(all).size, all.length);
});
