/**
 * The documents are true: a running cluster, asked for everything that they describe, answers as they say, over REST and over sockets.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { adminToken, send } from '../support/client.ts';
import { TestCluster } from '../support/cluster.ts';
import type { Document } from '../support/contract.ts';
import { ContractClient, ContractSocket } from '../support/contract-client.ts';
import type { MemberProcess } from '../support/member-process.ts';
import { waitFor } from '../support/wait.ts';

const timeout = 90_000;
const admin = { token: adminToken };
const withKey = () => ({ key: randomUUID() });

interface Stage {
  readonly cluster: TestCluster;
  readonly a: MemberProcess;
  readonly b: MemberProcess;
  readonly client: ContractClient;
}

async function stage(t: TestContext): Promise<Stage> {
  const cluster = await TestCluster.start(t);
  const [a, b] = await cluster.addMembers('m1', 'm2');
  assert.ok(a && b);
  await cluster.settled();
  return { cluster, a, b, client: await ContractClient.of(a.url) };
}

interface Party {
  readonly id: string;
  readonly ada: { readonly playerId: string; readonly token: string };
  readonly bob: { readonly playerId: string; readonly token: string };
}

/** A lobby of Ada, who hosts it, and Bob. */
async function party({ client, a, b }: Stage): Promise<Party> {
  const { game, playerId, token } = await client.expect(a.url, 'create_game', 201, withKey());
  const params = { id: game.id };
  const bob = await client.expect(b.url, 'join_game', 201, { params, ...withKey() });
  return { id: game.id, ada: { playerId, token }, bob };
}

/** As `party`, and the first round runs. */
async function running(on: Stage): Promise<Party> {
  const all = await party(on);
  await on.client.expect(on.b.url, 'start_game', 200, { params: { id: all.id }, token: all.ada.token, ...withKey() });
  return all;
}

/** Once more, after a game that Ada won because Bob left it. */
async function rematch(on: Stage): Promise<void> {
  const { client, a, b } = on;
  const { id, ada, bob } = await running(on);
  const asAda = { params: { id }, token: ada.token };
  await client.refused(a.url, 'rematch_game', 'game_not_concluded', asAda);
  await client.expect(a.url, 'leave_game', 204, {
    params: { id, playerId: bob.playerId },
    token: bob.token,
    ...withKey(),
  });
  await client.expect(b.url, 'end_round', 200, { params: { id, round: '1' }, ...admin, ...withKey() });
  const { gameId } = await client.expect(b.url, 'rematch_game', 201, { ...asAda, ...withKey() });
  const { rematch: found } = await client.expect(a.url, 'get_rematch', 200, asAda);
  assert.deepEqual(found, { gameId, status: 'lobby', joined: [ada.playerId] });
}

