/**
 * `npm run bots` as a user runs it: whole games of two kinds while members are killed, all checked; and that it fails where something is wrong.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Child } from '../support/child.ts';
import { adminToken } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';

const entry = join(import.meta.dirname, '../../src/dev/bots.ts');

/** Runs to its end: the exit code, and what it printed. */
async function bots(t: TestContext, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const child = new Child(process.execPath, [entry, ...args], { ...Object.fromEntries(inherited), ...more });
  t.after(() => child.kill());
  const { code } = await child.exited;
  return { code, output: child.output };
}

/** The number before or after these words. */
function numberIn(output: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(output) ?? assert.fail(`no ${pattern} in:\n${output}`);
  return Number((digits as string).replaceAll(',', ''));
}

/** A crawl that is over soon. */
const short = { worldRadius: 3, visionRadius: 2, table: { lastRound: 12 } };

const kinds = [
  { game: 'tic-tac-toe', settings: {}, leastRounds: 10 * 3 },
  { game: 'minotaur', settings: short, leastRounds: 10 * 2 },
];
for (const { game, settings, leastRounds } of kinds) {
  test(`ten games of ${game} end while members are killed, and their records agree`, {
    timeout: 170_000,
  }, async (t) => {
    const args = ['--games', '10', '--at-once', '4', '--kill-every', '1', '--game', game];
    const { code, output } = await bots(t, [...args, '--settings', JSON.stringify(settings)]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^10 games of ${game}, `, 'm'));
    assert.match(output, /^All games ended, and their records agree with what was told\.$/m);
    assert.match(output, /^played again from their records: 5 of 5 games with a seed$/m);
    assert.ok(numberIn(output, / (\d+) kills in/) >= 1, output);
    assert.ok(numberIn(output, /, ([\d,]+) rounds, [\d,]+ actions \(/) >= leastRounds, output);
    assert.ok(numberIn(output, /rounds, ([\d,]+) actions \(/) >= leastRounds, output);
    t.diagnostic(output.split('\n').slice(-7).join('\n'));
  });
}

test('a cluster that runs already is played on; games that go wrong are named, and the exit code says so', {
  timeout: 90_000,
}, async (t) => {
  const cluster = await TestCluster.start(t);
  const [member] = await cluster.addMembers('m1');
  await cluster.settled();
  const url = member?.url ?? '';
  const play = (game: string, settings: object) =>
    bots(t, ['--url', url, '--games', '3', '--game', game, '--settings', JSON.stringify(settings)], {
      MINOTAUR_ADMIN_TOKEN: adminToken,
    });
  const right = await play('minotaur', short);
  assert.equal(right.code, 0, right.output);
  assert.match(right.output, /^3 games of minotaur, .*, 0 kills in /m);
  // Two seats, which suits the other game as well: it is found out only in the game.
  const wrong = await play('tic-tac-toe', {});
  assert.equal(wrong.code, 1, wrong.output);
  assert.match(wrong.output, /^game [0-9A-Z]{8}:\n {2}Error: minotaur is played there, not tic-tac-toe$/m);
  assert.match(wrong.output, /^3 games are wrong\.$/m);
});
