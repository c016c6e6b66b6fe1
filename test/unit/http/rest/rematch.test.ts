/**
 * Once more: all who played a game that is over get into the same new one, whoever else asks when and where, and nobody but them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../../src/adapters/system.ts';
import { DerivedIds } from '../../../../src/http/edge/derived-ids.ts';
import { asAdmin, tokenSecret } from '../edge-fixture.ts';
import {
  ask,
  cluster,
  find,
  grantOf,
  HOUR_MS,
  holds,
  lobby,
  newer,
  played,
  type Seat,
  send,
  tokens,
} from './rematch-scene.ts';

test('whoever asks when and where, all get into one game: the same seats, names, settings and host', async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on, { maxPlayers: 5, roundSeconds: 77, listed: true });
  const first = await ask(members, bob);
  assert.equal(first.status, 201, JSON.stringify(first.json));
  assert.equal(first.location, `/v1/games/${first.json.gameId}`);
  const { gameId } = first.json;
  assert.notEqual(gameId, bob.gameId);
  assert.equal(gateway.stateOf(gameId).host, bob.playerId, 'who asks first opens it');
  const [second, third] = [(await ask(members.toReversed(), ada)).json, (await ask(members, cem)).json];
  const state = gateway.stateOf(gameId);
  for (const [before, after] of [
    [bob, first.json],
    [ada, second],
    [cem, third],
  ]) {
    assert.deepEqual([after.gameId, after.playerId], [gameId, before.playerId]);
    assert.ok(holds(gateway, after), 'the token holds');
  }
  assert.deepEqual(
    Object.values(state.players ?? {}).map(({ displayName }) => displayName),
    ['Bob', 'Ada', 'Cem'],
  );
  assert.equal(state.host, ada.playerId, 'the host hosts again');
  const { seed, ...settings } = state.settings;
  const { seed: seedBefore, ...settingsBefore } = gateway.stateOf(ada.gameId).settings;
  assert.deepEqual(settings, settingsBefore);
  assert.notEqual(seed, seedBefore, 'what chance brought is not brought again');
  assert.notEqual(state.nonce, gateway.stateOf(ada.gameId).nonce);
  assert.equal(state.status, 'lobby');
});

test('asked at once at members that are being given a new secret, there is one game', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  for (let round = 0; round < 20; round += 1) {
    const seats = await played(on);
    const asked = await Promise.all(
      [...seats, ...seats].map((seat, index) => ask(index % 2 ? on.members : on.members.toReversed(), seat)),
    );
    for (const { status, json } of asked) assert.equal(status, 201, JSON.stringify(json));
    assert.equal(new Set(asked.map(({ json }) => json.gameId)).size, 1);
    assert.equal(new Set(asked.map(({ json }) => json.playerId)).size, 3);
    const [
      {
        json: { gameId },
      },
    ] = asked as [(typeof asked)[0]];
    assert.equal(Object.keys(on.gateway.stateOf(gameId).players ?? {}).length, 3);
    for (const { json } of asked)
      assert.ok(holds(on.gateway, json), 'both answers of a player give the token that holds');
  }
});

test('it is found by those who played, as far as it goes, and by nobody else', async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on);
  assert.deepEqual((await find(members, ada)).json.rematch, null);
  const { json } = await ask(members, bob);
  const rematch = { gameId: json.gameId, status: 'lobby', joined: [bob.playerId] };
  assert.deepEqual((await find(members, cem)).json.rematch, rematch);
  const made = gateway.operations.length;
  assert.equal((await find(members, { ...ada, token: 'v1.x.y' })).status, 401);
  assert.equal((await send(members, 'GET', `/v1/games/${ada.gameId}/rematch`)).status, 401);
  assert.equal(
    (await members[0]?.inject({ url: `/v1/games/${ada.gameId}/rematch`, headers: asAdmin }))?.statusCode,
    403,
  );
  assert.equal(gateway.operations.length, made, 'who may not asks nothing');
  await ask(members, ada);
  gateway.play(json.gameId, { type: 'start' });
  const { status, joined } = (await find(members, cem)).json.rematch;
  assert.deepEqual([status, joined], ['active', [bob.playerId, ada.playerId]]);
  assert.equal((await ask(members, bob)).json.gameId, json.gameId, 'who is in gets its seat again');
});

test('who may not ask makes no game', async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob, cem] = await lobby(members);
  const observer = await send(members, 'POST', '/v1/games', undefined, {});
  const onlyHost: Seat = {
    gameId: observer.json.game.id,
    playerId: observer.json.playerId,
    token: observer.json.token,
  };
  const games = gateway.states.size;
  const refusals: [string, Awaited<ReturnType<typeof ask>>, number, string][] = [
    ['while it goes on', await ask(members, ada), 409, 'game_not_concluded'],
    ['to look, while it goes on', await find(members, ada), 409, 'game_not_concluded'],
  ];
  gateway.play(ada.gameId, { type: 'leave', playerId: cem.playerId, kicked: true });
  gateway.play(ada.gameId, { type: 'renew_token', playerId: bob.playerId });
  gateway.play(onlyHost.gameId, { type: 'give_up' });
  gateway.play(ada.gameId, { type: 'give_up' });
  const stranger = {
    ...bob,
    token: tokens.sign(ada.gameId, { ...grantOf(bob), nonce: 'of another game' }, systemClock.wall()),
  };
  refusals.push(
    ['kicked', await ask(members, cem), 401, 'kicked'],
    ['an older token', await ask(members, bob), 401, 'unauthorized'],
    ['of an earlier game with the id', await ask(members, stranger), 401, 'unauthorized'],
    ['of another game', await ask(members, { ...ada, token: onlyHost.token }), 403, 'forbidden'],
    ['nobody', await send(members, 'POST', `/v1/games/${ada.gameId}/rematch`), 401, 'unauthorized'],
    ['a host who did not play', await ask(members, onlyHost), 404, 'player_not_found'],
  );
  gateway.states.delete(ada.gameId);
  refusals.push(['erased', await ask(members, ada), 404, 'game_not_alive']);
  for (const [who, { status, json }, wanted, code] of refusals)
    assert.deepEqual([status, json.code], [wanted, code], who);
  assert.equal(gateway.states.size, games - 1, 'nothing was made');
});

test("it is for those who played until the host lets others in, and its seats are nobody else's", async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on, { maxPlayers: 3 });
  const { gameId } = (await ask(members, bob)).json;
  const join = (displayName: string) => send(members, 'POST', '/v1/join', undefined, { code: gameId, displayName });
  assert.equal((await join('Eve')).json.code, 'lobby_locked');
  // Whoever knows all that players know, and says it as a key.
  const { nonce } = grantOf(cem);
  const ids = new DerivedIds([tokenSecret, newer], { token: () => assert.fail('a key is enough'), fraction: () => 0 });
  const { keys } = ids.returning(gameId, { gameId: cem.gameId, nonce }, cem.playerId);
  for (const key of [
    cem.playerId,
    JSON.stringify(['returning', gameId, nonce, cem.playerId]),
    `${nonce}${cem.playerId}`,
  ]) {
    for (const made of [...ids.joiner(gameId, key).keys, ...ids.host(gameId, key).keys]) {
      assert.ok(keys.every(({ digest }) => digest !== made.digest));
      assert.notEqual(made.playerId, cem.playerId);
    }
  }
  gateway.play(gameId, { type: 'lock', locked: false });
  assert.equal((await join('Eve')).status, 201);
  assert.equal((await ask(members, ada)).status, 201);
  const full = await ask(members, cem);
  assert.deepEqual([full.status, full.json.code], [409, 'game_full'], 'the host let somebody else in');
});

test('a repetition gives the same seat for an hour; who left comes back, who was sent away does not', async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on);
  const [opened, joined] = [(await ask(members, ada)).json, (await ask(members, bob)).json];
  const { gameId } = opened;
  for (const [seat, first] of [
    [ada, opened],
    [bob, joined],
  ]) {
    assert.deepEqual(grantOf((await ask(members.toReversed(), seat)).json), grantOf(first), 'the very same token');
  }
  for (const [seat, first] of [
    [bob, joined],
    [ada, opened],
  ]) {
    gateway.play(gameId, { type: 'leave', playerId: seat.playerId, kicked: false });
    assert.ok(!holds(gateway, first));
    const again = (await ask(members, seat)).json;
    assert.equal(again.gameId, gameId);
    assert.ok(holds(gateway, again), 'a new token, which holds');
  }
  gateway.play(gameId, { type: 'leave', playerId: bob.playerId, kicked: true });
  assert.equal((await ask(members, bob)).json.code, 'kept_out');
  // From the same house as Bob, with a seat of his own.
  assert.equal((await ask(members, cem)).status, 201);
  gateway.play(gameId, { type: 'lock', locked: false });
  const stranger = await send(members, 'POST', `/v1/games/${gameId}/players`, undefined, { displayName: 'Eve' });
  assert.equal(stranger.json.code, 'kept_out', 'who has no seat is known by the address alone');
  gateway.now += HOUR_MS + 1;
  assert.equal((await ask(members, ada)).json.code, 'key_expired');
});

test('who opened it and has a newer token is not given that', async (t) => {
  const on = await cluster(t);
  const [ada, bob] = await played(on);
  const opened = (await ask(on.members, ada)).json;
  await ask(on.members, bob);
  on.gateway.play(opened.gameId, { type: 'renew_token', playerId: ada.playerId });
  const again = await ask(on.members, ada);
  assert.equal(again.status, 201, JSON.stringify(again.json));
  assert.deepEqual(grantOf(again.json), grantOf(opened), 'the first one, which holds no more');
});

test('who opens it is counted as for any game, who comes after that is not', async (t) => {
  // Each member of three allows its part: one.
  const { gateway, members } = await cluster(t, { creationsPerMinute: 3 });
  const [ada, bob, cem] = await played({ gateway, members });
  const refused = await ask(members, ada);
  assert.deepEqual([refused.status, refused.json.code], [429, 'too_many_requests']);
  assert.equal((await find(members, ada)).json.rematch, null, 'nothing was made');
  assert.equal((await ask(members.toReversed(), ada)).status, 201);
  for (const seat of [ada, bob, cem]) assert.equal((await ask(members, seat)).status, 201);
});

test('whatever fails on the way, asking again comes to the same one game', async (t) => {
  for (const how of ['before', 'after'] as const) {
    for (let step = 0; step < 11; step += 1) {
      const on = await cluster(t);
      const [ada, bob] = await played(on);
      const games = on.gateway.states.size;
      for (const seat of [ada, bob]) {
        on.gateway.failAt(step, how);
        const interrupted = await ask(on.members, seat);
        assert.ok([201, 503].includes(interrupted.status), JSON.stringify(interrupted.json));
        on.gateway.failAt(-1, null);
        const { status, json } = await ask(on.members.toReversed(), seat);
        assert.equal(status, 201, JSON.stringify(json));
        assert.ok(holds(on.gateway, json));
      }
      assert.equal(on.gateway.states.size, games + 1, `step ${step}, ${how}`);
      const { rematch } = (await find(on.members, ada)).json;
      assert.deepEqual(rematch.joined, [ada.playerId, bob.playerId]);
    }
  }
});