test('every operation answers its example request as documented', { timeout }, async (t) => {
  const on = await stage(t);
  const { client, a, b } = on;
  for (const id of ['livez', 'readyz', 'metrics', 'home', 'docs', 'openapi', 'asyncapi', 'get_cluster']) {
    await client.expect(a.url, id, 200);
  }

  const { id, ada, bob } = await party(on);
  const game = { id };
  const ofBob = { id, playerId: bob.playerId };
  const { games } = await client.expect(b.url, 'list_games', 200);
  assert.deepEqual(
    games.map((each: Document) => each.id),
    [id],
  );
  await client.expect(b.url, 'get_location', 200, { params: game });
  await client.expect(b.url, 'join_by_code', 201, {
    body: { code: id.toLowerCase(), displayName: 'Grace' },
    ...withKey(),
  });
  await client.expect(a.url, 'lock_game', 200, {
    params: game,
    token: ada.token,
    body: { locked: true },
    ...withKey(),
  });
  await client.expect(b.url, 'change_settings', 200, {
    params: game,
    token: ada.token,
    body: { settings: { maxPlayers: 4, bots: 0 } },
    ...withKey(),
  });
  const toBob = { params: game, ...admin, body: { playerId: bob.playerId } };
  await client.expect(b.url, 'take_host', 200, { ...toBob, ...withKey() });
  for (const token of [null, bob.token, adminToken])
    await client.expect(b.url, 'get_game', 200, { params: game, token });
  await client.expect(b.url, 'get_game', 200, { params: game, query: { consistency: 'eventual' } });

  await client.expect(a.url, 'set_ready', 200, { params: ofBob, token: bob.token, ...withKey() });
  const { token } = await client.expect(b.url, 'renew_token', 200, { params: ofBob, token: bob.token, ...withKey() });
  await client.expect(a.url, 'start_game', 200, { params: game, ...admin, ...withKey() });

  const asBob = { token, body: { playerId: bob.playerId } };
  const { actionId } = await client.expect(b.url, 'register_action', 200, { params: game, ...asBob, ...withKey() });
  await client.expect(a.url, 'retract_action', 204, { params: { id, actionId }, token, ...withKey() });
  await client.expect(b.url, 'register_action', 200, { params: game, ...asBob, ...withKey() });
  await client.expect(b.url, 'commit_round', 200, { params: { id, round: '1' }, ...asBob, ...withKey() });
  await client.expect(a.url, 'end_round', 200, { params: { id, round: '1' }, ...admin, ...withKey() });
  for (const viewer of [token, ada.token, adminToken]) {
    const { events } = await client.expect(b.url, 'get_events', 200, { params: game, token: viewer });
    assert.deepEqual(
      events.map(({ seq }: Document) => seq),
      events.map((_: unknown, index: number) => index + 1),
    );
    const record = await client.expect(a.url, 'get_round', 200, { params: { id, round: '1' }, token: viewer });
    assert.equal(record.actions.length, viewer === ada.token ? 0 : 1);
  }

  const bare = { params: { id: 'BARE' }, ...admin, body: { game: { id: 'BARE' } } };
  await client.expect(a.url, 'continue_game', 201, { ...bare, ...withKey() });
  await client.expect(b.url, 'continue_game', 200, { ...bare, ...withKey() });
  await client.expect(b.url, 'get_game', 200, { params: { id: 'BARE' }, ...admin });

  const old = { query: { idleSince: '2000-01-01T00:00:00Z' }, ...admin };
  await client.expect(a.url, 'list_games', 200, old);
  await client.expect(a.url, 'erase_games', 200, old);
  await client.expect(a.url, 'leave_game', 204, { params: ofBob, token, ...withKey() });
  await rematch(on);
  await client.expect(b.url, 'erase_game', 204, { params: game, ...admin, ...withKey() });
  await client.refused(a.url, 'get_game', 'game_not_alive', { params: game });

  await client.expect(a.url, 'drain_member', 202, { params: { id: 'm2' }, ...admin });
  await waitFor('a cordoned member is not ready', async () => (await client.ask(b.url, 'readyz')).status === 503);
  await client.expect(a.url, 'undrain_member', 200, { params: { id: 'm2' }, ...admin });
  // What a WebSocket says is for the last test; pages, and what a browser has already, are for tests of their own.
  const unseen = client.unseen.filter((answer) => !answer.endsWith(' 304'));
  assert.deepEqual(unseen, ['watch_game 101', 'stream_game 200', 'play 200', 'cluster 200']);
});

test('what is refused is refused as documented', { timeout }, async (t) => {
  const on = await stage(t);
  const { client, a, b } = on;
  const lobby = await party(on);
  const played = await running(on);
  const inLobby = { params: { id: lobby.id }, token: lobby.bob.token };
  const inRound = { params: { id: played.id }, token: played.bob.token, body: { playerId: played.bob.playerId } };
  const round = (of: Party, number: string) => ({ id: of.id, round: number });
  const self = (of: Party) => ({ id: of.id, playerId: of.bob.playerId });

  await client.refused(a.url, 'get_game', 'bad_request', { params: { id: 'not an id' } });
  await client.refused(a.url, 'list_games', 'bad_request', { query: { limit: '0' } });
  await client.refused(a.url, 'join_game', 'bad_request', { params: { id: lobby.id }, body: { displayName: '' } });
  await client.refused(b.url, 'register_action', 'bad_request', { ...inRound, body: { type: 'jump' } });
  await client.refused(a.url, 'get_game', 'unauthorized', { token: 'nonsense' });
  await client.refused(b.url, 'start_game', 'unauthorized', { params: { id: lobby.id } });
  await client.refused(b.url, 'start_game', 'forbidden', inLobby);
  await client.refused(a.url, 'get_events', 'forbidden', { params: { id: played.id }, token: lobby.bob.token });
  await client.refused(a.url, 'drain_member', 'forbidden', { token: lobby.bob.token });
  await client.refused(a.url, 'drain_member', 'member_not_found', { params: { id: 'm9' }, ...admin });
  await client.refused(a.url, 'join_game', 'game_not_alive', { params: { id: 'NONE' } });
  // Whoever owns the slot: one of the two has to ask the other.
  for (const { url } of [a, b]) {
    const resume = { params: { id: 'NONE' }, ...admin, body: { game: undefined }, ...withKey() };
    await client.refused(url, 'continue_game', 'game_not_alive', resume);
  }
  await client.refused(b.url, 'leave_game', 'player_not_found', { params: { id: lobby.id, playerId: 'p9' }, ...admin });
  await client.refused(b.url, 'retract_action', 'action_not_found', {
    params: { id: played.id, actionId: 'x' },
    token: played.bob.token,
  });
  await client.refused(a.url, 'get_round', 'round_not_found', { params: round(played, '9'), token: played.bob.token });
  await client.refused(a.url, 'join_game', 'game_started', { params: { id: played.id } });
  await client.refused(b.url, 'register_action', 'game_not_active', {
    ...inLobby,
    body: { playerId: lobby.bob.playerId },
  });
  await client.refused(b.url, 'commit_round', 'round_over', { ...inRound, params: round(played, '2') });
  for (const _ of [1, 2, 3]) await client.expect(a.url, 'register_action', 200, { ...inRound, ...withKey() });
  await client.refused(a.url, 'register_action', 'no_action_points', { ...inRound, ...withKey() });

  const one = { body: { settings: { maxPlayers: 1 } } };
  const small = await client.expect(a.url, 'create_game', 201, { ...one, ...withKey() });
  await client.refused(b.url, 'join_game', 'game_full', { params: { id: small.game.id } });
  const hostOf = { id: small.game.id, playerId: small.playerId };
  await client.expect(b.url, 'leave_game', 204, { params: hostOf, token: small.token, ...withKey() });
  await client.refused(a.url, 'join_game', 'game_concluded', { params: { id: small.game.id } });
  const empty = await send(a.url, 'POST', '/v1/games', { token: null, body: {} });
  const { game, token } = empty.json as Document;
  await client.refused(b.url, 'start_game', 'not_enough_players', { params: { id: game.id }, token });

  const key = { key: 'the same' };
  await client.expect(a.url, 'set_ready', 200, { params: self(lobby), token: lobby.bob.token, ...key });
  await client.refused(b.url, 'set_ready', 'key_reused', {
    params: self(lobby),
    token: lobby.bob.token,
    body: { ready: false },
    ...key,
  });
  const large = { displayName: 'x'.repeat(70_000) };
  await client.refused(a.url, 'create_game', 'payload_too_large', { body: large });
});

