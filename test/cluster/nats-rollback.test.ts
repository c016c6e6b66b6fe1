/**
 * NATS loses writes that it had acknowledged (its storage is put back to an older state while nobody looks): nothing can bring them
 * back, but it is said loudly, the games that are left go on by themselves, and whoever watches them is shown what there is (I9, I8).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminToken } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import { type Frame, GameConnection } from '../support/game-connection.ts';
import { RecordedGame } from '../support/recorded-game.ts';
import { waitFor } from '../support/wait.ts';

test('a storage that went back is reported, and the cluster goes on from there', { timeout: 90_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  const members = await cluster.addMembers('a', 'b');
  await cluster.settled();
  const games = await Promise.all(Array.from({ length: 8 }, (_, n) => RecordedGame.start(cluster.anyone, `G${n}`)));
  const registerAll = () => Promise.all(games.map((game) => game.register(cluster.anyone, 'p0')));
  await registerAll();
  await cluster.nats.killAll();
  await cluster.nats.backUp();
  await cluster.nats.startAll();
  await registerAll();
  const [stays, leaves] = members.map(({ url }) => GameConnection.to(url, 'G0', adminToken));
  assert.ok(stays !== undefined && leaves !== undefined);
  t.after(() => stays.close());
  for (const watcher of [stays, leaves]) await watcher.next('the newest', ({ version }) => version === 3);
  leaves.close();
  const said = () => members.filter((member) => member.output.includes('NATS lost acknowledged writes')).length;
  assert.equal(said(), 0, 'an ordinary restart loses nothing');

  await cluster.nats.killAll();
  await cluster.nats.restore();
  await cluster.nats.startAll();
  await waitFor('every member says so', () => said() === members.length, { timeoutMs: 30_000 });
  for (const member of members) {
    const metrics = await fetch(`${member.url}/metrics`);
    assert.match(await metrics.text(), /minotaur_incidents_total\{kind="rollbacks"\} [1-9]/);
  }
  await waitFor(
    'every game answers again',
    async () => {
      const replies = await Promise.all(games.map((game) => game.read(members[0]?.url ?? '')));
      return replies.every((reply) => reply?.status === 200);
    },
    { timeoutMs: 30_000 },
  );
  const startsOver = ({ type, version, reset }: Frame) => type === 'game' && version === 2 && reset === true;
  await stays.next('an open socket starts over', startsOver, 30_000);
  assert.equal(stays.end, null, 'the game lives');
  const resumed = GameConnection.to(members[1]?.url ?? '', 'G0', adminToken, '?since=3&after=0');
  t.after(() => resumed.close());
  await resumed.next('who resumes starts over', startsOver);
  assert.notEqual(await games[0]?.register(cluster.anyone, 'p0'), null);
  for (const watcher of [stays, resumed]) {
    const { reset } = await watcher.next('and goes on', ({ type, version }) => type === 'game' && version > 2);
    assert.equal(reset, undefined);
  }
  const again = await RecordedGame.start(cluster.anyone, 'after');
  assert.notEqual(await again.register(cluster.anyone, 'p0'), null);
});
