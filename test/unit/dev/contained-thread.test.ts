/** What runs in a contained thread: its memory is bounded, also beside its heap; it ends with its starter, and reads modules as that does. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ContainedThread } from '../../../src/dev/contained/contained-thread.ts';
import { waitFor } from '../../support/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'minotaur-contained-'));
after(() => rmSync(folder, { recursive: true }));
const contained = new URL('../../../src/dev/contained/', import.meta.url);

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Address of a program that does this with its `data`. */
function program(name: string, does: string): string {
  const work = JSON.stringify(new URL('thread.ts', contained).href);
  const text = `import { writeFileSync } from 'node:fs';\nimport { work } from ${work};\nawait work(async (data) => { ${does} });\n`;
  return pathToFileURL(fileOf(name, text)).href;
}

/** A file that runs such a program and prints what came of it. */
function starter(name: string, address: string): string {
  const module = JSON.stringify(new URL('contained-thread.ts', contained).href);
  const job = `{ program: ${JSON.stringify(address)}, data: null, megabytes: 64 }`;
  return fileOf(
    name,
    `import { ContainedThread } from ${module};\nusing thread = new ContainedThread(${job});\nconsole.log(JSON.stringify(await thread.ended));\n`,
  );
}

/** A zombie runs no more, whether or not anybody has asked for its end. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The process of a thread that never ends, which writes down who it is. */
async function pidIn(file: string): Promise<number> {
  return waitFor('the thread', () => Number(readFileSync(file, 'utf8')));
}

test('it answers, with what it was given', async () => {
  using thread = new ContainedThread({ program: program('twice.mjs', 'return data * 2;'), data: 21, megabytes: 64 });
  assert.deepEqual(await thread.ended, { kind: 'answer', answer: 42 });
});

/** Where nothing is bounded they end, at 2 GiB. */
for (const [name, does] of [
  ['buffers', 'const all = []; while (all.length < 2_048) all.push(Buffer.alloc(1 << 20, 1));'],
  ['typed arrays', 'const all = []; while (all.length < 2_048) all.push(new Float64Array(1 << 17).fill(1));'],
  ['one buffer', 'new Uint8Array(2 ** 31).fill(1);'],
  ['texts', "const all = []; while (all.length < 1_024) all.push(Buffer.alloc(2 << 20, 1).toString('latin1'));"],
  ['what a text holds', "JSON.parse('[' + '{\"a\":[1]},'.repeat(1 << 21) + '1]');"],
  ['objects', 'const all = []; while (all.length < 2 ** 25) all.push({ all });'],
] as const) {
  test(`it takes all memory for ${name}`, async () => {
    const address = program(`${name.replaceAll(' ', '-')}.mjs`, does);
    using thread = new ContainedThread({ program: address, data: null, megabytes: 64 });
    assert.deepEqual(await thread.ended, { kind: 'memory' });
  });
}

test('its process is gone once it is disposed of', { skip: process.platform !== 'linux' }, async () => {
  const said = join(folder, 'disposed.pid');
  const does = 'writeFileSync(data, String(process.pid)); for (;;);';
  const thread = new ContainedThread({ program: program('disposed.mjs', does), data: said, megabytes: 64 });
  const pid = await pidIn(said);
  assert.ok(isRunning(pid));
  thread[Symbol.dispose]();
  assert.deepEqual(await thread.ended, { kind: 'exit' });
  await waitFor('the end of its process', () => !isRunning(pid));
});

test('its process ends with a starter that is killed', { skip: process.platform !== 'linux' }, async (t) => {
  const said = join(folder, 'orphan.pid');
  const does = `writeFileSync(${JSON.stringify(said)}, String(process.pid)); for (;;);`;
  const child = spawn(process.execPath, [starter('orphan-starter.mts', program('orphan.mjs', does))]);
  t.after(() => child.kill('SIGKILL'));
  const pid = await pidIn(said);
  t.after(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
  child.kill('SIGKILL');
  await waitFor('the end of its process', () => !isRunning(pid));
});

test('hooks that its starter reads modules with are its own', async () => {
  const hooks = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'magic' ? { url: 'data:text/javascript,export default 7', shortCircuit: true } : next(specifier, context),
    });`;
  const preloaded = pathToFileURL(fileOf('hooks.mjs', hooks)).href;
  const file = starter('hooked-starter.mts', program('magic.mjs', "return (await import('magic')).default;"));
  for (const flags of [[`--import=${preloaded}`], ['--import', preloaded]]) {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file]);
    assert.deepEqual(JSON.parse(stdout), { kind: 'answer', answer: 7 });
  }
});

test('a program that is given by --eval may start one', async () => {
  const module = JSON.stringify(new URL('contained-thread.ts', contained).href);
  const job = `{ program: ${JSON.stringify(program('said.mjs', 'return 1;'))}, data: null, megabytes: 64 }`;
  const text = `import { ContainedThread } from ${module}; using thread = new ContainedThread(${job}); console.log(JSON.stringify(await thread.ended));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text]);
  assert.deepEqual(JSON.parse(stdout), { kind: 'answer', answer: 1 });
});
