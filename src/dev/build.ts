/**
 * `npm run build`: the package that clients, authors of games and operators install, in `dist/`: ES modules and their types; and in `dist/web`
 * the pages that members serve.
 *
 * Why the compiler alone for the package: modules are small and few, and whoever bundles them minifies them. Types keep their comments, code does not.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist') }, help: { type: 'boolean' } },
});
if (values.help) {
  process.stdout.write(
    'npm run build [-- --out <folder>]\n\nminotaur/client, minotaur/game, minotaur/check and the tool of operators as a package, and the pages in its folder web (default: dist, where members look)\n\n  --help   this text\n',
  );
  process.exit();
}
const { out } = values;
rmSync(out, { recursive: true, force: true });
compile('tsconfig.build-check.json');
compile('tsconfig.build-cli.json');
compile('tsconfig.build.json', '--declaration', 'false', '--removeComments');
compile('tsconfig.build.json', '--emitDeclarationOnly');
for (const file of globSync('**/*.{js,d.ts}', { cwd: out })) {
  // The compiler rewrites the names of files in imports of code only.
  const text = readFileSync(join(out, file), 'utf8');
  writeFileSync(join(out, file), text.replaceAll(/(from '|import\('|new URL\(')(\.[^']+)\.ts'/g, "$1$2.js'"));
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
for (const file of ['LICENSE', 'README.md']) writeFileSync(join(out, file), readFileSync(join(root, file)));
run(join(import.meta.dirname, 'web-build.ts'), join(out, 'web'));
process.stdout.write(`built into ${out}\n`);

/** Projects of their own: what players and browsers import is compiled without the types of Node.js, so that it can use nothing of it. */
function compile(project: string, ...flags: string[]): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run(tsc, '-p', join(root, project), '--outDir', out, ...flags);
}

function run(...args: string[]): void {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function manifest(): object {
  const { name, version, description, license, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const entry = (file: string) => ({ types: `./${file}.d.ts`, default: `./${file}.js` });
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    // Members serve the pages; nobody imports them.
    files: ['**', '!web'],
    engines: { node: '>=20' },
    bin: { minotaur: './cli/minotaur.js' },
    exports: {
      './client': entry('client/index'),
      './game': entry('game/module'),
      './check': entry('dev/check-game/check'),
    },
    // Authors of games need the first, operators both, players neither.
    peerDependencies: { zod: dependencies.zod, nats: dependencies.nats },
    peerDependenciesMeta: { zod: { optional: true }, nats: { optional: true } },
  };
}
