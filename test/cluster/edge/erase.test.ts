/**
 * Erased games are gone: everywhere, with all that was archived of them, even if clients go on writing or the owner is killed meanwhile.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { adminToken, expectStatus, type Reply, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player } from '../../support/player.ts';
import { storedKeys } from '../../support/stored-keys.ts';
import { waitFor } from '../../support/wait.ts';

const timeout = 60_000;

async function stage(t: TestContext): Promise<{ cluster: TestCluster; all: readonly MemberProcess[] }> {
  const many = '100000';
  const environment = {
    MINOTAUR_CREATIONS_PER_MINUTE: many,
    MINOTAUR_JOINS_PER_MINUTE: many,
    MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE: many,
  };
  const cluster = await TestCluster.start(t, { environment });
  const all = await cluster.addMembers('a', 'b', 'c');
  await cluster.settled();
  return { cluster, all };
}

const erase = (base: string, gameId: string, key: string = randomUUID()) =>
  send(base, 'DELETE', `/v1/games/${gameId}`, { key });

async function playRounds(base: string, player: Player, rounds: number): Promise<void> {
  expectStatus(await player.start(base), 200);
  for (let round = 1; round <= rounds; round += 1) expectStatus(await player.commit(base, round), 200);
}

/** Nobody finds anything of them, at any of the members or in NATS. */
async function assertGone(cluster: TestCluster, ...gameIds: readonly string[]): Promise<void> {
  for (const { url } of cluster.running) {
    const paths = gameIds.flatMap((gameId) => ['', '/events', '/rounds/1'].map((path) => `/v1/games/${gameId}${path}`));
    for (const path of paths) {
      const reply = await send(url, 'GET', path);
      assert.deepEqual([reply.status, reply.code], [404, 'game_not_alive'], `${path}: ${reply.text}`);
    }
    const { games } = expectStatus(await send(url, 'GET', '/v1/games?limit=500'), 200) as { games: { id: string }[] };
    assert.deepEqual(
      games.filter(({ id }) => gameIds.includes(id)),
      [],
      'listed',
    );
  }
  assert.deepEqual(await storedKeys(cluster, 'sessions', gameIds), []);
  assert.deepEqual(await storedKeys(cluster, 'archive', gameIds), []);
}

test('an erased game is gone everywhere, and one that begins under its id knows nothing of it', {
  timeout,
}, async (t) => {
  const { cluster, all } = await stage(t);
  const [a, b, c] = all as [MemberProcess, MemberProcess, MemberProcess];
  const closed = eraseWatched(t, all);
  for (const ending of ['running', 'concluded']) {
    const key = randomUUID();
    const before = await Player.create(a.url, { key });
    const { gameId } = before;
    await playRounds(b.url, before, 3);
    if (ending === 'concluded') expectStatus(await before.leave(c.url), 204);
    assert.notEqual((await storedKeys(cluster, 'archive', [gameId])).length, 0);

    expectStatus(await erase(c.url, gameId), 204);
    await assertGone(cluster, gameId);
    for (const { url } of all) expectStatus(await erase(url, gameId), 204);

    const after = await Player.create(b.url, { key });
    assert.deepEqual([after.gameId, after.playerId], [gameId, before.playerId]);
    await playRounds(c.url, after, 1);
    for (const { url } of all) {
      for (const reply of [await before.read(url), await before.commit(url, 2), await before.events(url)]) {
        assert.deepEqual([reply.status, reply.code], [401, 'unauthorized']);
      }
      const { game } = expectStatus(await after.read(url), 200) as { game: { round: number } };
      assert.equal(game.round, 2);
      const { latest } = expectStatus(await after.events(url), 200) as { latest: number };
      assert.equal(latest, 4);
      assert.equal((await after.round(url, 2)).code, 'round_not_found');
    }
    assert.equal((await storedKeys(cluster, 'archive', [gameId])).length, 1);
  }
  for (const watcher of await closed) assert.equal((await watcher.closed).code, 4404);
});

/** A game that is erased while players and administrators watch it at every member: the connections of all of them. */
async function eraseWatched(t: TestContext, all: readonly MemberProcess[]): Promise<readonly GameConnection[]> {
  const [{ url }] = all as [MemberProcess];
  const player = await Player.create(url);
  const watchers = all.flatMap((member) =>
    [player.token, adminToken].map((token) => GameConnection.to(member.url, player.gameId, token)),
  );
  t.after(() => watchers.map((each) => each.close()));
  for (const watcher of watchers) assert.equal(await watcher.outcome(), 101);
  expectStatus(await erase(url, player.gameId), 204);
  return watchers;
}

/** Ends rounds, over all members, until told that the game is gone; keeps what it was told. */
class Writer {
  readonly refusals: Reply[] = [];
  applied = 0;
  readonly #player: Player;
  readonly #bases: () => readonly string[];

  constructor(player: Player, bases: () => readonly string[]) {
    this.#player = player;
    this.#bases = bases;
  }

  async writeUntilGone(): Promise<void> {
    for (let turn = 0; ; turn += 1) {
      const bases = this.#bases();
      const base = bases[turn % bases.length] ?? '';
      const reply = await this.#write(base, turn).catch(() => null);
      if (reply === null || reply.status === 503) continue;
      if (reply.status < 300) {
        this.applied += 1;
        continue;
      }
      this.refusals.push(reply);
      if (reply.status === 404) return;
    }
  }

  /** Every fourth command ends the round, which writes to the archive. */
  async #write(base: string, turn: number): Promise<Reply> {
    if (turn % 4 !== 3) return this.#player.register(base);
    const { game } = (await this.#player.read(base)).json as { game?: { round: number } };
    return this.#player.commit(base, game?.round ?? 1);
  }
}

test('games are erased for good while clients write and the owner is killed', { timeout }, async (t) => {
  const { cluster, all } = await stage(t);
  const [victim, b] = all as [MemberProcess, MemberProcess];
  const players = await Promise.all(
    Array.from({ length: 18 }, (_, index) =>
      Player.create(all[index % 3]?.url ?? '', { settings: { actionPoints: 1_000 } }),
    ),
  );
  await Promise.all(players.map((player) => playRounds(b.url, player, 2)));
  const bases = () => cluster.running.map(({ url }) => url);
  const writers = players.map((player) => new Writer(player, bases));
  const writing = writers.map((writer) => writer.writeUntilGone());
  await waitFor('everybody writes', () => writers.every(({ applied }) => applied > 10));

  const erasures = players.map(({ gameId }, index) => {
    const key = randomUUID();
    return waitFor(`${gameId} is erased`, async () => {
      const reply = await erase(bases()[index % bases().length] ?? '', gameId, key);
      return reply.status === 503 ? null : reply;
    });
  });
  await Promise.race(erasures);
  await victim.kill();
  for (const reply of await Promise.all(erasures)) expectStatus(reply, 204);
  await Promise.all(writing);
  for (const { refusals } of writers) {
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['game_not_alive'],
    );
  }
  await assertGone(cluster, ...players.map(({ gameId }) => gameId));
});
