/** Streams: the game and its events as Server-Sent Events, to whom, and until when. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { defaultLimits } from '../../../../src/http/edge/edge.ts';
import { StreamClient } from '../../../support/stream-client.ts';
import { asAdmin, asPlayer, atNow, listeningEdge, ManualClock, SocketClient, until } from '../edge-fixture.ts';

const address = (port: number, id = 'ABC', query = '') => `http://127.0.0.1:${port}/v1/games/${id}/stream${query}`;

function open(t: TestContext, port: number, query = '', headers: Record<string, string> = asAdmin): StreamClient {
  return StreamClient.to(t, address(port, 'ABC', query), headers);
}

test('what a socket would send comes as events, each with what the client has then', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const [client, socket] = [open(t, port), await SocketClient.open(t, port)];
  await until('the first game', () => client.games.length === 1 && socket.games.length === 1);
  gateway.put('ABC', 4, { id: 'ABC', round: 2 }, [{ type: 'x' }, { type: 'y' }]);
  gateway.put('ABC', 6, { id: 'ABC', round: 3 }, [{ type: 'z' }]);
  await until('the last game', () => client.games.at(-1)?.version === 6 && socket.games.at(-1)?.version === 6);
  assert.deepEqual(
    client.events.map(({ data }) => data),
    socket.frames,
  );
  assert.deepEqual(
    client.events.filter(({ event }) => event === 'events').map(({ id }) => id),
    ['3.2', '4.3'],
  );
  assert.equal(client.lastId, '6.3');
  assert.deepEqual(client.events[0], {
    event: 'game',
    id: '3.0',
    data: { type: 'game', ...atNow, version: 3, game: { id: 'ABC' }, view: 'admin' },
  });
  const headers = client.response?.headers ?? {};
  assert.equal(headers['content-type'], 'text/event-stream');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['x-accel-buffering'], 'no');
  assert.deepEqual([headers['x-minotaur-member'], headers['x-minotaur-owner']], ['m1', 'm2']);
  client.close();
  socket.socket.close();
  await until('both watches to end', () => gateway.watchers === 0);
});

test('Last-Event-ID resumes, and counts instead of the query', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 5, { id: 'ABC', round: 5 }, [{ type: 'a' }, { type: 'b' }, { type: 'c' }]);
  const fresh = open(t, port, '?since=2&after=1');
  await until('what is new', () => fresh.games.length === 1);
  assert.deepEqual([fresh.seqs, fresh.lastId], [[2, 3], '5.3']);
  const again = open(t, port, '?since=2&after=1', { ...asAdmin, 'last-event-id': '5.2' });
  await until('the event', () => again.seqs.length === 1);
  assert.deepEqual([again.seqs, again.lastId], [[3], '5.3']);
  gateway.put('ABC', 6, { id: 'ABC', round: 6 });
  await until('the next game', () => again.games.length === 1);
  for (const id of ['5', '5.', 'x.y', '-1.0', '5.2.1', `${'9'.repeat(16)}.1`]) {
    const answer = await fetch(address(port), { headers: { ...asAdmin, 'last-event-id': id } });
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    assert.deepEqual([answer.status, code], [400, 'bad_request'], id);
    assert.match(detail, /^Last-Event-ID: /);
  }
});

test('a game that was put back starts over, ids too', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 9, { id: 'ABC', round: 9 }, [{ type: 'a' }, { type: 'b' }]);
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
  gateway.putBack('ABC', 4, { id: 'ABC' }, [{ type: 'a' }]);
  await until('the older game', () => client.games.length === 2);
  const [, events, game] = client.events;
  assert.deepEqual([events?.id, events?.data.reset, events?.data.events.length], ['0.1', true, 1]);
  assert.deepEqual([game?.id, game?.data.reset], ['4.1', true]);
});

test('whoever is not let in gets a problem document', async (t) => {
  const { port } = await listeningEdge(t, { limits: { socketsPerAddress: 1 } });
  const cases: [string, Record<string, string>, number, string][] = [
    [address(port), {}, 401, 'unauthorized'],
    [address(port, 'a.b'), asAdmin, 400, 'bad_request'],
    [address(port, 'ABC', '?since=x'), asAdmin, 400, 'bad_request'],
    [address(port, 'NONE'), asAdmin, 404, 'game_not_alive'],
    [address(port, 'ABC'), asPlayer('p1', 'OTHER'), 403, 'forbidden'],
  ];
  for (const [url, headers, status, code] of cases) {
    const answer = await fetch(url, { headers });
    assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [status, code], url);
  }
  const head = await fetch(address(port), { method: 'HEAD', headers: asAdmin });
  assert.deepEqual([head.status, head.headers.get('allow')], [405, 'GET']);
});

test('streams count as sockets of their address, until they end', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { socketsPerAddress: 1 } });
  const first = open(t, port);
  await until('the game', () => first.games.length === 1);
  assert.equal((await fetch(address(port), { headers: asAdmin })).status, 429);
  const socket = new SocketClient(port, '/v1/games/ABC/ws', ['minotaur.v1'], { headers: asAdmin });
  assert.equal((await socket.closed).code, 4429);
  first.close();
  await until('the watch to end', () => gateway.watchers === 0);
  // Whoever goes before the answer frees the place, too.
  let finish = () => {};
  gateway.answerWith = () =>
    new Promise((resolve) => {
      finish = () => resolve({ status: 200, body: '{}', owner: null });
    });
  const impatient = open(t, port);
  await until('the question', () => gateway.operations.length === 2);
  impatient.close();
  await until('its end', () => impatient.isClosed);
  // Another request of a connection made later is answered: so the end of the first one was read.
  await fetch(`http://127.0.0.1:${port}/livez`);
  finish();
  gateway.answerWith = null;
  const next = await until('a place', async () => {
    const client = open(t, port);
    return (await client.status) === 200 ? client : false;
  });
  assert.ok(next);
});

test('while nobody can tell whether the game is alive, the watch will', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.answerWith = () => ({ status: 503, body: '{}', owner: null });
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
});

test('the last event says why a stream ends', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const [kicked, other] = [open(t, port, '', asPlayer('p1')), open(t, port, '', asPlayer('p2'))];
  await until('the games', () => kicked.games.length === 1 && other.games.length === 1);
  gateway.revoke('ABC', 'p1', 'kicked', 'kicked: by the host');
  await until('the end', () => kicked.isClosed);
  const [, close] = kicked.events;
  assert.deepEqual(close, {
    event: 'close',
    id: null,
    data: { type: 'close', ...atNow, code: 4401, reason: 'kicked: by the host' },
  });
  gateway.remove('ABC');
  await until('the end of the game', () => other.isClosed);
  assert.equal(other.events.at(-1)?.data.code, 4404);
  assert.equal(gateway.watchers, 0);
});

test('a member that drains sends streams elsewhere, those that come then too', async (t) => {
  const { http, port } = await listeningEdge(t);
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
  http.startDrain();
  await until('the end', () => client.isClosed);
  assert.deepEqual(
    client.events.map(({ event }) => event),
    ['game', 'reconnect'],
  );
  const late = open(t, port);
  await until('its end', () => late.isClosed);
  assert.deepEqual([await late.status, late.events.at(-1)?.event], [200, 'reconnect']);
});

test('a comment comes now and then', async (t) => {
  const clock = new ManualClock();
  const { port } = await listeningEdge(t, { clock, limits: { pingMs: 1_000 } });
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
  for (let beat = 1; beat <= 3; beat += 1) {
    assert.equal(client.comments, beat);
    clock.advance(1_000);
    await until('the next comment', () => client.comments === beat + 1);
  }
});

test('who takes nothing of what is unread is cut at the third comment; who reads is not', async (t) => {
  const clock = new ManualClock();
  const { port, gateway } = await listeningEdge(t, { clock, limits: { socketBufferBytes: 1_000_000_000 } });
  gateway.put('DEF', 1);
  const [silent, lively] = [open(t, port), StreamClient.to(t, address(port, 'DEF'), asAdmin)];
  await until('the games', () => silent.games.length === 1 && lively.games.length === 1);
  silent.response?.pause();
  // More than both ends' systems take.
  gateway.put('ABC', 4, { pad: 'x'.repeat(12_000_000) });
  for (const watchers of [2, 2, 1]) {
    const before = lively.comments;
    clock.advance(defaultLimits.pingMs);
    await until('the comment', () => lively.comments > before);
    await until('who is still there', () => gateway.watchers === watchers);
  }
});

test('a stream is sent to connect again after some minutes; who is gone without a word gives its place back', async (t) => {
  const clock = new ManualClock();
  const { port, gateway } = await listeningEdge(t, { clock, limits: { socketsPerAddress: 2 } });
  const client = open(t, port);
  const gone = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  t.after(() => gone.destroy());
  gone.write(`GET /v1/games/ABC/stream HTTP/1.1\r\nhost: x\r\nauthorization: ${asAdmin.authorization}\r\n\r\n`);
  await until('both', () => gateway.watchers === 2 && client.games.length === 1);
  clock.advance(defaultLimits.streamMs * 0.8 - 1);
  assert.equal(gateway.watchers, 2);
  clock.advance(defaultLimits.streamMs * 0.4 + 1);
  await until('its end', () => client.isClosed);
  assert.equal(client.events.at(-1)?.event, 'reconnect');
  clock.advance(defaultLimits.socketCloseMs);
  await until('both places to be free', async () => {
    const again = [open(t, port), open(t, port)];
    const statuses = await Promise.all(again.map(({ status }) => status));
    for (const each of again) each.close();
    return statuses.every((status) => status === 200);
  });
});

test('a slow reader gets the newest game and every event, or is cut where those pile up', async (t) => {
  const limits = { socketBufferBytes: 512 * 1024, socketCloseMs: 50, socketsPerAddress: 1 };
  const { port, gateway } = await listeningEdge(t, { limits });
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
  client.response?.pause();
  const pad = 'x'.repeat(100_000);
  for (let version = 4; version <= 300; version += 1) gateway.put('ABC', version, { pad, version }, [{ type: 'x' }]);
  client.response?.resume();
  await until('the last version', () => client.games.at(-1).version === 300);
  assert.ok(client.games.length < 20, `${client.games.length} games came`);
  assert.deepEqual(
    client.seqs,
    Array.from({ length: 297 }, (_, index) => index + 1),
  );
  client.response?.pause();
  for (let version = 301; gateway.watchers > 0; version += 1) {
    assert.ok(version < 1_000, 'events pile up');
    gateway.put('ABC', version, {}, [{ type: 'x', pad }]);
    await new Promise(setImmediate);
  }
  await until('its place to be free', async () => (await open(t, port).status) === 200);
});

test('a stream that stands still is cut when all of them together have left too much unread', async (t) => {
  const clock = new ManualClock();
  const { port, gateway } = await listeningEdge(t, {
    clock,
    limits: { socketsBufferBytes: 100_000, socketBufferBytes: 1_000_000_000 },
  });
  const client = open(t, port);
  await until('the game', () => client.games.length === 1);
  client.response?.pause();
  const pad = 'x'.repeat(60_000);
  for (let version = 4; gateway.watchers > 0; version += 1) {
    assert.ok(version < 1_000, 'too much is unread');
    gateway.put('ABC', version, {}, [{ type: 'x', pad }]);
    clock.advance(100);
    await new Promise(setImmediate);
  }
});

test('pages of the origins that are named may read it', async (t) => {
  const origin = 'https://play.example';
  const { port } = await listeningEdge(t, { corsOrigins: [origin] });
  const client = open(t, port, '', { ...asAdmin, origin });
  await until('the game', () => client.games.length === 1);
  assert.equal(client.response?.headers['access-control-allow-origin'], origin);
});

test('the last state of a game reaches who follows it, however close upon the one before it comes', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const [client, socket] = [open(t, port), await SocketClient.open(t, port)];
  await until('the first game', () => client.games.length === 1 && socket.games.length === 1);
  const closed = socket.closed;
  gateway.put('ABC', 4, { id: 'ABC', round: 2 });
  gateway.put('ABC', 5, { id: 'ABC', status: 'concluded' }, [{ type: 'game_concluded' }]);
  gateway.remove('ABC');
  assert.equal((await closed).code, 4404);
  await until('the end', () => client.events.at(-1)?.event === 'close');
  for (const { games } of [client, socket]) assert.equal(games.at(-1)?.game.status, 'concluded');
  assert.deepEqual(client.seqs, [1]);
});
