/** WebSockets under pressure: many frames, slow readers, silent peers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { defaultLimits } from '../../../../src/http/edge/edge.ts';
import type { Answer } from '../../../../src/member/contract/gateway.ts';
import { asAdmin, listeningEdge, ManualClock, SocketClient, until } from '../edge-fixture.ts';

test('frames beyond the bound wait, in order, and none is lost', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { framesPerSecond: 1_000 } });
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  // Now it is known that replies are small.
  await client.ask('ping');
  client.frames.length = 0;
  const finish: ((answer: Answer) => void)[] = [];
  gateway.answerWith = () => new Promise((resolve) => finish.push(resolve));
  const count = 500;
  for (let round = 1; round <= count; round += 1) {
    client.socket.send(JSON.stringify({ ref: round, type: 'commit_round', body: { round, playerId: 'p0' } }));
  }
  await until('a full house', () => finish.length === defaultLimits.framesInFlight);
  for (let done = 0; done < count; done += 1) {
    await until('the next frame', () => finish.length > done);
    assert.ok(finish.length - done <= defaultLimits.framesInFlight, `${finish.length - done} in flight`);
    finish[done]?.({ status: 200, body: '{}', owner: null });
  }
  await client.reply(count);
  const refs = client.frames.filter((frame) => frame.type === 'reply').map((frame) => frame.ref);
  assert.deepEqual(
    refs,
    Array.from({ length: count }, (_, index) => index + 1),
  );
  client.socket.send('{"ref":"after","type":"ping"}');
  assert.equal((await client.reply('after')).ok, true);
});

test('frames that come before the game is known to be alive are answered once it is', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const read: ((answer: Answer) => void)[] = [];
  gateway.answerWith = () => new Promise((resolve) => read.push(resolve));
  const client = await SocketClient.open(t, port);
  const first = client.ask('ping');
  client.socket.send(JSON.stringify({ ref: 'start', type: 'continue_game', body: { game: {} } }));
  await until('the first read', () => read.length === 1);
  for (let trip = 0; trip < 3; trip += 1) await fetch(`http://127.0.0.1:${port}/livez`);
  assert.equal(gateway.operations.length, 1);
  assert.deepEqual(client.frames, []);
  gateway.answerWith = null;
  read[0]?.({ status: 200, body: '{"game":{},"version":3}', owner: null });
  assert.equal((await first).ok, true);
  assert.equal((await client.reply('start')).ok, true);
});

test('a slow reader gets the newest version, and skips those between', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port);
  await until('the watch', () => client.games.length === 1 && gateway.watchers === 1);
  client.socket.pause();
  const last = 400;
  const pad = 'x'.repeat(100_000);
  for (let version = 4; version <= last; version += 1) gateway.put('ABC', version, { pad, version });
  client.socket.resume();
  await until('the last version', () => client.games.at(-1).version === last);
  assert.ok(client.games.length < 10, `${client.games.length} games came`);
});

test('a client that asks but does not read is not read from; when it reads, it gets every reply', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { socketBufferBytes: 256 * 1024 } });
  const [client, other] = [await SocketClient.open(t, port), await SocketClient.open(t, port)];
  await until('the games', () => client.games.length > 0 && other.games.length > 0);
  const body = JSON.stringify({ pad: 'x'.repeat(1_000_000) });
  let asked = 0;
  let due = 0;
  let mostDue = 0;
  gateway.answerWith = async () => {
    asked += 1;
    due += 1;
    if (asked > 1) mostDue = Math.max(mostDue, due);
    await new Promise(setImmediate);
    due -= 1;
    return { status: 200, body, owner: null };
  };
  await client.ask('get_game');
  client.socket.pause();
  const count = 60;
  for (let ref = 0; ref < count; ref += 1) client.socket.send(JSON.stringify({ ref: `r${ref}`, type: 'get_game' }));
  let before = -1;
  await until('no more frames to be taken', async () => {
    const last = before;
    before = asked;
    for (let trip = 0; trip < 3; trip += 1) await other.ask('ping');
    return asked === last;
  });
  assert.ok(asked < count / 2, `${asked} frames were answered`);
  assert.equal(mostDue, 1, 'more replies than may be left unread');
  client.socket.resume();
  await client.reply(`r${count - 1}`);
  assert.equal(client.frames.filter(({ type }) => type === 'reply').length, count + 1);
});

test('a socket that stands still is cut when all of them leave too much unread; until then each gets one reply at a time', async (t) => {
  const clock = new ManualClock();
  const { port, gateway } = await listeningEdge(t, { clock, limits: { socketsBufferBytes: 4_000_000 } });
  const opened = Array.from({ length: 2 }, () => SocketClient.open(t, port));
  const [standing, reader] = (await Promise.all(opened)) as [SocketClient, SocketClient];
  await until('the games', () => standing.games.length > 0 && reader.games.length > 0);
  await reader.ask('ping');
  // Much more than the kernel takes.
  const large = JSON.stringify({ pad: 'x'.repeat(16_000_000) });
  gateway.answerWith = async () => ({ status: 200, body: large, owner: null });
  standing.socket.pause();
  standing.socket.send('{"ref":"unread","type":"get_game"}');
  await until('the reply to be under way', () => gateway.operations.length === 3);
  clock.advance(1);

  let underWay = 0;
  let most = 0;
  const answerSmall = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise(setImmediate);
    underWay -= 1;
    return { status: 200, body: '{}', owner: null };
  };
  gateway.answerWith = answerSmall;
  const asked = 20;
  for (let ref = 1; ref <= asked; ref += 1) reader.socket.send(JSON.stringify({ ref: `full${ref}`, type: 'get_game' }));
  await reader.reply(`full${asked}`);
  assert.equal(most, 1);
  assert.equal(standing.socket.readyState, standing.socket.OPEN);

  clock.advance(2_000);
  reader.socket.send('{"ref":"late","type":"get_game"}');
  await reader.reply('late');
  standing.socket.resume();
  assert.equal((await standing.closed).code, 1006);
  // What was read takes no room, however much it was.
  gateway.answerWith = async () => ({ status: 200, body: large, owner: null });
  await reader.ask('get_game');
  gateway.answerWith = answerSmall;
  await reader.ask('get_game');
  for (let ref = 1; ref <= asked; ref += 1) reader.socket.send(JSON.stringify({ ref: `room${ref}`, type: 'get_game' }));
  await reader.reply(`room${asked}`);
  assert.ok(most > 1, 'there is room again');
});

test('events that pile up unread close the socket, and nothing more is kept for it', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { socketBufferBytes: 256 * 1024 } });
  const client = await SocketClient.open(t, port);
  await until('the watch', () => client.games.length === 1 && gateway.watchers === 1);
  client.socket.pause();
  const pad = 'x'.repeat(100_000);
  let version = 3;
  await until('the watch to end, while nothing is read', () => {
    version += 1;
    gateway.put('ABC', version, { id: 'ABC' }, [{ pad }]);
    return gateway.watchers === 0;
  });
  client.socket.resume();
  assert.equal((await client.closed).code, 1013);
  const seqs = client.events.map(({ seq }) => seq);
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
  );
  assert.ok(seqs.length < version - 3, 'what came last is missing');
  const resumed = await SocketClient.open(t, port, 'ABC', `?after=${seqs.length}`);
  await until('the rest', () => resumed.events.length + seqs.length === version - 3);
  assert.equal(resumed.events[0].seq, seqs.length + 1);
});

test('a socket that sends too many frames is closed; at the agreed rate it may go on for ever', async (t) => {
  const clock = new ManualClock();
  const { port, gateway } = await listeningEdge(t, { clock, limits: { framesPerSecond: 5 } });
  const client = await SocketClient.open(t, port);
  await until('the game', () => client.games.length > 0);
  for (let frame = 0; frame < 10; frame += 1) await client.ask('ping');
  for (let second = 0; second < 3; second += 1) {
    clock.advance(1_000);
    for (let frame = 0; frame < 5; frame += 1) await client.ask('ping');
  }
  const other = await SocketClient.open(t, port);
  await until('the other game', () => other.games.length > 0);
  const before = gateway.operations.length;
  client.socket.send(JSON.stringify({ ref: 'one too many', type: 'get_game' }));
  assert.equal((await client.closed).code, 4429);
  assert.equal(gateway.operations.length, before);
  assert.equal((await other.ask('ping')).ok, true);
});

test('a socket is pinged, and cut when two pings stay unanswered', async (t) => {
  const clock = new ManualClock();
  const { port } = await listeningEdge(t, { clock });
  const silent = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], { headers: asAdmin, autoPong: false });
  const lively = await SocketClient.open(t, port);
  await until('both games', () => silent.games.length > 0 && lively.games.length > 0);
  for (let interval = 1; interval <= 2; interval += 1) {
    const pinged = [once(silent.socket, 'ping'), once(lively.socket, 'ping')];
    clock.advance(defaultLimits.pingMs);
    await Promise.all(pinged);
    await lively.ask('ping');
  }
  clock.advance(defaultLimits.pingMs);
  assert.equal((await silent.closed).code, 1006);
  assert.equal((await lively.ask('ping')).ok, true);
});
