/**
 * Who may be here, on a real cluster: who was sent away cannot come straight back, through no member and after no takeover; a lost token is replaced
 * where all can see it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import { Player, tryToJoin } from '../../support/player.ts';
import { waitFor } from '../../support/wait.ts';

test('a kick, a lock and a new token hold at every member, and after the owner died', {
  timeout: 90_000,
}, async (t) => {
  const cluster = await TestCluster.start(t);
  await cluster.addMembers('m1', 'm2', 'm3');
  await cluster.settled();
  const [first] = cluster.running;
  const base = first?.url ?? '';
  const ada = await Player.create(base);
  const { gameId } = ada;
  const bob = await Player.join(base, gameId, 'Bob');
  const cem = await Player.join(base, gameId, 'Cem');
  const socketOf = (player: Player) => GameConnection.to(base, gameId, player.token);
  const [kicked, renewed] = [socketOf(bob), socketOf(cem)];
  t.after(() => [kicked, renewed].map((socket) => socket.close()));

  expectStatus(await ada.leave(base, bob.playerId), 204);
  const given = await ada.ask(base, 'POST', `/players/${cem.playerId}/token`);
  const { token } = expectStatus(given, 200) as { token: string };
  const reasonOf = async (socket: GameConnection) => {
    const { code, reason } = await socket.closed;
    assert.equal(code, 4401);
    return reason;
  };
  assert.match(await reasonOf(kicked), /^kicked:/);
  assert.doesNotMatch(await reasonOf(renewed), /kicked/);

  const holdsEverywhere = async () => {
    for (const { url } of cluster.running) {
      const back = await tryToJoin(url, gameId, 'Bob');
      assert.deepEqual([back.status, back.code], [403, 'kept_out'], url);
      const body = { code: gameId.toLowerCase(), displayName: 'Bob' };
      const byCode = await send(url, 'POST', '/v1/join', { token: null, body });
      assert.deepEqual([byCode.status, byCode.code], [403, 'kept_out'], url);
      const old = await bob.read(url);
      assert.deepEqual([old.status, old.code], [401, 'kicked'], url);
      assert.deepEqual([(await cem.read(url)).code], ['unauthorized'], url);
      const events = expectStatus(await new Player({ ...cem, token }).events(url), 200) as {
        events: { type: string }[];
      };
      assert.partialDeepStrictEqual(events.events, [{ type: 'token_given', playerId: cem.playerId, by: 'host' }]);
      const early = await new Player({ ...cem, token }).ask(url, 'POST', '/host');
      assert.equal(early.code, 'host_present', url);
    }
  };
  await holdsEverywhere();
  expectStatus(await ada.ask(base, 'POST', '/lock'), 200);

  const { owner } = expectStatus(await ada.ask(base, 'GET', '/location'), 200) as { owner: string };
  await cluster.running.find(({ id }) => id === owner)?.kill();
  await waitFor('another member owns the game', async () => {
    const answer = await ada.read(cluster.running[0]?.url ?? '');
    return answer.status === 200;
  });
  await holdsEverywhere();
  for (const { url } of cluster.running) {
    const { game } = expectStatus(await ada.read(url), 200) as { game: { locked: boolean } };
    assert.equal(game.locked, true);
  }
});
