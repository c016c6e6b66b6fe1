/**
 * README.md, as a newcomer uses it: a first game and a socket, pasted from it into a shell while `npm start` runs.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Child } from '../support/child.ts';
import { freePortRange } from '../support/ports.ts';
import { readmeBlocks } from '../support/readme.ts';
import { waitFor } from '../support/wait.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const members = 2;
/** So many that the member that is killed holds one of them: the kernel spreads connections to the shared port. */
const sockets = 5;
const folder = mkdtempSync(join(tmpdir(), 'minotaur-readme-'));
const children: Child[] = [];
after(async () => {
  await Promise.all(children.map((child) => child.kill()));
  rmSync(folder, { recursive: true, force: true });
});

function started(path: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
  const child = new Child(path, args, { ...inherited, ...environment });
  children.push(child);
  return child;
}

const inherited = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);

test('two players meet and play by the lines of README.md; the game outlives its owner, and the socket comes back', async () => {
  const port = await freePortRange(members + 1);
  const options = ['--port', `${port}`, '--members', `${members}`, '--folder', folder];
  const cluster = started(process.execPath, [join(root, 'src/dev/start.ts'), ...options]);
  const pids = () =>
    new Map([...cluster.output.matchAll(/^(m\d) .* pid (\d+)/gm)].map(([, id, pid]) => [id, Number(pid)]));
  await waitFor('the members are ready', () => cluster.exit !== null || pids().size === members, { timeoutMs: 60_000 });
  assert.equal(cluster.exit, null, cluster.output);

  const blocks = blocksOf('A first game', 'sh', port);
  const readAgain = blocks.at(-1) ?? '';
  const first = blocks.slice(0, -1).join('');
  const remembered = join(folder, 'remembered.sh');
  // What the shell of a reader knows from then on.
  const { stdout } = await shell(`${first}\nset | grep -E '^(GAMES?|JSON|ADA|GRACE)=' > ${remembered}`);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(answers.length, 6, stdout);
  const { owner } = answers[5];
  assert.equal(answers[4].version, 7, stdout);
  assert.match(owner, /^m[123]$/);

  const [script = ''] = blocksOf('A socket', 'js', port);
  const [command = ''] = blocksOf('A socket', 'sh', port);
  writeFileSync(join(folder, 'follow.mjs'), script);
  const line = `. ${remembered}\nexec ${command.replace('follow.mjs', join(folder, 'follow.mjs'))}`;
  const followers = Array.from({ length: sockets }, () => started('sh', ['-c', line]));
  const allSaw = (text: string) => followers.every(({ output }) => output.includes(text));
  await waitFor('the sockets tell the game', () => allSaw('round 2'));

  process.kill(pids().get(owner) ?? 0, 'SIGKILL');
  await waitFor('another member owns the game, in round 2', async () => {
    const answer = (await shell(`. ${remembered}\n${readAgain}`)).stdout;
    const now = /^x-minotaur-owner: (m\d)/im.exec(answer)?.[1];
    return now !== undefined && now !== owner && answer.includes('"round":2');
  });
  await shell(`. ${remembered}\ncurl -s -f -X POST $GAME/rounds/2/commit -H "$ADA"`);
  await shell(`. ${remembered}\ncurl -s -f -X POST $GAME/rounds/2/commit -H "$GRACE"`);
  await waitFor('every socket is there', () => allSaw('round 3'));
  for (const { output } of followers) {
    const told = [...output.matchAll(/^(\d+) \w+$/gm)].map(([, seq]) => Number(seq));
    const inOrder = Array.from({ length: told.length }, (_, index) => index + 1);
    assert.deepEqual(told, inOrder, output);
  }
});

/** With the port of this test in place of the usual one. */
function blocksOf(heading: string, wanted: string, port: number): readonly string[] {
  const blocks = readmeBlocks(heading).filter(({ language }) => language === wanted);
  return blocks.map(({ code }) => code.replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`));
}

function shell(script: string): Promise<{ stdout: string }> {
  return run('sh', ['-e', '-c', script], { cwd: root, env: { ...inherited, PATH: pathWithNode } });
}

/** A reader has some Node.js in the path. */
const pathWithNode = `${join(process.execPath, '..')}:${process.env.PATH}`;
