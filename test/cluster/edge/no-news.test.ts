/** In a full room most commits show most players nothing: those cost no frame. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import { Player } from '../../support/player.ts';
import { waitFor } from '../../support/wait.ts';

const seats = 16;
const actions = 3;

test('who registers an action sees it, and nobody else gets a frame', { timeout: 60_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  const members = await cluster.addMembers('a', 'b');
  await cluster.settled();
  const bases = members.map(({ url }) => url);
  const at = (index: number) => bases[index % bases.length] ?? '';
  const host = await Player.create(at(0), { settings: { maxPlayers: seats, actionPoints: actions } });
  const players = [host];
  while (players.length < seats) players.push(await Player.join(at(players.length), host.gameId));
  expectStatus(await host.start(at(0)), 200);
  const connections = players.map(({ gameId, token }, index) => GameConnection.to(at(index), gameId, token));
  t.after(() => {
    for (const connection of connections) connection.close();
  });
  await waitFor('every player sees the round', () => connections.every(({ versions }) => versions.length > 0));
  const begun = connections.map(({ versions }) => versions.length);

  for (let action = 0; action < actions; action += 1) {
    for (const [index, player] of players.entries()) expectStatus(await player.register(at(index + action)), 200);
  }
  const commits = seats * actions;
  const own = ({ frames }: GameConnection, playerId: string) =>
    frames.findLast(({ type }) => type === 'game').game.registeredActions[playerId]?.length;
  await waitFor('everybody sees what it did', () =>
    connections.every((connection, index) => own(connection, players[index]?.playerId ?? '') === actions),
  );
  // What would still be on its way is there before the answer.
  for (const connection of connections) await connection.ask('get_game');
  const frames = connections.map(({ versions }, index) => versions.length - (begun[index] ?? 0));
  assert.ok(
    frames.every((count) => count <= actions),
    `${frames}`,
  );
  const sent = frames.reduce((one, other) => one + other, 0);
  t.diagnostic(
    `${sent} frames for ${commits} commits and ${seats} sockets: ${(100 * (1 - sent / (commits * seats))).toFixed(1)} % fewer`,
  );
});
