/** A stream goes on when the owner of the game is killed, and goes on elsewhere, without a gap, when its own member is killed or drained. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectStatus, persist } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player } from '../../support/player.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { waitFor } from '../../support/wait.ts';

test('streams outlive owners, and resume on any member by Last-Event-ID', { timeout: 90_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const base = members[0]?.url ?? '';
  const ada = await Player.create(base);
  const latest = await ada.start(base);
  expectStatus(latest, 200);
  const owner = members.find(({ id }) => id === latest.headers['x-minotaur-owner']);
  const [gateway, other] = members.filter((member) => member !== owner) as [MemberProcess, MemberProcess];
  assert.ok(owner);

  const seqs: number[] = [];
  const versions: number[] = [];
  const open = (member: MemberProcess, lastId: string | null) => {
    const headers = { authorization: `Bearer ${ada.token}`, ...(lastId !== null && { 'last-event-id': lastId }) };
    return StreamClient.to(t, `${member.url}/v1/games/${ada.gameId}/stream?after=0`, headers);
  };
  const keep = (stream: StreamClient) => {
    seqs.push(...stream.seqs);
    versions.push(...stream.games.map(({ version }) => version));
    return stream.lastId;
  };
  let round = 0;
  const play = async (rounds: number) => {
    for (const last = round + rounds; round < last; ) {
      round += 1;
      const options = { pick: () => cluster.running.at(-1)?.url ?? null, withinMs: 30_000, token: ada.token };
      const address = `/v1/games/${ada.gameId}/rounds/${round}/commit`;
      expectStatus(await persist('POST', address, { ...options, timeoutMs: 3_000, key: randomUUID() }), 200);
    }
  };
  const isComplete = (stream: StreamClient) => () => (stream.seqs.at(-1) ?? seqs.at(-1)) === 2 + 2 * round;

  const first = open(gateway, null);
  await play(5);
  await waitFor('the first rounds', isComplete(first));
  await owner.kill();
  await play(5);
  await waitFor('rounds after the kill of the owner', isComplete(first), { timeoutMs: 20_000 });
  assert.equal(first.isClosed, false);

  await gateway.kill();
  await waitFor('the end of the stream', () => first.isClosed);
  owner.start();
  await owner.ready();
  await play(5);
  const second = open(other, keep(first));
  await waitFor('what was missed', isComplete(second));

  const drained = other.terminate();
  await waitFor('the end by a drain', () => second.isClosed);
  assert.equal(second.events.at(-1)?.event, 'reconnect');
  await drained;
  const third = open(owner, keep(second));
  await play(5);
  await waitFor('the last rounds', isComplete(third), { timeoutMs: 20_000 });
  keep(third);
  assert.deepEqual(
    seqs,
    Array.from({ length: 2 + 2 * round }, (_, index) => index + 1),
  );
  assert.deepEqual(
    versions,
    [...new Set(versions)].toSorted((one, two) => one - two),
  );
});
