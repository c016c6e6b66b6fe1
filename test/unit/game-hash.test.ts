/** The hash of a game changes with each text that is its own, and with nothing else. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { hashOfGame } from '../../src/game-hash.ts';
import { loadGame } from '../../src/games.ts';

const root = mkdtempSync(join(tmpdir(), 'minotaur-hash-'));
after(() => rmSync(root, { recursive: true }));

type Files = Readonly<Record<string, string>>;

const files: Files = {
  'game.ts': "import { deal } from './rules/deal.ts';\nimport 'minotaur/game';\nexport default deal;\n",
  'rules/deal.ts':
    "export * from '../cards.ts'; import type { Card } from './types.ts';\nconst late = () => import('./late.ts');\n",
  'rules/types.ts': 'export type Card = number;\n',
  'rules/late.ts': "import words from './words.json' with { type: 'json' };\n// import './gone.ts'\n",
  'rules/words.json': '["one"]\n',
  'cards.ts': "import { deal } from './rules/deal.ts';\nexport const old = require('./old.cjs');\n",
  'old.cjs': 'module.exports = 1;\n',
};

let folders = 0;
function folderWith(all: Files): string {
  folders += 1;
  const folder = join(root, `folder-${folders}`);
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const hashOf = (all: Files, entry = 'game.ts') => hashOfGame(join(folderWith(all), entry));
const expected = await hashOf(files);

test('the same texts make the same hash, wherever they lie and whatever the game is called', async () => {
  assert.match(expected, /^[0-9a-f]{16}$/);
  assert.equal(await hashOf(files), expected);
  const { 'game.ts': game = '', ...others } = files;
  assert.equal(await hashOf({ ...others, 'my-game.ts': game }, 'my-game.ts'), expected);
  // As Kubernetes mounts a ConfigMap.
  const folder = join(root, 'mounted');
  mkdirSync(folder);
  symlinkSync(join(folderWith(files), 'game.ts'), join(folder, 'game.ts'));
  assert.equal(await hashOfGame(join(folder, 'game.ts')), expected);
});

test('what nobody imports does not count, and what is not there does no harm', async () => {
  assert.equal(await hashOf({ ...files, 'notes.ts': 'export {};' }), expected);
  assert.match(await hashOfGame(join(root, 'nothing.ts')), /^[0-9a-f]{16}$/);
});

for (const name of Object.keys(files)) {
  test(`a change of ${name} is another hash`, async () => {
    const changed = { ...files, [name]: `${files[name]} ` };
    assert.notEqual(await hashOf(changed), expected);
  });
}

test('two files that swap their texts are another game', async () => {
  const [one, other] = [
    { 'a.ts': '1', 'b.ts': '2' },
    { 'a.ts': '2', 'b.ts': '1' },
  ];
  const entry = { 'game.ts': "import './a.ts'; import './b.ts';" };
  assert.notEqual(await hashOf({ ...entry, ...one }), await hashOf({ ...entry, ...other }));
});

test('of the games that come with the server every file counts', async () => {
  for (const name of ['minotaur', 'tic-tac-toe']) {
    const { hash } = await loadGame(name);
    assert.ok(hash);
    assert.equal((await loadGame(name)).hash, hash);
    const folder = join(root, name);
    cpSync(join(import.meta.dirname, '../../src/games', name), folder, { recursive: true });
    assert.equal(await hashOfGame(join(folder, 'game.ts')), hash, 'wherever it lies');
    const isImported = (file: string) => file.endsWith('.ts') && file !== 'before-modules.ts';
    const imported = readdirSync(folder).filter(isImported);
    for (const file of imported) {
      const text = readFileSync(join(folder, file), 'utf8');
      writeFileSync(join(folder, file), `${text}\n`);
      assert.notEqual(await hashOfGame(join(folder, 'game.ts')), hash, file);
      writeFileSync(join(folder, file), text);
    }
  }
});

test('a game that is saved while it is loaded has no hash: nobody knows which text was loaded', async () => {
  const text = `import { defineGame, z } from 'minotaur/game';
export default defineGame({
  name: 'coin', version: 1, players: { min: 1, max: 2 }, settings: z.object({}), world: z.object({}),
  actions: { guess: z.object({}) }, setup: () => ({}), turn: () => ({ players: [] }), resolve() {},
  outcome: () => null, view: () => ({}),
});
`;
  const saving = "import { appendFileSync } from 'node:fs';\nappendFileSync(import.meta.filename, '// saved');\n";
  const folder = folderWith({ 'quiet.ts': text, 'saving.ts': saving + text });
  assert.match((await loadGame(join(folder, 'quiet.ts'))).hash ?? '', /^[0-9a-f]{16}$/);
  assert.equal((await loadGame(join(folder, 'saving.ts'))).hash, null);
});
