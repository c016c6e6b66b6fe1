/** Spectators follow a game of tic-tac-toe on any member without a token, gapless, while its owner is killed; other games stay closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ended, minotaur, type Update, type Watch } from '../../../src/client/index.ts';
import type ticTacToe from '../../../src/games/tic-tac-toe/game.ts';
import { send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { waitFor } from '../../support/wait.ts';

type Game = typeof ticTacToe;

function reading(watch: Watch<Game>): { updates: Update<Game>[]; end: Promise<unknown> } {
  const updates: Update<Game>[] = [];
  const read = async () => {
    for await (const update of watch) updates.push(update);
    return null;
  };
  return { updates, end: read().catch((error: unknown) => error) };
}

test('a game is watched without a token, from its lobby to its end', { timeout: 90_000 }, async (t) => {
  const cluster = await TestCluster.start(t, { environment: { MINOTAUR_GAME: 'tic-tac-toe' } });
  const members = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  const bases = members.map(({ url }) => url);
  const server = minotaur<Game>(bases);
  const settings = { spectators: true, roundSeconds: 600 };
  const ada = await server.create({ displayName: 'Ada', settings });
  const bob = await server.join(ada.seat.gameId, 'Bob');
  const { gameId } = ada.seat;
  const watches = [...bases.map((base) => minotaur<Game>(base)), minotaur<Game>(bases, { WebSocket: null })].map(
    (each) => each.watch(gameId),
  );
  const seats = [ada, bob];
  t.after(() => {
    for (const each of [...watches, ...seats]) each.close();
  });
  const seen = watches.map(reading);
  await waitFor('the lobby', () => seen.every(({ updates }) => updates.length > 0));
  assert.equal(seen[0]?.updates[0]?.view, null);

  const isTold = ({ updates }: { updates: Update<Game>[] }) => updates.at(-1)?.presence?.spectators === 4;
  await waitFor('how many watch, over all members', () => seen.every(isTold), { timeoutMs: 20_000 });
  assert.ok(seen.every(({ updates }) => Object.keys(updates.at(-1)?.presence?.players ?? {}).length === 0));
  const connected = new Set<string>();
  const playing = seats.map(async (match) => {
    for await (const { view, game, presence } of match) {
      for (const [id, player] of Object.entries(presence?.players ?? {})) if (player.connected) connected.add(id);
      const turn = game.turn as { readonly players: readonly string[] } | undefined;
      if (view === null || game.status !== 'active' || turn?.players[0] !== match.seat.playerId) continue;
      if (Object.values(game.registeredActions as object).flat().length > 0) continue;
      await match.act.mark({ cell: view.cells.indexOf(null) });
    }
  });
  const { owner } = (await send(bases[0] ?? '', 'GET', `/v1/games/${gameId}`)).json as { readonly owner: string };
  await ada.start();
  await waitFor('the first marks', () => seen.some(({ updates }) => updates.at(-1)?.view?.cells.some(Boolean)));
  await members.find(({ id }) => id === owner)?.kill();
  await Promise.all(playing);
  const elsewhere = seen.filter((_, index) => members[index]?.id !== owner);
  await waitFor('the end', () => elsewhere.every(({ updates }) => updates.at(-1)?.game.status === 'concluded'));
  assert.deepEqual([...connected].sort(), seats.map(({ seat }) => seat.playerId).sort(), 'players are told who plays');
  for (const { updates } of elsewhere) {
    const events = updates.flatMap((update) => update.events);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
      'no gap, from the first event on',
    );
    assert.equal(events.filter(({ type }) => type === 'marked').length, 7, 'what is told to everybody');
    assert.ok(updates.every(({ players, game }) => players.length === 0 && !('settings' in game)));
    assert.ok(updates.slice(1).every(({ resumed }) => resumed === 'gapless'));
  }
});

test('a game that admits nobody is closed, over sockets and streams', { timeout: 60_000 }, async (t) => {
  const cluster = await TestCluster.start(t);
  const [member] = await cluster.addMembers('a');
  await cluster.settled();
  const base = member?.url ?? '';
  const host = await minotaur(base).create({ displayName: 'Ada' });
  t.after(() => host.close());
  for (const given of [{}, { WebSocket: null }]) {
    for (const gameId of [host.seat.gameId, 'NOTHING']) {
      const { end } = reading(minotaur<Game>(base, given).watch(gameId));
      const error = await end;
      assert.ok(error instanceof Ended && error.code === 4401, String(error));
    }
  }
});
