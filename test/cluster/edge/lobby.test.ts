/**
 * A lobby and its first rounds, played over several members: each request at another one, each repeated with its key, as clients do that
 * lost the answer.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { expectStatus, type Reply, send } from '../../support/client.ts';
import { TestCluster } from '../../support/cluster.ts';
import { GameConnection } from '../../support/game-connection.ts';
import type { MemberProcess } from '../../support/member-process.ts';
import { createdSeat, joinedSeat, Player, tryToCreate, tryToJoin } from '../../support/player.ts';
import { waitFor } from '../../support/wait.ts';

const timeout = 60_000;

interface Stage {
  readonly members: readonly MemberProcess[];
  /** Each time another member. */
  readonly next: () => string;
}

async function stage(t: TestContext): Promise<Stage> {
  const cluster = await TestCluster.start(t);
  const members = await cluster.addMembers('m1', 'm2', 'm3');
  await cluster.settled();
  let turn = 0;
  return { members, next: () => members[turn++ % members.length]?.url ?? '' };
}

/** Without the time at which it was said. */
function untimed(said: unknown): unknown {
  return typeof said === 'object' && said !== null ? { ...said, serverTime: null } : said;
}

/** Asks twice, with one key, at two members: the second answer must be the first. */
async function twice(next: () => string, request: (base: string, key: string) => Promise<Reply>): Promise<Reply> {
  const key = randomUUID();
  const first = await request(next(), key);
  const second = await request(next(), key);
  assert.ok(first.status < 300, first.text);
  assert.deepEqual([second.status, untimed(second.json)], [first.status, untimed(first.json)]);
  return first;
}

async function versionOf(base: string, player: Player): Promise<number> {
  return (expectStatus(await player.read(base), 200) as { version: number }).version;
}

interface PlayerGame {
  readonly version: number;
  readonly game: {
    readonly status: string;
    readonly round: number;
    readonly host: string;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly bots?: number;
    readonly players: Readonly<Record<string, { displayName: string; ready: boolean; done: boolean }>>;
    readonly registeredActions: Readonly<Record<string, readonly unknown[]>>;
  };
}

async function gameOf(base: string, player: Player): Promise<PlayerGame> {
  return expectStatus(await player.read(base), 200) as PlayerGame;
}

interface Event {
  readonly seq: number;
  readonly type: string;
}

test('a lobby is filled, played and left over all members, every request twice', { timeout }, async (t) => {
  const { members, next } = await stage(t);
  const key = randomUUID();
  const created = await tryToCreate(next(), { key });
  const seat = createdSeat(created);
  for (const { url } of members) {
    const again = createdSeat(await tryToCreate(url, { key }));
    assert.deepEqual([again.gameId, again.playerId], [seat.gameId, seat.playerId]);
    expectStatus(await new Player(again).read(next()), 200);
  }
  const other = await tryToCreate(next(), { key, displayName: 'Somebody else' });
  assert.deepEqual([other.status, other.code], [422, 'key_reused']);
  const ada = new Player(seat);
  const { gameId } = ada;
  assert.equal(await versionOf(next(), ada), 1, 'repetitions change nothing');

  const joined = async (name: string) => {
    const joinKey = randomUUID();
    const first = joinedSeat(gameId, await tryToJoin(next(), gameId, name, joinKey));
    const second = joinedSeat(gameId, await tryToJoin(next(), gameId, name, joinKey));
    assert.equal(second.playerId, first.playerId);
    const reused = await tryToJoin(next(), gameId, 'Somebody else', joinKey);
    assert.deepEqual([reused.status, reused.code], [422, 'key_reused']);
    for (const { token } of [first, second]) expectStatus(await new Player({ ...first, token }).read(next()), 200);
    return new Player(second);
  };
  const [bob, cem, dan] = [await joined('Bob'), await joined('Cem'), await joined('Dan')];
  await twice(next, (base, readyKey) => bob.ready(base, true, readyKey));
  await twice(next, (base, kickKey) => ada.leave(base, cem.playerId, kickKey));
  await assertOut(members, cem, 'kicked');
  await twice(next, (base, leaveKey) => dan.leave(base, dan.playerId, leaveKey));
  await assertOut(members, dan, 'unauthorized');
  await twice(next, (base, settingsKey) => ada.changeSettings(base, { maxPlayers: 3, bots: 2 }, settingsKey));
  assert.equal((await bob.changeSettings(next(), { maxPlayers: 8 })).code, 'forbidden');
  assert.equal((await ada.changeSettings(next(), { maxPlayers: 1 })).code, 'seats_taken');
  const shown = await gameOf(next(), bob);
  assert.deepEqual([shown.game.settings.maxPlayers, shown.game.settings.bots, shown.game.bots], [3, 2, 1]);
  await twice(next, (base, settingsKey) => ada.changeSettings(base, { bots: 0 }, settingsKey));
  const { game, version } = await gameOf(next(), ada);
  assert.deepEqual(Object.keys(game.players), [ada.playerId, bob.playerId]);
  assert.deepEqual([game.host, game.players[bob.playerId]?.ready, version], [ada.playerId, true, 9]);

  await twice(next, (base, startKey) => ada.start(base, startKey));
  assert.equal((await tryToJoin(next(), gameId)).code, 'game_started');
  assert.equal((await ada.changeSettings(next(), { bots: 1 })).code, 'game_started');
  await playRound(next, ada, bob);
  await assertHistory(members, [ada, bob]);
});

