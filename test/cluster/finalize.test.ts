/**
 * An update to a version with another form of stored games (test/compose/support/next-version.ts), by real members and the real tool: it can be
 * rolled back until an operator finalizes it, and no longer. The tool is killed half way, and called while a member is behind.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import { writeNextVersion } from '../compose/support/next-version.ts';
import { expectStatus, persist } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { callTool, startTool } from '../support/minotaur-tool.ts';
import { Player } from '../support/player.ts';
import { waitFor } from '../support/wait.ts';

const root = join(import.meta.dirname, '../..');
/** Members start eight times here, beside players. */
const startWithinMs = 60_000;

/** The main file of the next version. */
async function deployNext(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-next-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeNextVersion(folder);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'src/main.ts');
}

async function roll(cluster: TestCluster, entry: string, ...members: readonly MemberProcess[]): Promise<void> {
  for (const member of members) {
    if (member.running) assert.deepEqual(await member.terminate(), { code: 0, signal: null });
    member.entry = entry;
    member.start();
    await member.ready(startWithinMs);
    await cluster.settled();
  }
}

/** The state version in which NATS holds the game. */
async function storedVersion({ nats, namespace }: TestCluster, gameId: string): Promise<number> {
  const connection = await connect({ servers: nats.servers.map(({ port }) => `127.0.0.1:${port}`) });
  try {
    const bucket = await connection.jetstream().views.kv(bucketNames(namespace, 'sessions').bucket, { bindOnly: true });
    for await (const key of await bucket.keys()) {
      if (key.split('.')[1] !== gameId || key.endsWith('barrier')) continue;
      return (await bucket.get(key))?.json<{ stateVersion: number }>().stateVersion ?? assert.fail('it is gone');
    }
    return assert.fail(`${gameId} is not stored`);
  } finally {
    await connection.close();
  }
}

test('an update is rolled back, made again, and finalized; then the older version is refused', {
  timeout: 560_000,
}, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_SLOTS: '24' } });
  const next = await deployNext(t);
  const prepared = await Promise.all(['a', 'b', 'c'].map((id) => cluster.prepareMember(id)));
  const [a, b, c] = prepared as [MemberProcess, MemberProcess, MemberProcess];
  const present = a.entry;
  await roll(cluster, present, a, b, c);
  const players = await Promise.all(
    Array.from({ length: 6 }, () => Player.create(a.url, { settings: { actionPoints: 100 } })),
  );
  for (const host of players) {
    await Player.join(a.url, host.gameId);
    expectStatus(await host.start(a.url), 200);
  }
  let acknowledged = 0;
  /** Everybody acts, and everything that was acknowledged is there. */
  const play = async () => {
    acknowledged += 1;
    for (const { gameId, token, playerId } of players) {
      const body = { type: 'move', vector: { q: 0, r: 0 } };
      const options = { pick: cluster.anyone, withinMs: 20_000, timeoutMs: 4_000, key: randomUUID(), token, body };
      expectStatus(await persist('POST', `/v1/games/${gameId}/actions`, options), 200);
      const reply = await persist('GET', `/v1/games/${gameId}`, {
        pick: cluster.anyone,
        withinMs: 20_000,
        timeoutMs: 4_000,
      });
      const { game } = expectStatus(reply, 200) as { game: { registeredActions: Record<string, unknown[]> } };
      assert.equal(game.registeredActions[playerId]?.length, acknowledged);
    }
  };
  const stored = () => Promise.all(players.map(({ gameId }) => storedVersion(cluster, gameId)));
  const all = (version: number) => players.map(() => version);
  const environment = {
    MINOTAUR_URL: a.url,
    MINOTAUR_NAMESPACE: cluster.namespace,
    MINOTAUR_NATS_URL: cluster.nats.servers[0]?.url ?? '',
  };
  const tool = (...argv: readonly string[]) => callTool(environment, ...argv);
  await play();

  await roll(cluster, next, a, b);
  await play();
  const early = await tool('finalize');
  assert.deepEqual(
    [early.code, /c speaks state version 3 and protocol 1 at most/.test(early.text)],
    [1, true],
    early.text,
  );
  assert.match((await tool('status')).text, /stored {3}state version 3; state version 4 is not spoken by c yet/);
  await roll(cluster, next, c);
  await play();
  assert.deepEqual(await stored(), all(3), 'so that it can be rolled back');
  const ready = await tool('status');
  assert.match(ready.text, /all speak state version 4: ready for minotaur finalize, and until then for a rollback/);
  await roll(cluster, present, a);
  await play();
  await roll(cluster, next, a);

  const killed = startTool(environment, 'finalize');
  await waitFor('older members are shut out', () => /looking who is there/.test(killed.output), { timeoutMs: 20_000 });
  await killed.kill();
  const halfWay = await tool('status');
  assert.deepEqual(
    [halfWay.code, /finalize is under way, or was interrupted/.test(halfWay.text)],
    [1, true],
    halfWay.text,
  );
  const refused = async (id: string) => {
    const late = await cluster.prepareMember(id);
    late.start();
    const exit = await waitFor(`${id} ends`, () => late.child.exit, { timeoutMs: startWithinMs });
    assert.deepEqual(exit, { code: 78, signal: null });
    assert.match(late.output, /this version knows state version 3 and protocol 1; the cluster needs at least 4 and 1/);
  };
  await refused('between');
  await play();
  assert.deepEqual(await stored(), all(3), 'nothing is written that was not decided');
  const undone = await tool('finalize', '--take-back');
  assert.equal(undone.code, 0, undone.text);
  await roll(cluster, present, b);
  await roll(cluster, next, b);

  const incarnations = async () => (await a.report()).members.map(({ incarnation }) => incarnation);
  const before = await incarnations();
  const [one, other] = await Promise.all([tool('finalize'), tool('finalize')]);
  for (const { code, text } of [one, other]) assert.equal(code, 0, text);
  assert.match(one.text, /state version 4 and protocol 1 is written from now on/);
  await play();
  assert.deepEqual(await stored(), all(4), 'members follow as they are');
  assert.deepEqual(await incarnations(), before);
  await refused('after');
  const again = JSON.parse((await tool('finalize', '--json')).text);
  assert.deepEqual([again.is, again.written.stateVersion], ['nothing', 4]);
  assert.equal((await tool('status')).code, 0);
});
