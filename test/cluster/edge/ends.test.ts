/**
 * Games that everybody left are over: they can be read and nothing else, wherever, however long after, and whoever was killed meanwhile.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { everyOperation } from '../../../src/http/api/operations.ts';
import { adminToken, expectStatus, type Reply, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { Player, tryToCreate } from '../../support/player.ts';
import { storedKeys } from '../../support/stored-keys.ts';
import { waitFor } from '../../support/wait.ts';
import { askings } from './permissions-scene.ts';

const timeout = 60_000;
const manyCreations = {
  MINOTAUR_CREATIONS_PER_MINUTE: '100000',
  MINOTAUR_GAMES_PER_ADDRESS: '100000',
  MINOTAUR_JOINS_PER_MINUTE: '100000',
};

interface Ended {
  readonly gameId: string;
  readonly key: string;
  readonly ada: Player;
  readonly bob: Player;
}

/** A game of two whose second round runs; nobody has left yet. */
async function secondRound(base: string): Promise<Ended> {
  const key = randomUUID();
  const ada = await Player.create(base, { key });
  const bob = await Player.join(base, ada.gameId);
  expectStatus(await ada.start(base), 200);
  expectStatus(await ada.register(base), 200);
  for (const player of [ada, bob]) expectStatus(await player.commit(base, 1), 200);
  return { gameId: ada.gameId, key, ada, bob };
}

const eventsOfAll = [
  'game_started',
  'round_started',
  'round_ended',
  'round_started',
  'player_left',
  'host_changed',
  'player_left',
  'round_ended',
  'game_concluded',
];

/** All that still answers, answers at each of the members; nothing else does. */
async function assertOver(members: readonly MemberProcess[], { gameId, key, ada }: Ended): Promise<void> {
  for (const { url } of members) {
    const get = (path: string, token: string | null = adminToken) =>
      send(url, 'GET', `/v1/games/${gameId}${path}`, { token });
    for (const token of [adminToken, null]) {
      const { game } = expectStatus(await get('', token), 200) as { game: { status: string } };
      assert.equal(game.status, 'concluded');
    }
    const { events } = expectStatus(await get('/events'), 200) as { events: { seq: number; type: string }[] };
    assert.deepEqual(
      // Between these the dungeon tells of its own.
      events.map(({ type }) => type).filter((type) => eventsOfAll.includes(type)),
      eventsOfAll,
    );
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
    const reasons = await Promise.all([1, 2].map(async (round) => expectStatus(await get(`/rounds/${round}`), 200)));
    assert.deepEqual(
      reasons.map((record) => (record as { reason: string }).reason),
      ['committed', 'deserted'],
    );
    assert.equal((await get('/rounds/3')).code, 'round_not_found');
    assert.equal((await ada.read(url)).status, 401, 'who left has no token any more');

    for (const query of ['', '&status=concluded']) {
      const { games } = expectStatus(await send(url, 'GET', `/v1/games?limit=500${query}`), 200) as {
        games: { id: string }[];
      };
      assert.ok(!games.some(({ id }) => id === gameId), 'it is listed');
    }
    await assertNoCommand(url, gameId, ada.playerId);
    // The key of its creation finds it, and makes no other.
    const again = expectStatus(await tryToCreate(url, { key }), 201) as { game: { id: string; status: string } };
    assert.deepEqual([again.game.id, again.game.status], [gameId, 'concluded']);
  }
}

/** What may be asked of a game that is over: to erase it, and to play again. */
const afterTheEnd: readonly string[] = ['erase_game', 'rematch_game'];

/** Whatever changes a game is refused, of everything that the table has. */
async function assertNoCommand(base: string, gameId: string, playerId: string): Promise<void> {
  const scene = { gameId, selfId: playerId, actionId: 'a1', tokens: {} as never };
  const commands = everyOperation.filter(
    ({ id, idempotent, path }) => idempotent && path.startsWith('/v1/games/{id}') && !afterTheEnd.includes(id),
  );
  const refused = commands.map(async ({ id, method, path }) => {
    const { params, body } = askings[id](scene);
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params?.[name] ?? '');
    const reply = await send(base, method, address, { key: randomUUID(), ...(body && { body }) });
    assert.deepEqual([reply.status, reply.code], [409, 'game_concluded'], `${id}: ${reply.text}`);
  });
  await Promise.all(refused);
  const anew = await send(base, 'POST', `/v1/games/${gameId}/continue`, { body: { game: { id: gameId } } });
  assert.deepEqual([anew.status, anew.code], [409, 'game_concluded']);
}

async function members(
  t: TestContext,
  ...ids: readonly string[]
): Promise<{ cluster: TestCluster; all: readonly MemberProcess[] }> {
  const cluster = await TestCluster.start(t, { environment: manyCreations });
  const all = await cluster.addMembers(...ids);
  await cluster.settled();
  return { cluster, all };
}

