/** Members that die between any two commits: a game that keeps something outside of its world is found by them, and nothing in games that are right. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { checkGame } from 'minotaur/check';
import auction from '../../../../examples/auction.ts';
import { planOf } from '../../../../src/dev/check-game/campaign.ts';
import { refuseTakeovers } from '../../../../src/dev/check-game/takeovers.ts';
import { gameOf } from '../../../../src/game/module-check.ts';
import minotaur from '../../../../src/games/minotaur/game.ts';
import ticTacToe from '../../../../src/games/tic-tac-toe/game.ts';
import { rightGame } from './wrong-games.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-takeovers-'));
after(() => rmSync(folder, { recursive: true }));

for (const [module, games] of [
  [ticTacToe, 12],
  [minotaur, 2],
  [auction, 4],
] as const) {
  const game = gameOf(module);
  test(`${game.name} goes the same way, whoever owns it`, () => {
    const plans = Array.from({ length: games }, (_, seed) => planOf(game, seed, 40));
    assert.equal(refuseTakeovers([game, game, game], plans), null);
  });
}

/** What `setup` drew stays where it was drawn: another member knows nothing of it. */
const remembers = `const drawn = new Map();
right.setup = (setup => (of) => {
  const world = setup(of);
  drawn.set(JSON.stringify(world.hands), of.random.int(1_000_000));
  return world;
})(right.setup);
right.resolve = (world) => { world.log = [String(drawn.get(JSON.stringify(world.hands)))]; };`;

async function findingsIn(name: string, sources: Readonly<Record<string, string>>) {
  for (const [file, text] of Object.entries(sources)) writeFileSync(join(folder, file), text);
  return (await checkGame(join(folder, name), { games: 6 })).findings;
}

test('what a module remembers of a game is missed where another member takes over', async () => {
  const found = await findingsIn('one.mjs', { 'one.mjs': `${rightGame}\n${remembers}\nexport default right;\n` });
  assert.partialDeepStrictEqual(found, [{ member: 'file', kind: 'remembers' }]);
  assert.match(found[0]?.problem ?? '', /where another member took over/);
});

test('also if a file remembers it that the module imports', async () => {
  const found = await findingsIn('game.mjs', {
    'game.mjs': `${rightGame}\nimport { drawn } from './drawn.mjs';\n${remembers.replace(/^.*\n/, '')}\nexport default right;\n`,
    'drawn.mjs': 'export const drawn = new Map();\n',
  });
  assert.match(found[0]?.problem ?? '', /where another member took over/);
});
