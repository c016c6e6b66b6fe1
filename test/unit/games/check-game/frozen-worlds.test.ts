/** Worlds that are kept beside a game: later versions have to read them, and give them back as they were. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkGame, type Finding } from 'minotaur/check';
import { rightGame } from './wrong-games.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-frozen-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

const kept = {
  game: 'cards',
  version: 1,
  players: ['ann', 'bob'],
  settings: { rounds: 7 },
  round: 4,
  world: { hands: { ann: 'ace of hearts', bob: 'ten of clubs' }, points: { ann: 3, bob: 0 }, log: ['bob guessed'] },
};
/** Version 2 calls the log a diary. */
const renames = `right.version = 2;
  right.world = right.world.omit({ log: true }).extend({ diary: z.array(z.string()) });
  right.setup = (setup => (of) => { const { log, ...world } = setup(of); return { ...world, diary: log }; })(right.setup);
  right.migrations = { 2: {
    up: ({ log, ...world }) => ({ ...world, diary: log }),
    down: ({ diary, ...world }) => ({ ...world, log: diary }),
  } };`;
/** It forgets what is in there. Whatever it plays itself has an empty one. */
const forgets = renames.replace('diary: log }),\n    down', 'diary: [] }),\n    down');

/** What is found in the game that `makes` makes, beside which `frozen` lies. */
async function found(makes: string, frozen: unknown): Promise<Finding | undefined> {
  files += 1;
  const file = join(folder, `game-${files}.mjs`);
  writeFileSync(file, `${rightGame}\n${makes}\nexport default right;\n`);
  mkdirSync(join(folder, `game-${files}.worlds`));
  const text = typeof frozen === 'string' ? frozen : JSON.stringify(frozen);
  writeFileSync(join(folder, `game-${files}.worlds`, '1-1.json'), text);
  const { findings } = await checkGame(file, { games: 4 });
  assert.ok(findings.length < 2, JSON.stringify(findings));
  return findings[0];
}

test('a world of an older version that is read and comes back is right', async () => {
  assert.equal(await found('', kept), undefined);
  assert.equal(await found(renames, kept), undefined);
});

const wrong: readonly [what: string, makes: string, frozen: unknown, member: string, says: RegExp][] = [
  ['a step that loses what no world of today has', forgets, kept, 'migrations.2', /^1-1\.json: down\(up\(.*\)\) is /],
  [
    'a step that throws',
    renames.replace('diary: log }),\n', 'diary: log.length > 0 ? log.sad.x : log }),\n'),
    kept,
    'migrations.2',
    /1-1\.json: /,
  ],
  [
    'a world that the schema refuses',
    'right.world = right.world.extend({ log: z.array(z.string()).max(0) });',
    kept,
    'world',
    /log: /,
  ],
  [
    'a view that fails on it',
    `right.view = (view => (w, v, at) => view(w.log.length > 0 ? null : w, v, at))(right.view);`,
    kept,
    'view',
    /1-1\.json: .*null/,
  ],
  ['a newer version', '', { ...kept, version: 2 }, 'world', /is of version 2, and this is version 1/],
  ['another game', '', { ...kept, game: 'chess' }, 'world', /is a world of chess, and this is cards/],
  ['no JSON', '', '{', 'world', /1-1\.json: .*required/],
  ['settings that are not known any more', '', { ...kept, settings: { decks: 2 } }, 'settings', /decks: is not known/],
];
for (const [what, makes, frozen, member, says] of wrong) {
  test(`found: ${what}`, async () => {
    const finding = await found(makes, frozen);
    assert.deepEqual([finding?.member, finding?.kind], [member, 'frozen'], JSON.stringify(finding));
    assert.match(finding?.problem ?? '', says);
  });
}

test('--freeze keeps worlds of today, once for a version', async () => {
  const program = fileURLToPath(new URL('../../../../src/dev/check-game.ts', import.meta.url));
  const file = join(folder, 'mine.mjs');
  writeFileSync(file, `${rightGame}\nexport default right;\n`);
  const freeze = () =>
    new Promise<string>((resolve) =>
      execFile(process.execPath, [program, file, '--games', '3', '--freeze'], (_, stdout, stderr) =>
        resolve(`${stdout}${stderr}`),
      ),
    );
  assert.match(await freeze(), /wrote .*mine\.worlds\/1-1\.json\nwrote /);
  const worlds = join(folder, 'mine.worlds');
  const before = readdirSync(worlds).map((name) => readFileSync(join(worlds, name), 'utf8'));
  assert.equal(before.length, 3);
  assert.partialDeepStrictEqual(JSON.parse(before[0] ?? ''), { game: 'cards', version: 1, players: ['p1', 'p2'] });
  assert.match(await freeze(), /holds worlds of version 1/);
  assert.deepEqual(
    readdirSync(worlds).map((name) => readFileSync(join(worlds, name), 'utf8')),
    before,
  );
});
