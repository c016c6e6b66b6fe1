/**
 * What the tool does with what is stored: it finds damage, mends it where nothing is lost, and takes one game out and brings it back, while
 * members run and others play.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'nats';
import { bucketNames } from '../../src/adapters/nats/names.ts';
import { slotOf } from '../../src/cluster/slot-hash.ts';
import { expectStatus, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { callTool } from '../support/minotaur-tool.ts';
import { Player } from '../support/player.ts';
import { storedKeys } from '../support/stored-keys.ts';

const slots = 256;

/** A game of two in its third round: two records are archived. */
async function playedGame(base: string): Promise<readonly [Player, Player]> {
  const ada = await Player.create(base);
  const bob = await Player.join(base, ada.gameId);
  expectStatus(await ada.start(base, randomUUID()), 200);
  for (const round of [1, 2]) {
    for (const player of [ada, bob]) expectStatus(await player.commit(base, round, randomUUID()), 200);
  }
  return [ada, bob];
}

test('damage is found and mended, and one game is taken out and brought back', { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'minotaur-stored-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const cluster = await TestCluster.start(t);
  const [a, b] = await cluster.addMembers('a', 'b');
  assert.ok(a && b);
  await cluster.settled();
  const [nats] = cluster.nats.servers;
  const environment = {
    MINOTAUR_URL: a.url,
    MINOTAUR_NAMESPACE: cluster.namespace,
    MINOTAUR_NATS_URL: `127.0.0.1:${nats?.port}`,
  };
  const tool = (...argv: readonly string[]) => callTool(environment, ...argv);
  const expectWell = async (...argv: readonly string[]): Promise<string> => {
    const { code, text } = await tool(...argv);
    assert.equal(code, 0, `${argv.join(' ')}: ${text}`);
    return text;
  };
  const put = async (key: string, value: Uint8Array) => {
    const connection = await connect({ servers: `127.0.0.1:${nats?.port}` });
    const kv = await connection
      .jetstream()
      .views.kv(bucketNames(cluster.namespace, 'sessions').bucket, { bindOnly: true });
    await kv.put(key, value).finally(() => connection.close());
  };
  const erase = async (gameId: string) => expectStatus(await send(a.url, 'DELETE', `/v1/games/${gameId}`), 204);

  const [ada, bob] = await playedGame(a.url);
  const { gameId } = ada;
  const key = `${slotOf(gameId, slots)}.${gameId}`;
  assert.match(await expectWell('fsck'), /^1 stored game looked at: all of it belongs together\.$/);

  const file = join(folder, 'game');
  assert.match(await expectWell('export', gameId, file), /in 3 parts\.$/);
  const before = expectStatus(await ada.read(a.url), 200) as { game: object; version: number };
  const there = await tool('import', file, gameId);
  assert.deepEqual([there.code, /there is a game of that id here: --replace/.test(there.text)], [1, true], there.text);

  await erase(gameId);
  assert.match((await tool('why', gameId)).text, /There is no /);
  await expectWell('import', file, gameId);
  // At both members, at once: whoever owns it knows.
  for (const { url } of [a, b]) {
    const after = expectStatus(await ada.read(url), 200) as { game: object; version: number };
    assert.deepEqual([after.version, after.game], [before.version, before.game]);
    for (const round of [1, 2]) expectStatus(await bob.ask(url, 'GET', `/rounds/${round}`), 200);
  }
  for (const player of [ada, bob]) expectStatus(await player.commit(b.url, 3, randomUUID()), 200);
  await expectWell('fsck');
  assert.deepEqual(
    await storedKeys(cluster, 'archive', [gameId]),
    [1, 2, 3].map((round) => `${key}.${round}`),
  );

  // Somebody wrote there by hand. A member has it in memory yet: it is the next start that could not read it.
  await put(key, Buffer.from('{"format":9}'));
  const unreadable = await tool('fsck');
  assert.equal(unreadable.code, 1);
  assert.match(unreadable.text, new RegExp(`sessions  ${key.replace('.', '\\.')} +cannot be read: `));
  assert.equal(await expectWell('get', gameId, '--stored'), '{"format":9}');
  await expectWell('import', file, gameId, '--replace');
  // At once, also at the member that had another state in memory.
  const mended = expectStatus(await ada.read(a.url), 200) as { game: { round: number } };
  assert.equal(mended.game.round, 3, 'as it was exported');
  for (const player of [ada, bob]) expectStatus(await player.commit(b.url, 3, randomUUID()), 200);
  for (const { url } of [a, b]) {
    const { text } = await send(url, 'GET', '/metrics');
    assert.match(text, /^minotaur_incidents_total\{kind="rollbacks"\} 0$/m, 'nobody takes that for a loss by NATS');
  }

  // In the slot of another game nobody finds it; where it belongs somebody may have deleted it.
  const value = await expectWell('get', gameId, '--stored');
  const wrongFor = (id: string) => `${(slotOf(id, slots) + 1) % slots}.${id}`;
  await erase(gameId);
  const moved = `${gameId}X`;
  await put(wrongFor(gameId), Buffer.from(value));
  await put(wrongFor(moved), Buffer.from(value.replaceAll(gameId, moved)));
  const misplaced = await tool('fsck');
  assert.equal(
    misplaced.text.match(/belongs into slot \d+: nobody finds it here +--repair can mend it/g)?.length,
    2,
    misplaced.text,
  );
  const repaired = await tool('fsck', '--repair');
  assert.equal(repaired.code, 1);
  assert.match(repaired.text, /nothing was moved: wrong last sequence: \d+/);
  assert.match(repaired.text, new RegExp(`${moved} .* mended`));
  expectStatus(await send(a.url, 'POST', `/v1/games/${moved}/continue`, { body: { game: { id: moved } } }), 200);
  assert.deepEqual(
    await storedKeys(cluster, 'sessions', [gameId, moved]),
    [wrongFor(gameId), `${slotOf(moved, slots)}.${moved}`].sort(),
  );
});
