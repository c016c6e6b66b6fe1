/**
 * The check of games: it finds each of many mistakes by the member's name, and nothing in games that are right.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CheckOptions, checkGame, type Report } from 'minotaur/check';
import { rightGame, wrongGames } from './wrong-games.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-check-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function check(makes: string, options: CheckOptions = {}): Promise<Report> {
  files += 1;
  const file = join(folder, `my-game-${files}.mjs`);
  writeFileSync(file, `${rightGame}\n${makes}\nexport default right;\n`);
  return checkGame(file, { games: 24, stuckMs: 2_000, ...options });
}

test('the game of which the wrong ones are made is right', async () => {
  const { findings, campaign } = await check('');
  assert.deepEqual(findings, []);
  assert.equal(campaign?.games, 24);
});

for (const [name, games] of [
  ['tic-tac-toe', 20],
  ['minotaur', 2],
] as const) {
  test(`the check finds nothing in ${name}`, { timeout: 180_000 }, async () => {
    const file = new URL(`../../../../src/games/${name}/game.ts`, import.meta.url);
    assert.deepEqual((await checkGame(file, { games })).findings, []);
  });
}

for (const { name, makes, member, kind, says, options } of wrongGames) {
  test(`a game that ${name}`, async () => {
    const { findings } = await check(makes, options);
    const found = findings.find((each) => each.member === member && each.kind === kind);
    assert.ok(found !== undefined, JSON.stringify(findings, null, 1));
    assert.match(found.problem, says);
    assert.notEqual(found.remedy, '');
  });
}

test('an example is as small as it can be, and its seed shows it again', async () => {
  const makes = `right.players = { min: 4, max: 4 };
  right.resolve = (world, actions) => {
    if (actions.some(({ player, whose }) => player === 'p2' && whose === 'p1')) throw new Error('p1 is sacred');
  };`;
  const { findings } = await check(makes);
  const example = findings[0]?.example;
  assert.match(findings[0]?.problem ?? '', /p1 is sacred/);
  assert.deepEqual(
    example?.rounds.flat().map(({ player }) => player),
    ['p2'],
    'one action is enough',
  );
  const again = await check(makes, { seed: example?.seed as number });
  assert.match(again.findings[0]?.problem ?? '', /p1 is sacred/);
  assert.equal(again.campaign?.games, 1);
});

test('the command says what it found, and answers with its exit code', async () => {
  const program = fileURLToPath(new URL('../../../../src/dev/check-game.ts', import.meta.url));
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; said: string }>((resolve) =>
      execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, said: `${stdout}${stderr}` }),
      ),
    );
  const write = (name: string, makes: string) => {
    const file = join(folder, name);
    writeFileSync(file, `${rightGame}\n${makes}\nexport default right;\n`);
    return file;
  };
  const wrong = write('wrong.mjs', 'right.turn = () => ({ players: [] });');
  const [right, found, ...misused] = await Promise.all([
    run(write('right.mjs', ''), '--games', '3'),
    run(wrong, '--games', '3'),
    run(),
    run(join(folder, 'nothing.mjs')),
    run(wrong, '--games', 'many'),
  ]);
  assert.deepEqual([right?.code, found?.code, ...misused.map(({ code }) => code)], [0, 1, 64, 64, 64]);
  assert.match(right?.said ?? '', /3 games, \d+ rounds\n[\s\S]*Nothing was found\./);
  assert.match(found?.said ?? '', /^turn: names nobody.*\n {2}to do: .*\n {2}example: 2 players, in round 1\n/);
  assert.ok(found?.said.includes(`again: npm run check-game -- ${wrong} --seed 0`));
});
