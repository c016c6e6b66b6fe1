/**
 * Makes a fresh checkout runnable, then runs one TypeScript file of it: `node src/dev/prepare.mjs <script.ts> [arguments]`.
 *
 * Role: the first thing behind `npm start`, `npm test`, `npm run check` and `npm run bench`.
 * Why plain JavaScript: it must run on Node.js 18 or newer before anything is installed. The script itself runs on the Node.js
 * that the lock file names (package `node`), whatever the machine has.
 * Invariants:
 *  - When the installed packages are those of package-lock.json, nothing is installed and the network is not touched.
 *  - Signals reach the script; its exit code (or the signal that ended it) becomes this process's own.
 *  - The script is told to end when npm is gone (SIGKILL included), and sees its channel to this process close when this one is.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(root, 'node_modules');
const node = join(modules, 'node', 'bin', 'node');

/**
 * Whether node_modules holds what package-lock.json says. npm writes its own record of what it installed as the last step of an
 * installation, so this is true after any complete `npm ci` or `npm install`, by whoever ran it.
 */
function installed() {
  if (!existsSync(node)) return false;
  const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  try {
    const there = packagesOf(join(modules, '.package-lock.json'));
    return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(([path, wanted]) => {
      const found = there[path];
      // Optional packages are for other platforms as a rule: npm leaves those out.
      if (path === '' || (found === undefined && wanted.optional)) return true;
      return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
    });
  } catch {
    return false;
  }
}

/** How many of these packages are in place: npm fetches first, as a rule, and says nothing while it unpacks. */
function unpacked(paths) {
  return paths.filter((path) => existsSync(join(root, path, 'package.json'))).length;
}

/** Shows how an installation goes: one line redrawn on a terminal, else a line now and then. */
function showProgress(describe) {
  const { stderr } = process;
  const draw = () => stderr.write(stderr.isTTY ? `\r\x1b[2K${describe()}` : `${describe()}\n`);
  const timer = setInterval(draw, stderr.isTTY ? 200 : 5000);
  draw();
  return () => {
    clearInterval(timer);
    if (stderr.isTTY) stderr.write('\r\x1b[2K');
  };
}

/** Runs `npm ci`. Rejects with what npm said when it fails. */
async function install() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const wanted = Object.entries(packages).flatMap(([path, { optional }]) => (path !== '' && !optional ? [path] : []));
  const total = wanted.length;
  const started = Date.now();
  let fetched = 0;
  let output = '';
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(process.stderr.isTTY ? 1 : 0)} s`;
  const finish = showProgress(() => {
    const [done, step] = fetched < total ? [fetched, 'fetched'] : [unpacked(wanted), 'unpacked'];
    const left = done < total ? `${done} of ${total} packages ${step}` : 'fetching Node.js 24, last checks';
    return `Installing dependencies and Node.js 24 (first run): ${left}, ${seconds()}`;
  });
  // npm must not run on the Node.js that it is about to replace.
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(modules));
  // Install scripts on: the one of package `node` fetches the binary (see `allowScripts` in package.json).
  const flags = [
    '--ignore-scripts=false',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=http',
    '--progress=false',
  ];
  const npm = spawn('npm', ['ci', ...flags], {
    cwd: root,
    env: { ...process.env, PATH: path.join(delimiter) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = (chunk) => {
    const lines = String(chunk).split('\n');
    fetched += lines.filter((line) => /^npm http (fetch|cache)/.test(line)).length;
    output += lines.filter((line) => !line.startsWith('npm http')).join('\n');
  };
  npm.stdout.on('data', read);
  npm.stderr.on('data', read);
  const code = await new Promise((resolve, reject) => {
    npm.once('error', reject);
    npm.once('close', resolve);
  }).finally(finish);
  if (code !== 0) throw new Error(`npm ci failed (exit code ${code})\n${output}`);
  if (!existsSync(node)) {
    throw new Error(
      `npm ci left no ${node}\nIts install script did not run: see "npm help install-scripts".\n${output}`,
    );
  }
  process.stderr.write(`Installed dependencies and Node.js 24 in ${seconds()}.\n`);
}

/** npm that is killed tells nobody; but its children get another parent. */
function endWithNpm(end) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    end();
  }, 250);
  watch.unref();
}

/** Runs the script in place of this process, as far as a caller can tell. */
function run(argv) {
  // Members, tools and test files are processes that load the same modules: a third of their start would go into compiling them again.
  const env = { NODE_COMPILE_CACHE: join(root, '.tools/compiled'), ...process.env };
  const child = spawn(node, argv, { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  endWithNpm(() => child.kill('SIGTERM'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  child.once('error', (error) => {
    process.stderr.write(`${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    for (const name of signals) process.off(name, forward);
    // It had no time to put the terminal back.
    if (signal === 'SIGKILL' && process.stdin.isTTY) spawnSync('stty', ['sane'], { stdio: 'inherit' });
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

if (process.argv.length < 3) {
  process.stderr.write('usage: node src/dev/prepare.mjs <script.ts> [arguments]\n');
  process.exitCode = 64;
} else {
  try {
    if (!installed()) await install();
    run(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`Could not prepare Minotaur: ${error.message}\n`);
    process.exitCode = 1;
  }
}
