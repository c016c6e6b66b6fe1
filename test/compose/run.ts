/**
 * `npm run test:compose`: the suite of containers, by node's own test runner.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `npm run test:compose [-- --only <pattern>]

Builds the image, runs docker-compose.yml and the stack for Swarm on this machine's Docker engine, and does harm to them. 6 to 8 minutes.

  --only <pattern>   only the tests whose names match this regular expression
  --help             this text
`;

const { only, help } = parseArgs({
  options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
}).values;
if (help) {
  process.stdout.write(usage);
} else {
  const file = join(import.meta.dirname, 'containers.test.ts');
  const pattern = only === undefined ? [] : [`--test-name-pattern=${only}`];
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...pattern, file], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
