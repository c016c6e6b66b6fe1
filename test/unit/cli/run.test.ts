/**
 * The tool as it is called: what it prints where, its exit codes, and that nothing secret is said. It asks a real edge over a fake gateway.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { writeBackup } from '../../../src/adapters/backup/backup-file.ts';
import { run } from '../../../src/cli/run.ts';
import { freePort } from '../../support/ports.ts';
import { listeningEdge, otherToken, token } from '../http/edge-fixture.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

const pause = (ms: number, ended?: AbortSignal): Promise<void> =>
  after(ms, undefined, ended && { signal: ended }).catch(() => undefined);

async function call(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  wall: () => number = Date.now,
): Promise<Said> {
  let out = '';
  let errors = '';
  const code = await run(argv, {
    environment,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      errors += text;
    },
    wall,
    pause,
    stopped: new AbortController().signal,
  });
  return { code, out, errors };
}

test('help is on the standard output, of the tool and of each command', async () => {
  for (const argv of [[], ['help'], ['--help'], ['-h']]) {
    const { code, out, errors } = await call(argv);
    assert.deepEqual([code, errors], [0, '']);
    assert.match(out, /^minotaur <command>.*\n {2}why <game> /s);
  }
  const { code, out } = await call(['drain', '--help']);
  assert.deepEqual([code, out.startsWith('minotaur drain <member>\n')], [0, true]);
});

test('what is called wrongly is 64, and how it is called right stands beside it', async () => {
  const wrong: Readonly<Record<string, readonly string[]>> = {
    'there is no command "stauts"': ['stauts'],
    'there is no command "toString"': ['toString'],
    "minotaur: Unknown option '--jsn'\n": ['status', '--jsn'],
    'minotaur: --round takes a value that does not begin with a dash\n': ['get', 'ABC', '--round', '-1'],
    'the command comes first, then --json': ['--json', 'why', 'ABC'],
    'status takes options alone, not "extra"': ['status', 'extra'],
    'fsck takes options alone, not "extra"': ['fsck', 'extra', '--repair'],
    'name one game': ['why'],
    '"a b" is no id of a game': ['why', 'a b'],
    '--round takes a number': ['get', 'ABC', '--round', 'x'],
    'drain names one member': ['drain', 'm1', 'm2'],
    '--url must begin with http:// or https://, not "ftp://a"': ['status', '--url', 'ftp://a'],
    'the token goes into MINOTAUR_ADMIN_TOKEN': ['status', '--url', 'http://me:hidden-word@a'],
  };
  for (const [words, argv] of Object.entries(wrong)) {
    const { code, out, errors } = await call(argv);
    assert.deepEqual([code, out], [64, ''], errors);
    assert.ok(errors.startsWith('minotaur: ') && errors.includes(words) && errors.includes('--url <address>'), errors);
    assert.ok(!errors.includes('hidden-word'));
  }
});

test('nobody there is 69, and so is somebody else', async (t) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const { code, errors } = await call(['status', '--url', nobody]);
  assert.deepEqual([code, errors], [69, `minotaur: ${nobody}: nobody listens there\n`]);
  const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const said = await call(['status', '--url', elsewhere]);
  assert.deepEqual([said.code, said.errors], [69, `minotaur: ${elsewhere}: what answers there is no member (200)\n`]);
});

test('in the container of a member no address is needed; an address beats the environment', async (t) => {
  const { port } = await listeningEdge(t);
  const here = { MINOTAUR_ADMIN_TOKENS: `${otherToken},another` };
  const bothPorts = { ...here, MINOTAUR_OPS_PORT: String(port), MINOTAUR_PORT: 'tcp://10.0.0.1:3000' };
  for (const environment of [bothPorts, { ...here, MINOTAUR_OPS_PORT: '0', MINOTAUR_PORT: String(port) }]) {
    assert.match((await call(['get', 'ABC'], environment)).out, /"version": 3/);
  }
  const elsewhere = { ...here, MINOTAUR_URL: `http://127.0.0.1:${await freePort()}` };
  assert.equal((await call(['get', 'ABC'], elsewhere)).code, 69);
  assert.equal((await call(['get', 'ABC', '--url', `http://127.0.0.1:${port}/`], elsewhere)).code, 0);
});

test('a token that is none is 77, and is not repeated', async (t) => {
  const { port } = await listeningEdge(t);
  const at = { MINOTAUR_URL: `http://127.0.0.1:${port}` };
  const said = await call(['drain', 'm1'], { ...at, MINOTAUR_ADMIN_TOKEN: 'not-this-one' });
  assert.equal(said.code, 77);
  assert.match(said.errors, /^minotaur: unauthorized: .*MINOTAUR_ADMIN_TOKEN/);
  assert.ok(!`${said.out}${said.errors}`.includes('not-this-one'));
  const examined = await call(['doctor'], { ...at, MINOTAUR_ADMIN_TOKEN: 'not-this-one' });
  assert.equal(examined.code, 77);
  assert.match(
    examined.out,
    /members {5}unauthorized: .*MINOTAUR_ADMIN_TOKEN.*\n +docs\/runbook.md#clients-are-refused/,
  );
});

test('tail without a token says the same as all others', async (t) => {
  const { port } = await listeningEdge(t);
  const at = { MINOTAUR_URL: `http://127.0.0.1:${port}`, MINOTAUR_ADMIN_TOKEN: 'not-this-one' };
  const { code, errors } = await call(['tail', 'ABC'], at);
  assert.equal(code, 77);
  assert.match(errors, /^minotaur: unauthorized: .*MINOTAUR_ADMIN_TOKEN/);
});

test('whoever is shown less for want of a token is told so, beside the JSON', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const at = { MINOTAUR_URL: `http://127.0.0.1:${port}` };
  const game = { id: 'ABC', status: 'lobby', round: 0, roundEndTime: null };
  gateway.put('ABC', 4, game);
  const shown = await call(['get', 'ABC', '--json'], at);
  assert.deepEqual([shown.code, (JSON.parse(shown.out) as { view: string }).view], [0, 'public']);
  assert.match(shown.errors, /^This is what everybody sees: .*MINOTAUR_ADMIN_TOKEN/);
  assert.equal((await call(['get', 'ABC'], { ...at, MINOTAUR_ADMIN_TOKEN: token })).errors, '');
});

test('a file that cannot be imported is named, and what is in one that can', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-import-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [absent, garbage, good] = ['absent', 'garbage', 'good'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(garbage, 'garbage');
  await writeBackup(good, 'minotaur', twoGames());
  const words: readonly (readonly [string, string])[] = [
    [absent, `there is no file ${absent}`],
    [garbage, `${garbage} cannot be used: it is damaged`],
    [good, `There is no ABC in ${good}: it holds ONE and TWO.`],
  ];
  for (const [file, sentence] of words) {
    const { code, out, errors } = await call(['import', file, 'ABC']);
    assert.equal(code, 1);
    assert.ok(`${out}${errors}`.includes(sentence), `${out}${errors}`);
  }
});

async function* twoGames() {
  for (const key of ['1.ONE', '1.ONE.1', '2.TWO']) {
    yield { bucket: 'archive' as const, key, headers: {}, deleted: false, value: Buffer.from('{}') };
  }
}

test('a drain that does not come about is 1, after a minute, and stays asked for', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  let now = 0;
  const wall = () => {
    now += 1_000;
    return now;
  };
  const environment = { MINOTAUR_URL: `http://127.0.0.1:${port}`, MINOTAUR_ADMIN_TOKEN: token };
  // The fake takes the order and shows no members.
  const { code, out } = await call(['drain', 'm1'], environment, wall);
  assert.deepEqual([code, out], [1, 'm1 is not among the members any more\n']);
  assert.ok(now > 60_000 && now < 90_000, `${now}`);
  assert.equal(gateway.drained.get('m1'), true);
});

test('what was asked for is JSON and nothing else with --json; what is wrong is 1', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const environment = { MINOTAUR_URL: `http://127.0.0.1:${port}`, MINOTAUR_ADMIN_TOKEN: token };
  const status = await call(['status', '--json'], environment);
  const { findings } = JSON.parse(status.out) as { findings: { check: string; state: string }[] };
  assert.deepEqual([status.code, status.errors], [1, '']);
  // The fake has no members and a bucket that cannot be used.
  const wrong = findings.filter(({ state }) => state === 'broken').map(({ check }) => check);
  assert.deepEqual(wrong, ['members', 'buckets']);
  gateway.answerWith = () => ({ status: 404, body: '{"code":"game_not_alive"}', owner: 'm2' });
  const why = await call(['why', 'ABC', '--json'], environment);
  assert.equal(why.code, 1);
  assert.match((JSON.parse(why.out) as { sentence: string }).sentence, /^There is no ABC/);
});

test('a game is told as it happens, until it is over', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const at = '2030-01-31T12:00:00.000Z';
  const game = { id: 'ABC', status: 'active', round: 2, roundEndTime: '2030-01-31T12:00:41.000Z', players: {} };
  gateway.put('ABC', 4, game, [{ type: 'round_started', round: 2, at }]);
  const environment = { MINOTAUR_URL: `http://127.0.0.1:${port}`, MINOTAUR_ADMIN_TOKEN: token };
  const lines: string[] = [];
  const told = run(['tail', 'ABC'], {
    environment,
    write: (text) => {
      lines.push(...text.trim().split('\n'));
      if (lines.length === 1) {
        const over = { ...game, status: 'concluded' };
        gateway.put('ABC', 5, over, [{ type: 'game_concluded', round: 2, at, reason: 'all have left' }]);
        gateway.remove('ABC');
      }
    },
    writeError: () => {},
    wall: Date.now,
    pause,
    stopped: new AbortController().signal,
  });
  assert.equal(await told, 0);
  assert.deepEqual(lines, [
    '--        round 2, ends 12:00:41 (version 4)',
    '12:00:00 #2 r2 game_concluded reason="all have left"',
    '--        concluded (version 5)',
    'The game is over.',
  ]);
});