test('a game that everybody left can be read and nothing else, also after every member was replaced', {
  timeout,
}, async (t) => {
  const { cluster, all } = await members(t, 'a', 'b');
  const [a, b] = all;
  assert.ok(a && b);
  const game = await secondRound(a.url);
  const { gameId, ada, bob } = game;
  const watchers = all.map(({ url }) => GameConnection.to(url, gameId, adminToken));
  t.after(() => watchers.map((each) => each.close()));
  for (const watcher of watchers) assert.equal(await watcher.outcome(), 101);
  expectStatus(await ada.leave(b.url), 204);
  expectStatus(await bob.leave(a.url), 204);

  await assertOver(all, game);
  for (const watcher of watchers) {
    assert.equal((await watcher.closed).code, 4404);
    assert.equal(watcher.frames.findLast(({ type }) => type === 'game').game.status, 'concluded');
    const { seqs } = watcher;
    const first = seqs[0] ?? assert.fail('no event was told');
    assert.deepEqual(
      seqs,
      seqs.map((_, index) => first + index),
      'none is missing',
    );
    const types = watcher.frames.filter(({ type }) => type === 'events').flatMap(({ events }) => events);
    assert.equal(types.at(-1)?.type, 'game_concluded', 'the end was told');
  }
  await waitFor('it has left memory', async () => (await storedKeys(cluster, 'sessions', [gameId])).length === 0);

  const successor = await cluster.addMember('c');
  const ends = await Promise.all(all.map((member) => member.terminate()));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0],
  );
  await cluster.settled();
  await assertOver([successor], game);
});

/** The last player leaves, and is told so however often it takes. */
async function leaveForGood(player: Player, key: string, bases: () => readonly string[]): Promise<Reply> {
  return waitFor('the answer to the last departure', async () => {
    const base = bases()[Math.floor(Math.random() * bases().length)] ?? '';
    const reply = await player.leave(base, player.playerId, key);
    return reply.status === 503 ? null : reply;
  });
}

/** Of the members that remain; by the list, which looks at no game. */
async function listsNothingConcluded(survivors: readonly MemberProcess[]): Promise<boolean> {
  const pages = await Promise.all(
    survivors.map(async (member) => {
      const reply = await member.send('GET', '/v1/games?status=concluded&limit=500');
      return expectStatus(reply, 200) as { games: unknown[]; partial: boolean };
    }),
  );
  return pages.every(({ games, partial }) => games.length === 0 && !partial);
}

test('games that end while their owner is killed are over all the same, once', { timeout }, async (t) => {
  const { cluster, all } = await members(t, 'a', 'b', 'c');
  const [victim, ...survivors] = all as [MemberProcess, ...MemberProcess[]];
  const several = <Made>(count: number, make: (base: string) => Promise<Made>) =>
    Promise.all(Array.from({ length: count }, (_, index) => make(all[index % all.length]?.url ?? '')));
  const games = await several(9, secondRound);
  await Promise.all(games.map(({ ada }) => ada.leave(victim.url)));
  // So many that some are always in the middle of it: whoever leaves an empty lobby ends it, and these ask once.
  const hosts = await several(150, (base) => Player.create(base));
  const bases = () => cluster.running.map(({ url }) => url);
  const attempts = hosts.map((host) => host.leave(victim.url).catch(() => null));
  const departures = games.map(({ bob }) => leaveForGood(bob, randomUUID(), bases));
  await Promise.race(attempts);
  await victim.kill();
  for (const reply of await Promise.all(departures)) expectStatus(reply, 204);
  await Promise.all(attempts);

  await cluster.waitForReport(survivors[0] as MemberProcess, 'the victim is gone', (report) => report.unowned === 0);
  // Whoever took over what was ended in part has ended it, though nobody asked for it.
  await waitFor('nothing concluded is in memory', () => listsNothingConcluded(survivors));
  const over = await concludedOf(survivors, hosts);
  t.diagnostic(`${over.length} of ${hosts.length} lobbies have ended`);
  const ids = [...games, ...over].map(({ gameId }) => gameId);
  await waitFor('they are stored no more', async () => (await storedKeys(cluster, 'sessions', ids)).length === 0);
  await Promise.all(games.map((game) => assertOver(survivors, game)));
  assert.equal((await storedKeys(cluster, 'archive', ids)).length, 3 * games.length + over.length);
});

/** Those whose departure was applied; the others still wait for players. */
async function concludedOf([survivor]: readonly MemberProcess[], hosts: readonly Player[]): Promise<Player[]> {
  const read = async ({ gameId }: Player) =>
    expectStatus(await send(survivor?.url ?? '', 'GET', `/v1/games/${gameId}`), 200) as { game: { status: string } };
  const seen = await Promise.all(hosts.map(async (host) => ({ host, status: (await read(host)).game.status })));
  assert.ok(seen.every(({ status }) => status === 'concluded' || status === 'lobby'));
  return seen.filter(({ status }) => status === 'concluded').map(({ host }) => host);
}
