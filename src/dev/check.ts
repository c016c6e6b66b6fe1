/**
 * `npm run check`: everything that can be said about the code without running it.
 *
 * Role: format and lint (with the house's rules of who may import whom), types, dead code; all of them, even if one fails.
 * `npm run check -- --fix` writes what can be fixed by itself.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const usage = `npm run check [-- --fix]

Format and lint, types, dead code: what can be said about the code without running it. About half a minute.

  --fix    write what can be fixed by itself
  --help   this text
`;
const { fix, help } = parseArgs({
  options: { fix: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
}).values;
if (help) {
  process.stdout.write(usage);
  process.exit(0);
}

const checks = [
  {
    name: 'format and lint',
    tool: '@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', '--diagnostic-level=warn', ...(fix ? ['--write'] : []), '.'],
  },
  { name: 'types', tool: 'typescript/bin/tsc', args: ['--noEmit', '--pretty'] },
  { name: 'types of pages', tool: 'typescript/bin/tsc', args: ['--noEmit', '--pretty', '-p', 'src/web'] },
  { name: 'dead code', tool: 'knip/bin/knip.js', args: ['--no-config-hints'] },
] as const;

const failed: string[] = [];
for (const { name, tool, args } of checks) {
  const started = performance.now();
  process.stdout.write(`\n── ${name}\n`);
  const passed = await run([join(root, 'node_modules', tool), ...args]);
  if (!passed) failed.push(name);
  process.stdout.write(
    `${name}: ${passed ? 'ok' : 'FAILED'} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`,
  );
}
process.stdout.write(failed.length === 0 ? '\nAll checks passed.\n' : `\nFailed: ${failed.join(', ')}.\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(args: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject).once('exit', (code) => resolve(code === 0));
  });
}
