/**
 * `npm run bots` as a user runs it: whole games of two kinds while members are killed, all checked; and that it fails where something is wrong.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Child } from '../support/child.ts';
import { adminToken } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { waitFor } from '../support/wait.ts';

const entry = join(import.meta.dirname, '../../src/dev/bots.ts');

function begin(t: TestContext, args: readonly string[], more: Readonly<Record<string, string>> = {}): Child {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const child = new Child(process.execPath, [entry, ...args], { ...Object.fromEntries(inherited), ...more });
  t.after(() => child.kill());
  return child;
}

/** Runs to its end: the exit code, and what it printed. */
async function bots(t: TestContext, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const child = begin(t, args, more);
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

/** Low, as players let a turn pass at times, which loses a game of tic-tac-toe at once, and actions of the server's own bots do not count. */
const kinds = [
  { game: 'tic-tac-toe', settings: {}, leastRounds: 10 * 2, leastActions: 10 },
  { game: 'minotaur', settings: short, leastRounds: 10 * 2, leastActions: 10 * 2 },
];
for (const { game, settings, leastRounds, leastActions } of kinds) {
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
    assert.ok(numberIn(output, /rounds, ([\d,]+) actions \(/) >= leastActions, output);
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

test('whoever has seen enough is told what is known so far, and that nothing is wrong with it', {
  timeout: 120_000,
}, async (t) => {
  const child = begin(t, ['--games', '1000000', '--game', 'tic-tac-toe']);
  await waitFor('some games to be over', () => /^[1-9]\d* of 1000000 games over/m.test(child.output), {
    timeoutMs: 90_000,
  });
  // As npm does: twice.
  child.signal('SIGINT');
  child.signal('SIGINT');
  const { code } = await child.exited;
  assert.equal(code, 130, child.output);
  const over = numberIn(child.output, /^(\d+) games of tic-tac-toe, /m);
  assert.ok(over >= 1, child.output);
  assert.match(child.output, new RegExp(`^Interrupted: ${over} of 1000000 games are over\\.$`, 'm'));
  assert.match(child.output, /^Those ended, and their records agree with what was told\.$/m);
  assert.doesNotMatch(child.output, /is wrong|are wrong|ended by itself/);
});

test('who plays alone is played where it is asked for, to the last round', { timeout: 120_000 }, async (t) => {
  const settings = { ...short, maxPlayers: 1 };
  const { code, output } = await bots(t, ['--games', '2', '--settings', JSON.stringify(settings)]);
  assert.equal(code, 0, output);
  assert.equal(numberIn(output, /^2 games of minotaur, (\d+) rounds/m), 2 * settings.table.lastRound, output);
});

test('a run that cannot begin says why, and not how it is called', { timeout: 30_000 }, async (t) => {
  const { code, output } = await bots(t, [], { NATS_SERVER: '/no/such/server' });
  assert.equal(code, 1, output);
  assert.match(output, /^npm run bots: NATS_SERVER names \/no\/such\/server/m);
  assert.doesNotMatch(output, /--games/);
  const misspelt = await bots(t, ['--game', 'chess', '--games', 'many']);
  assert.equal(misspelt.code, 64);
  assert.match(misspelt.output, /--games must be a whole number.*--kill-every S/s);
});