test('every frame is answered, and everything that a socket sends is, as documented', { timeout }, async (t) => {
  const on = await stage(t);
  const { client, a, b } = on;
  const { id, ada, bob } = await running(on);
  const socket = await ContractSocket.open(client, b.url, id, bob.token);
  const overseer = await ContractSocket.open(client, a.url, id, adminToken);
  t.after(() => [socket, overseer].map((each) => each.close()));

  assert.equal((await socket.next('the game', ({ type }) => type === 'game')).view, 'player');
  assert.equal((await overseer.next('the game', ({ type }) => type === 'game')).view, 'admin');
  await socket.next('the first events', ({ type }) => type === 'events');
  const body = { playerId: bob.playerId };
  assert.equal((await socket.ask('ping')).status, 200);
  assert.equal((await socket.ask('get_game')).status, 200);
  for (const each of [socket, overseer]) assert.equal((await each.ask('continue_game')).status, 200);
  const move = { type: 'move', vector: { q: 1, r: 0 }, round: 1, ...body };
  const { body: registered } = await socket.ask('register_action', move);
  assert.equal((await socket.ask('retract_action', { actionId: registered.actionId })).status, 204);
  assert.equal((await socket.ask('commit_round', { round: 1 })).status, 200);
  const late = await socket.ask('register_action', move);
  assert.deepEqual([late.ok, late.problem.code], [false, 'round_over']);
  assert.equal((await overseer.ask('commit_round', { round: 1, playerId: ada.playerId })).status, 200);
  const ended = await socket.next('the end of the round', ({ events }) =>
    events?.some(({ type }: Document) => type === 'round_ended'),
  );
  assert.equal(ended.type, 'events');
  const refs = socket.received.filter(({ type }) => type === 'reply').map(({ ref }) => ref);
  assert.equal(new Set(refs).size, refs.length, 'one reply a frame');

  const codes = Object.keys(client.asyncapi.channels.game['x-close-codes']);
  const closedWith = async (gameId: string, token: string | null, query = '') => {
    const code = await (await ContractSocket.open(client, a.url, gameId, token, query)).closed;
    assert.ok(codes.includes(String(code)), String(code));
    return code;
  };
  assert.equal(await closedWith(id, null), 4401);
  assert.equal(await closedWith('OTHER', bob.token), 4403);
  assert.equal(await closedWith('NONE', adminToken), 4404);
  assert.equal(await closedWith(id, bob.token, '?after=-1'), 4400);
  // A newer token: the socket of the one before is closed at once.
  await client.expect(a.url, 'renew_token', 200, { params: { id, playerId: bob.playerId }, ...admin, ...withKey() });
  assert.equal(await socket.closed, 4401);

  const ending = a.terminate();
  await overseer.next('the invitation to reconnect', ({ type }) => type === 'reconnect');
  assert.equal(await overseer.closed, 1012);
  await ending;
});
