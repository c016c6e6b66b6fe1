/**
 * One seed, one history: in the same process, in another one, whatever ran before it.
 *
 * Why: a failing seed is worth something only if it fails again, and in the same way.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { makePlan } from './world/plan.ts';
import { type Outcome, runPlan } from './world/world.ts';

const SIMULATE = join(import.meta.dirname, 'run', 'simulate.ts');
/** Run before the seed in question, by the other process. */
const BEFORE = 2;
const MOST_OUTPUT = 1024 ** 3;
const seeds = [3, 1_000, 2_147_483_649, 4_000_000_007];

for (const seed of seeds) {
  test(`seed ${seed} always has the same history`, async () => {
    const run = () => runPlan(makePlan(seed), { journal: true });
    const first = await run();
    assert.ok(first.journal.length > 100, 'something happens');
    sameHistory(await run(), first);
    sameHistory(await runElsewhere(seed), first);
    const silent = await runPlan(makePlan(seed));
    assert.deepEqual(silent, { ...first, journal: [] }, 'keeping a journal changes nothing');
  });
}

test('another seed has another history', async () => {
  const [one, other] = [await runPlan(makePlan(1)), await runPlan(makePlan(2))];
  assert.notEqual(one.digest, other.digest);
});

function sameHistory(other: Pick<Outcome, 'journal' | 'digest'>, first: Outcome): void {
  const index = first.journal.findIndex((line, place) => other.journal[place] !== line);
  if (index !== -1) {
    assert.fail(`line ${index + 1} differs:\n${first.journal[index]}\n${other.journal[index]}`);
  }
  assert.equal(other.journal.length, first.journal.length);
  assert.equal(other.digest, first.digest);
}

/** In another process, on a thread that ran other seeds before. */
async function runElsewhere(seed: number): Promise<Pick<Outcome, 'journal' | 'digest'>> {
  const args = [
    '--from',
    `${seed - BEFORE}`,
    '--seeds',
    `${BEFORE + 1}`,
    '--workers',
    '1',
    '--journal',
    '--keep-going',
  ];
  const lines = (await simulate([...args, '--no-shrink'])).split('\n');
  const end = (of: number) => lines.findIndex((line) => line.startsWith(`seed ${of} digest `));
  assert.notEqual(end(seed), -1, `no seed ${seed} in the output`);
  return {
    journal: lines.slice(end(seed - 1) + 1, end(seed)).filter((line) => !line.startsWith('seed ')),
    digest: lines[end(seed)]?.split(' ').at(-1) ?? '',
  };
}

/** What `npm run simulate` prints; whether promises were kept does not matter here. */
function simulate(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SIMULATE, ...args], { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      if (stderr.includes('npm run simulate:')) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
}
