/**
 * The package that is published, as somebody gets it who has nothing else: small, without dependencies, and understood by compilers and runtimes
 * as they come.
 *
 * Role: it is built, packed, looked at by publint and are-the-types-wrong, installed into an empty folder from the file alone, and used there.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { asPlayer, listeningEdge } from '../http/edge-fixture.ts';

const root = join(import.meta.dirname, '../../..');
const work = mkdtempSync(join(tmpdir(), 'minotaur-client-'));
const home = join(work, 'home');
const built = join(home, 'node_modules/minotaur');
/** What a reader of docs/client.md pastes. */
const sample = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'docs/client.md'), 'utf8'))?.[1] ?? '';
/** Each line is an error. */
const wrong = `
match.act.move({ cell: 4 });
match.act.mark({ place: 4 });
match.act.mark({ cell: '4' });
match.act.mark({});
`.trim();
let tarball: Buffer;

before(() => {
  const dist = join(work, 'dist');
  execFileSync(process.execPath, [join(root, 'src/dev/build.ts'), '--out', dist]);
  const npm = (cwd: string, ...args: string[]) => execFileSync('npm', args, { cwd, stdio: 'pipe' });
  npm(dist, 'pack', '--pack-destination', work);
  const [file = ''] = globSync('minotaur-*.tgz', { cwd: work });
  tarball = readFileSync(join(work, file));
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  npm(home, 'install', '--offline', '--no-audit', '--no-fund', join(work, file), join(root, 'node_modules/zod'));
  writeFileSync(join(home, 'play.ts'), sample);
  cpSync(join(root, 'src/games/tic-tac-toe/game.ts'), join(home, 'my-game.ts'));
  const typed = "import type { Match } from 'minotaur/client';\nimport type game from './my-game.ts';\n";
  writeFileSync(join(home, 'wrong.ts'), `${typed}declare const match: Match<typeof game>;\n${wrong}\n`);
});
after(() => rmSync(work, { recursive: true }));

/** What the compiler says in a folder from which nothing of this repository is found. */
function compile(module: string, resolution: string): string {
  const flags = '--noEmit --strict --target es2022 --lib es2024,dom --allowImportingTsExtensions --pretty false';
  const how = ['--types', '', '--module', module, '--moduleResolution', resolution, 'play.ts', 'wrong.ts'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, ...flags.split(' '), ...how], { cwd: home, encoding: 'utf8' }).stdout;
}

async function run(script: string): Promise<string> {
  writeFileSync(join(home, 'script.js'), script);
  return (await promisify(execFile)(process.execPath, ['script.js'], { cwd: home })).stdout;
}

test('the library takes at most 8 KB of a page, and imports nothing', () => {
  const files = globSync('client/*.js', { cwd: built }).map((file) => readFileSync(join(built, file), 'utf8'));
  const all = files.join('');
  assert.ok(files.length > 5 && gzipSync(all).length <= 8_192, `${gzipSync(all).length} bytes`);
  assert.deepEqual(
    [...all.matchAll(/(?:from|import) '([^']+)'/g)]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('./')),
    [],
  );
});

test('publint finds nothing', async () => {
  const bytes = new Uint8Array(tarball).buffer;
  assert.deepEqual((await publint({ pack: { tarball: bytes }, strict: true })).messages, []);
});

test('no types are wrong, for whoever resolves modules as Node.js or bundlers do', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  assert.ok(result.types);
  assert.deepEqual(Object.keys(result.entrypoints), ['./client', './game', './check']);
  // It has ES modules alone: how CommonJS and compilers of before 2022 look for modules does not count.
  const isOld = (kind: unknown) => kind === 'node10' || kind === 'node16-cjs';
  const found = result.problems.filter((problem) => !('resolutionKind' in problem && isOld(problem.resolutionKind)));
  assert.deepEqual(found, []);
});

test('what is installed has every entry, and none of the pages', () => {
  const { exports } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>;
  };
  for (const file of Object.values(exports).flatMap((entry) => Object.values(entry))) readFileSync(join(built, file));
  assert.deepEqual(globSync('web/**', { cwd: built }), []);
});

test('whatever a file of it imports is there', () => {
  const files = globSync('**/*.{js,d.ts}', { cwd: built });
  const imported = files.flatMap((file) => {
    // Comments say what people write.
    const code = readFileSync(join(built, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
    const found = code.matchAll(/(?:from |import |import\()'(\.[^']+)'/g);
    return [...found].map(([, name = '']) => join(dirname(file), name));
  });
  assert.ok(imported.length > 100, `${imported.length} imports`);
  assert.deepEqual(
    imported.filter((name) => !existsSync(join(built, name))),
    [],
  );
});

test('the tool of operators is installed with it', async () => {
  const { stdout } = await promisify(execFile)(join(home, 'node_modules/.bin/minotaur'), ['--help'], { cwd: home });
  assert.match(stdout, /^minotaur <command> \[options\]\n/);
});

test('a game is written and checked with it', async () => {
  const said = await run(`
    import { defineGame } from 'minotaur/game';
    import { checkGame } from 'minotaur/check';
    const { findings, played } = await checkGame('my-game.ts', { games: 20 });
    console.log(typeof defineGame, findings.length, played.name);`);
  assert.equal(said, 'function 0 tic-tac-toe\n');
});

test('a seat follows a game of a server with it', async (t) => {
  const { port } = await listeningEdge(t);
  const token = asPlayer().authorization.replace('Bearer ', '');
  const said = await run(`
    import { minotaur } from 'minotaur/client';
    const match = minotaur('http://127.0.0.1:${port}').rejoin({ gameId: 'ABC', playerId: 'p1', token: '${token}' });
    for await (const { game, resumed } of match) {
      console.log(game.id, match.connection.via, resumed);
      match.close();
    }`);
  assert.equal(said, 'ABC socket snapshot\n');
});

for (const [module, resolution] of [
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
] as const) {
  test(`resolved as ${resolution}, the sample of the documents compiles, and wrong actions do not`, () => {
    assert.ok(sample.split('\n').length > 20, 'docs/client.md has a sample');
    const said = compile(module, resolution);
    const places = [...said.matchAll(/^([^\s(]+)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
    assert.deepEqual(
      places,
      wrong.split('\n').map((_, index) => `wrong.ts:${index + 4}`),
      said,
    );
  });
}
