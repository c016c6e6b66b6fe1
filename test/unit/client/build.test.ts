/** The package that is published: small, without dependencies, and understood by compilers and runtimes as they come. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '../../..');
const home = mkdtempSync(join(tmpdir(), 'minotaur-client-'));
const built = join(home, 'node_modules/minotaur');
/** What a reader of docs/client.md pastes. */
const sample = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'docs/client.md'), 'utf8'))?.[1] ?? '';

before(() => {
  execFileSync(process.execPath, [join(root, 'src/dev/build.ts'), '--out', built]);
  symlinkSync(join(root, 'node_modules/zod'), join(home, 'node_modules/zod'));
  writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  writeFileSync(join(home, 'play.ts'), sample);
  mkdirSync(join(home, 'game'));
  cpSync(join(root, 'src/games/tic-tac-toe/game.ts'), join(home, 'my-game.ts'));
});
after(() => rmSync(home, { recursive: true }));

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

test('every entry of the package is there, and runs', () => {
  const { exports } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8')) as {
    exports: Record<string, Record<string, string>>;
  };
  for (const file of Object.values(exports).flatMap((entry) => Object.values(entry))) readFileSync(join(built, file));
  const script = `
    const { minotaur } = await import('minotaur/client');
    const { defineGame } = await import('minotaur/game');
    console.log(typeof minotaur, typeof defineGame);`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: home });
  assert.equal(String(said), 'function function\n');
});

test('the sample of the documents compiles against the package, by both ways to resolve it', () => {
  assert.ok(sample.split('\n').length > 20, 'docs/client.md has a sample');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'es2024,dom',
    '--allowImportingTsExtensions',
    '--types',
    '',
  ];
  for (const [module, resolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const args = [tsc, ...flags, '--module', module, '--moduleResolution', resolution, 'play.ts'];
    execFileSync(process.execPath, args, { cwd: home, stdio: 'pipe' });
  }
});
