/**
 * `npm start`, as a newcomer uses it: the printed lines work, and nothing is left behind however it ends.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Child } from '../support/child.ts';
import { freePortRange } from '../support/ports.ts';
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

interface Answer {
  readonly game: {
    readonly id: string;
    readonly round: number;
    readonly world: Readonly<Record<string, unknown>> | null;
  };
}

function start(port: number, ...more: readonly string[]): Child {
  const args = ['--port', String(port), '--members', String(members), '--folder', folder, ...more];
  const child = new Child(process.execPath, [entry, ...args], environment);
  children.push(child);
  return child;
}

async function started(): Promise<{ readonly child: Child; readonly port: number; readonly pids: readonly number[] }> {
  const port = await freePortRange(members + 1);
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
  const port = await freePortRange(members + 1);
  const server = createServer().listen(port + 1, '127.0.0.1');
  const child = start(port);
  assert.deepEqual(await child.exited, { code: 1, signal: null });
  server.close();
  assert.match(child.output, new RegExp(`port ${port + 1} is taken`));
  assert.match(child.output, /npm start -- --port/);
});

test('a second start names the process that holds the folder; kill -9 of what npm runs leaves nothing behind', async () => {
  const first = await started();
  const second = start(await freePortRange(members + 1));
  assert.deepEqual(await second.exited, { code: 1, signal: null });
  assert.match(second.output, new RegExp(`\\(process ${first.child.pid}\\) uses .*kill ${first.child.pid}`));
  await first.child.kill();
  await allGone(first.pids);

  const port = await freePortRange(members + 1);
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

/** The game of the guide, in a file of its own. */
function guideGame(): { readonly file: string; readonly text: string } {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/your-own-game.md'), 'utf8');
  const text = /```ts\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
  const file = join(folder, 'my-game.ts');
  writeFileSync(file, text);
  return { file, text };
}

test('a game of your own is played anew when it was saved, under a running game; one that is wrong never is', async () => {
  const { file, text } = guideGame();
  const port = await freePortRange(members + 1);
  // In the folder that holds the games of another: they are kept apart.
  const child = start(port, '--game', file);
  const pids = await pidsOf(child);
  assert.match(child.output, /game +high-card .*MINOTAUR_NAMESPACE minotaur-high-card/);
  const says = (what: RegExp) =>
    waitFor(String(what), () => child.exit !== null || what.test(child.output), { timeoutMs: 60_000 });
  const url = `http://127.0.0.1:${port}/v1/games`;
  const call = async (path: string, body: unknown, token = '') => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const request = body === null ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    return (await (await fetch(`${url}${path}`, { ...request, signal: AbortSignal.timeout(10_000) })).json()) as Answer;
  };
  const opened = { displayName: 'Ada', settings: { bots: 1, roundSeconds: 3_600 } };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(url, { method: 'POST', headers, body: JSON.stringify(opened) });
  const { game, token } = (await made.json()) as Answer & { token: string };
  await call(`/${game.id}/start`, {}, token);
  const before = (await call(`/${game.id}`, null, token)).game;
  assert.deepEqual([before.round, before.world?.hand], [1, [1, 2, 3, 4, 5]]);

  writeFileSync(file, text.replace('world.points[id] === most', 'world.points[id] === nobody'));
  await says(/my-game\.ts is not played:\n *outcome: .*nobody is not defined/);
  await says(/The members play on as before/);
  assert.deepEqual((await call(`/${game.id}`, null, token)).game, before);

  writeFileSync(file, text.replace("name: 'high-card'", "name: 'low-card'"));
  await says(/its name was high-card and is low-card: that is another game/);

  const demanding = text.replace(/world: z\.object\(\{/, 'world: z.object({ trump: z.string(),');
  assert.notEqual(demanding, text);
  writeFileSync(file, demanding.replace('hands: Object', "trump: 'hearts', hands: Object"));
  await says(new RegExp(`my-game\\.ts does not suit the running game ${game.id}:\n.*trump`));
  assert.deepEqual((await call(`/${game.id}`, null, token)).game, before);

  const withTotal = text.replace('points: world.points,\n  }),', 'points: world.points,\n    total: 15,\n  }),');
  assert.notEqual(withTotal, text);
  writeFileSync(file, withTotal);
  await says(/my-game\.ts is right \(high-card, version 1\) and suits the running game: /);
  await says(/my-game\.ts: all members play it/);
  const after = (await call(`/${game.id}`, null, token)).game;
  assert.deepEqual(after.world, { ...before.world, total: 15 });
  assert.equal(after.round, 1);

  child.signal('SIGTERM');
  assert.deepEqual(await child.exited, { code: 0, signal: null }, child.output);
  await waitFor('nothing is left', () => pids.every((pid) => !alive(pid)));
});

test('a game that is wrong from the beginning starts nothing', async () => {
  const { file, text } = guideGame();
  writeFileSync(file, text.replace('version: 1', "version: 'one'"));
  const child = start(await freePortRange(members + 1), '--game', file);
  assert.deepEqual(await child.exited, { code: 1, signal: null });
  assert.match(child.output, /my-game\.ts is not played:\nversion: /);

  const nowhere = start(await freePortRange(members + 1), '--game', join(folder, 'nothing.ts'));
  assert.deepEqual(await nowhere.exited, { code: 1, signal: null });
  assert.match(nowhere.output, /--game: there is no file .*nothing\.ts/);
});
