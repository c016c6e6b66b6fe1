/**
 * Whatever is sent, the edge answers as documented: cases that nobody has run before, against real members.
 *
 * FUZZ_CASES says how many (default 3,000, shared by games of two kinds; fewer where they would take over half a minute), TEST_SEED from which seed on. A failure names the
 * command that shows it again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSeed } from '../support/seeded.ts';
import { campaign } from './run/campaign.ts';
import { FuzzCluster } from './run/fuzz-cluster.ts';
import { Totals } from './run/totals.ts';

const count = Number(process.env.FUZZ_CASES ?? 3_000);
const seed = chooseSeed();
const games = ['minotaur', 'tic-tac-toe'];
const longestMs = 30_000 / games.length;

for (const game of games) {
  const share = Math.ceil(count / games.length);
  test(`${game}: up to ${share} cases from seed ${seed} on are answered as documented`, {
    timeout: 140_000,
  }, async (t) => {
    assert.ok(Number.isSafeInteger(count) && count > 0, 'FUZZ_CASES is a number of cases');
    await using resources = new AsyncDisposableStack();
    const cluster = await FuzzCluster.wide(resources, game);
    const totals = new Totals();
    const found: string[] = [];
    const control = await campaign({
      cluster,
      totals,
      seed,
      cases: share,
      onFailure: (text) => found.push(text),
      // Whoever says how many means it.
      ...(process.env.FUZZ_CASES === undefined && { signal: AbortSignal.timeout(longestMs) }),
    });
    for (const line of [...totals.lines, control, cluster.line]) t.diagnostic(line);
    assert.equal(found.length, 0, found.join('\n'));
    assert.ok(totals.cases > 0);
  });
}
