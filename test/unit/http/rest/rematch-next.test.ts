/**
 * Which rematch counts where there were several: over, left, erased, begun without somebody, or another game that has the id.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rematchId } from '../../../../src/http/edge/derived-ids.ts';
import { ask, cluster, find, grantOf, HOUR_MS, holds, lobby, played, type Seat, send } from './rematch-scene.ts';

test('who opens it and starts it alone takes it from nobody: all others get the next one', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on);
  const first = (await ask(members, bob)).json.gameId;
  gateway.play(first, { type: 'start' });
  const begun = { gameId: first, status: 'active', joined: [bob.playerId] };
  for (const seat of [ada, bob, cem]) assert.deepEqual((await find(members, seat)).json.rematch, begun);
  const asked = await Promise.all([ada, cem, ada].map((seat) => ask(members, seat)));
  for (const { status, json } of asked) assert.equal(status, 201, JSON.stringify(json));
  const [next, ...others] = new Set(asked.map(({ json }) => json.gameId));
  assert.deepEqual(others, []);
  assert.notEqual(next, first);
  assert.equal(gateway.stateOf(next).host, ada.playerId, 'the host hosts again');
  for (const seat of [ada, cem]) {
    const { gameId, status, joined } = (await find(members, seat)).json.rematch;
    assert.deepEqual([gameId, status, joined.toSorted()], [next, 'lobby', [ada.playerId, cem.playerId].toSorted()]);
  }
  assert.deepEqual((await find(members, bob)).json.rematch, begun, 'who is in one has that');
  assert.equal((await ask(members, bob)).json.gameId, first);
});

test('one that begins while somebody is just coming in is followed by the next one', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  const { gateway, members } = on;
  const [ada, bob] = await played(on);
  const first = (await ask(members, bob)).json.gameId;
  const execute = gateway.execute.bind(gateway);
  gateway.execute = (operation) => {
    if (operation.kind === 'command' && operation.input.type === 'join') {
      gateway.execute = execute;
      gateway.play(first, { type: 'start' });
    }
    return execute(operation);
  };
  const mine = await ask(members, ada);
  assert.equal(mine.status, 201, JSON.stringify(mine.json));
  assert.notEqual(mine.json.gameId, first);
  assert.ok(holds(gateway, mine.json));
});

test('a rematch that everybody left is over, and the next one counts; nobody takes it from the others by that', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on);
  const seen = new Set<string>();
  const openAndLeave = async (seat: Seat) => {
    const { gameId, playerId } = (await ask(members, seat)).json;
    seen.add(gameId);
    assert.equal((await find(members, ada)).json.rematch.gameId, gameId);
    gateway.play(gameId, { type: 'leave', playerId, kicked: false });
    assert.equal((await find(members, ada)).json.rematch, null);
  };
  for (const [index, seat] of [bob, cem, ada].entries()) {
    for (let count = 1; count <= 2; count += 1) await openAndLeave(seat);
    if (index === 1) gateway.now += HOUR_MS + 1;
    const games = gateway.states.size;
    const third = await ask(members.toReversed(), seat);
    assert.deepEqual([third.status, third.json.code], [409, 'game_concluded'], `${index}`);
    assert.equal(gateway.states.size, games, 'nothing was made');
  }
  assert.equal(seen.size, 6);
});

test('who opens no more comes into what somebody else opens', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  const { gateway, members } = on;
  const [ada, bob] = await played(on);
  for (let count = 1; count <= 2; count += 1) {
    const { gameId, playerId } = (await ask(members, bob)).json;
    gateway.play(gameId, { type: 'leave', playerId, kicked: false });
  }
  const { gameId } = (await ask(members, ada)).json;
  const mine = await ask(members, bob);
  assert.deepEqual([mine.status, mine.json.gameId], [201, gameId]);
});

test('one that goes on is found behind one that was erased, and none is opened beside it', async (t) => {
  for (let over = 1; over <= 4; over += 1) {
    const on = await cluster(t, { creationsPerMinute: 1_000 });
    const { gateway, members } = on;
    const [ada, bob, cem] = await played(on);
    const erased: string[] = [];
    for (let count = 0; count < over; count += 1) {
      erased.push((await ask(members, count % 2 ? cem : bob)).json.gameId);
      gateway.play(erased.at(-1) as string, { type: 'give_up' });
    }
    const running = (await ask(members, ada)).json.gameId;
    assert.ok(!erased.includes(running));
    for (const gameId of erased) gateway.states.delete(gameId);
    assert.equal((await find(members, cem)).json.rematch?.gameId, running, 'it is shown');
    for (const seat of [cem, bob, ada]) assert.equal((await ask(members, seat)).json.gameId, running);
    assert.ok(
      erased.every((gameId) => !gateway.states.has(gameId)),
      'nothing was made anew',
    );
  }
});

test('one that all who played leave to a stranger, while one of them is just coming in, is over for all of them', async (t) => {
  const on = await cluster(t, { creationsPerMinute: 1_000 });
  const { gateway, members } = on;
  const [ada, bob, cem] = await played(on);
  const first = (await ask(members, bob)).json.gameId;
  gateway.play(first, { type: 'lock', locked: false });
  await send(members, 'POST', '/v1/join', undefined, { code: first, displayName: 'Eve' });
  let next = '';
  const execute = gateway.execute.bind(gateway);
  gateway.execute = async (operation) => {
    if (operation.kind === 'command' && operation.input.type === 'join') {
      gateway.execute = execute;
      gateway.play(first, { type: 'leave', playerId: bob.playerId, kicked: false });
      next = (await ask(members, cem)).json.gameId;
    }
    return execute(operation);
  };
  const mine = await ask(members, ada);
  assert.deepEqual([mine.status, mine.json.gameId], [201, next]);
  assert.notEqual(next, first);
  for (const seat of [ada, bob, cem]) assert.equal((await ask(members.toReversed(), seat)).json.gameId, next);
  assert.deepEqual(
    Object.values(gateway.stateOf(first).players ?? {}).map(({ displayName }) => displayName),
    ['Eve'],
  );
});

test('another game that has the id by chance is none of theirs', async (t) => {
  const on = await cluster(t);
  const { gateway, members } = on;
  const [ada, bob] = await played(on);
  const { nonce } = grantOf(ada);
  const taken = rematchId({ gameId: ada.gameId, nonce }, 1);
  const [stranger] = await lobby(members);
  gateway.states.set(taken, { ...(gateway.states.get(stranger.gameId) as never as { state: never; version: number }) });
  const mine = (await ask(members, ada)).json;
  assert.equal(mine.gameId, rematchId({ gameId: ada.gameId, nonce }, 2));
  assert.equal((await ask(members, bob)).json.gameId, mine.gameId);
  assert.equal((await find(members, bob)).json.rematch.gameId, mine.gameId);
  assert.equal(Object.keys(gateway.stateOf(taken).players ?? {}).length, 3, 'nobody was let into it');
});
