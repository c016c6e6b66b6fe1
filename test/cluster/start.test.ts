/**
 * `npm start`, as a newcomer uses it: the printed lines work, and nothing is left behind however it ends.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Child } from '../support/child.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../src/dev/start.ts');
const members = 2;
const folder = mkdtempSync(join(tmpdir(), 'minotaur-start-'));
const children: Child[] = [];
after(async () => {
  await Promise.all(children.map((child) => child.kill()));
  rmSync(folder, { recursive: true });
});

const environment = Object.fromEntries(
  Object.entries({ ...process.env, MINOTAUR_DRAIN_MIN_MS: '100' }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  ),
);

function start(port: number): Child {
  const args = ['--port', String(port), '--members', String(members), '--folder', folder];
  const child = new Child(process.execPath, [entry, ...args], environment);
  children.push(child);
  return child;
}

/** A port after which the members' ports are free too. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = await freePort();
    const all = Array.from({ length: members }, (_, index) => first + index + 1);
    if (first + members <= 65_000 && (await Promise.all(all.map(isFree))).every((free) => free)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function started(): Promise<{ readonly child: Child; readonly port: number; readonly pids: readonly number[] }> {
  const port = await freePorts();
  const child = start(port);
  return { child, port, pids: await pidsOf(child) };
}

/** Of the members and of NATS, once the members are ready. */
async function pidsOf(child: Child): Promise<readonly number[]> {
  const printed = () => [...child.output.matchAll(/ pid (\d+)/g)].map(([, pid]) => Number(pid));
  await waitFor('the members are ready', () => child.exit !== null || printed().length === members, {
    timeoutMs: 40_000,
  });
  assert.equal(child.exit, null, child.output);
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  // NATS names the folder; the members are named by what was printed.
  const nats = stdout.split('\n').find((line) => line.includes(join(folder, 'nats'))) ?? '';
  return [...printed(), Number.parseInt(nats, 10)];
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function allGone(pids: readonly number[]): Promise<void> {
  assert.equal(pids.length, members + 1, 'the members and NATS');
  await waitFor('nothing is left', () => pids.every((pid) => !alive(pid)));
}

test('the printed lines work when pasted; SIGTERM ends everything, a paused member too; games survive', async () => {
  const first = await started();
  const lines = first.child.lines.filter((line) => line.startsWith('curl '));
  const answers: string[] = [];
  for (const line of lines) answers.push((await run('sh', ['-c', line])).stdout);
  const [created = '', registered = '', read = '', location = ''] = answers;
  assert.equal(JSON.parse(created).game.id, 'demo');
  assert.equal(JSON.parse(registered).version, 2);
  assert.match(read, /x-minotaur-owner: m[12]/);
  assert.match(read, /"registeredActions":\{"ada"/);
  assert.equal(JSON.parse(location).gameId, 'demo');

  process.kill(first.pids[0] ?? 0, 'SIGSTOP');
  first.child.signal('SIGTERM');
  assert.deepEqual(await first.child.exited, { code: 0, signal: null }, first.child.output);
  await allGone(first.pids);

  const second = await started();
  const readAgain = second.child.lines.filter((line) => line.startsWith('curl '))[2] ?? '';
  assert.match((await run('sh', ['-c', readAgain])).stdout, /"registeredActions":\{"ada"/);
  await second.child.kill();
  await allGone(second.pids);
});

test('a taken port is named, with a way out', async () => {
  const port = await freePorts();
  const server = createServer().listen(port + 1, '127.0.0.1');
  const child = start(port);
  assert.deepEqual(await child.exited, { code: 1, signal: null });
  server.close();
  assert.match(child.output, new RegExp(`port ${port + 1} is taken`));
  assert.match(child.output, /npm start -- --port/);
});

test('a second start names the process that holds the folder; kill -9 of what npm runs leaves nothing behind', async () => {
  const first = await started();
  const second = start(await freePorts());
  assert.deepEqual(await second.exited, { code: 1, signal: null });
  assert.match(second.output, new RegExp(`\\(process ${first.child.pid}\\) uses .*kill ${first.child.pid}`));
  await first.child.kill();
  await allGone(first.pids);

  const port = await freePorts();
  const args = ['--port', String(port), '--members', String(members), '--folder', folder];
  const prepare = new Child(
    process.execPath,
    [join(import.meta.dirname, '../../src/dev/prepare.mjs'), entry, ...args],
    environment,
  );
  children.push(prepare);
  const pids = await pidsOf(prepare);
  await prepare.kill();
  await allGone(pids);
});