/** Who was sent away or left is told 401 everywhere, whatever it asks. */
async function assertOut(
  members: readonly MemberProcess[],
  gone: Player,
  code: 'kicked' | 'unauthorized',
): Promise<void> {
  for (const { url } of members) {
    const replies = [await gone.read(url), await gone.ready(url), await gone.events(url)];
    assert.deepEqual(
      replies.map((reply) => [reply.status, reply.code]),
      replies.map(() => [401, code]),
    );
  }
}

/** Ada acts twice and takes one back, Bob acts once; when both are done the round is over. */
async function playRound(next: () => string, ada: Player, bob: Player): Promise<void> {
  await twice(next, (base, key) => ada.register(base, key));
  const { actionId } = (await twice(next, (base, key) => ada.register(base, key))).json as { actionId: string };
  await twice(next, (base, key) => ada.retract(base, actionId, key));
  await twice(next, (base, key) => bob.register(base, key));
  const seen = await gameOf(next(), bob);
  assert.deepEqual(Object.keys(seen.game.registeredActions), [bob.playerId], "nobody sees another's actions");

  await twice(next, (base, key) => ada.commit(base, 1, key));
  const between = await gameOf(next(), bob);
  assert.deepEqual([between.game.round, between.game.players[ada.playerId]?.done], [1, true]);
  assert.equal((await ada.register(next())).code, 'round_over');
  await twice(next, (base, key) => bob.commit(base, 1, key));
  const after = await gameOf(next(), ada);
  assert.deepEqual([after.game.round, after.game.registeredActions], [2, {}]);
}

/** Everybody gets the same events at every member, and of the round its own actions only. */
async function assertHistory(members: readonly MemberProcess[], players: readonly Player[]): Promise<void> {
  for (const { url } of members) {
    for (const [index, player] of players.entries()) {
      const { events } = expectStatus(await player.events(url), 200) as { events: Event[] };
      assert.deepEqual(
        events.map(({ seq }) => seq),
        events.map((_, index) => index + 1),
      );
      // Between these the dungeon tells of its own.
      assert.deepEqual(
        events.map(({ type }) => type).filter((type) => /^(?:game|round)_/.test(type)),
        ['game_started', 'round_started', 'round_ended', 'round_started'],
      );
      const record = expectStatus(await player.round(url, 1), 200) as { actions: { playerId: string }[] };
      assert.deepEqual(
        record.actions.map(({ playerId }) => playerId),
        [players[index]?.playerId],
      );
    }
    const all = expectStatus(await send(url, 'GET', `/v1/games/${players[0]?.gameId}/rounds/1`), 200);
    assert.equal((all as { actions: unknown[] }).actions.length, players.length);
  }
}

test('two tabs with one token both act and see the same; a newer token ends both, everywhere, at once', {
  timeout,
}, async (t) => {
  const { members, next } = await stage(t);
  const [m1, m2] = members;
  assert.ok(m1 && m2);
  const ada = await Player.create(next(), { settings: { actionPoints: 1_000 } });
  const bob = await Player.join(next(), ada.gameId);
  const tabs = [m1, m2].map(({ url }) => GameConnection.to(url, ada.gameId, ada.token));
  const bystander = GameConnection.to(m1.url, bob.gameId, bob.token);
  t.after(() => [...tabs, bystander].map((each) => each.close()));
  for (const tab of tabs) assert.equal(await tab.outcome(), 101);
  await ada.start(next());
  const [one, two] = tabs as [GameConnection, GameConnection];
  const move = { type: 'move', vector: { q: 0, r: 1 } };
  const replies = await Promise.all([
    one.ask('register_action', { body: move }),
    two.ask('register_action', { body: move }),
  ]);
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200],
  );
  await bob.commit(next(), 1);
  assert.equal((await two.ask('commit_round', { body: { round: 1 } })).status, 200);
  const newest = await versionOf(next(), ada);
  const gameAt = (tab: GameConnection) =>
    tab.next(`version ${newest}`, ({ type, version }) => type === 'game' && version === newest);
  assert.deepEqual(untimed(await gameAt(one)), untimed(await gameAt(two)));
  const { latest } = expectStatus(await ada.events(next()), 200) as { latest: number };
  for (const tab of tabs) {
    await waitFor('all events', () => tab.seqs.length === latest);
    assert.deepEqual(
      tab.seqs,
      tab.seqs.map((_, index) => index + 1),
    );
  }

  const { token: before } = ada;
  const renewed = await twice(next, async (base, key) => {
    const reply = await ada.ask(base, 'POST', `/players/${ada.playerId}/token`, { token: before, key });
    const { token, ...rest } = reply.json as { token: string };
    assert.ok(token !== undefined, reply.text);
    return { ...reply, json: { ...rest, claims: claimsOf(token) } };
  });
  assert.equal(renewed.status, 200);
  for (const tab of tabs) assert.equal((await tab.closed).code, 4401);
  for (const { url } of members) {
    assert.equal((await ada.read(url)).status, 401);
    assert.equal((await GameConnection.to(url, ada.gameId, ada.token).closed).code, 4401);
    assert.equal((await bob.read(url)).status, 200);
  }
  assert.equal(bystander.end, null);
});

/** What a token says, but for when it was signed. */
function claimsOf(token: string): unknown {
  const { iat: _, exp: __, ...claims } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return claims;
}
