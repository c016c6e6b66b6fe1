/** A match over fake sockets and answers: what is read, what is sent, and what becomes of both when things break. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Ended,
  type Match,
  minotaur,
  Refused,
  type SocketClass,
  type Update,
  type Watch,
} from '../../../src/client/index.ts';
import { FakeHost } from './fake-host.ts';

const seat = { gameId: 'ABC', playerId: 'p1', token: 'secret' };
const bases = ['http://a/', 'http://b'];
const game = (round = 1, more = {}) => ({
  id: 'ABC',
  status: 'active',
  round,
  roundEndTime: null,
  world: { round },
  players: null,
  ...more,
});

function rejoined(): { fake: FakeHost; match: Match } {
  const fake = new FakeHost();
  const match = minotaur(bases, fake.host).rejoin(seat);
  return { fake, match };
}

/** Reads on until told to stop. */
function reading(match: Watch): { updates: Update[]; end: Promise<unknown> } {
  const updates: Update[] = [];
  const read = async () => {
    for await (const update of match) updates.push(update);
    return null;
  };
  return { updates, end: read().catch((error: unknown) => error) };
}

test('a seat is got by creating or by code, under one key however often it is asked', async () => {
  const fake = new FakeHost();
  const server = minotaur(bases, fake.host);
  const creating = server.create({ displayName: 'Ada', settings: { listed: true } });
  await fake.settle();
  assert.equal(fake.request.url, 'http://b/v1/games');
  fake.request.fail();
  await fake.settle();
  await fake.pass(50);
  assert.equal(fake.request.url, 'http://a/v1/games');
  assert.deepEqual(
    fake.requests.map(({ headers }) => headers['idempotency-key']),
    ['key-1', 'key-1'],
  );
  assert.deepEqual(fake.request.body, { displayName: 'Ada', settings: { listed: true } });
  fake.request.answer(201, { game: { id: 'ABC' }, playerId: 'p0', token: 't' });
  assert.deepEqual((await creating).seat, { gameId: 'ABC', playerId: 'p0', token: 't' });
  const joining = server.join('ab-c', 'Bob');
  await fake.settle();
  assert.deepEqual([fake.request.url, fake.request.body], ['http://a/v1/join', { code: 'ab-c', displayName: 'Bob' }]);
  fake.request.answer(201, { gameId: 'ABC', playerId: 'p2', token: 'u' });
  assert.deepEqual((await joining).seat, { gameId: 'ABC', playerId: 'p2', token: 'u' });
  assert.deepEqual(fake.socket.protocols, ['minotaur.v1', 'bearer.u']);
});

test('the next game is asked for until it is answered, and found', async () => {
  const { fake, match } = rejoined();
  const asking = match.rematch();
  await fake.settle();
  const [url, key] = [fake.request.url, fake.request.headers['idempotency-key']];
  assert.match(url, /\/v1\/games\/ABC\/rematch$/);
  assert.equal(fake.request.headers.authorization, 'Bearer secret');
  fake.request.fail();
  await fake.settle();
  await fake.pass(50);
  assert.notEqual(fake.request.url, url);
  assert.equal(fake.request.headers['idempotency-key'], key);
  fake.request.answer(201, { gameId: 'XYZ', playerId: 'p1', token: 'new', version: 2 });
  const next = await asking;
  assert.deepEqual(next.seat, { gameId: 'XYZ', playerId: 'p1', token: 'new' });
  assert.match(fake.socket.url, /\/v1\/games\/XYZ\/ws/);
  const finding = match.findRematch();
  await fake.settle();
  assert.equal(fake.request.method, 'GET');
  const rematch = { gameId: 'XYZ', status: 'lobby', joined: ['p1'] };
  fake.request.answer(200, { rematch });
  assert.deepEqual(await finding, rematch);
  const refused = match.rematch();
  await fake.settle();
  fake.request.answer(409, { code: 'game_not_concluded', detail: 'it goes on' });
  await assert.rejects(refused, Refused);
  match.close();
  next.close();
});

test('a spectator follows without a token, over sockets and streams, and is told when it may not', async () => {
  const fake = new FakeHost();
  const watch = minotaur(bases, fake.host).watch('ABC');
  const { updates } = reading(watch);
  assert.deepEqual([fake.socket.url, fake.socket.protocols], ['ws://b/v1/games/ABC/ws?since=0', ['minotaur.v1']]);
  fake.socket.open();
  fake.socket.say({ type: 'game', version: 3, game: game(1), view: 'public' });
  await fake.settle();
  assert.deepEqual([updates[0]?.view, updates[0]?.players], [{ round: 1 }, []]);
  watch.close();
  const blocked = new FakeHost();
  const streaming = minotaur('http://a', { ...blocked.host, WebSocket: null }).watch('ABC');
  const { end } = reading(streaming);
  await blocked.settle();
  assert.deepEqual([blocked.request.url, blocked.request.headers], ['http://a/v1/games/ABC/stream?since=0', {}]);
  blocked.request.answer(401, { code: 'unauthorized' });
  const error = await end;
  assert.ok(error instanceof Ended && error.code === 4401);
});

test('presence is null until it is told; then every update holds the newest', async () => {
  const { fake, match } = rejoined();
  const { updates } = reading(match);
  fake.socket.open();
  const players = { p1: { connected: true, since: '2030-01-01T00:00:00.000Z' } };
  fake.socket.say({ type: 'game', version: 3, game: game(1) });
  await fake.settle();
  fake.socket.say({ type: 'presence', players, spectators: 2 });
  await fake.settle();
  fake.socket.say({ type: 'game', version: 4, game: game(2) });
  await fake.settle();
  assert.deepEqual(
    updates.map(({ presence, version, resumed }) => [presence, version, resumed]),
    [
      [null, 3, 'snapshot'],
      [{ players, spectators: 2 }, 3, 'gapless'],
      [{ players, spectators: 2 }, 4, 'gapless'],
    ],
  );
  match.close();
});

test('players say whether they are connected, once it was told; bots never do', async () => {
  const { fake, match } = rejoined();
  const { updates } = reading(match);
  fake.socket.open();
  const players = { p1: { id: 'p1' }, p2: { id: 'p2' }, p3: { id: 'p3' }, bot: { id: 'bot', bot: true } };
  fake.socket.say({ type: 'game', version: 3, game: game(1, { players }) });
  await fake.settle();
  const since = '2030-01-01T00:00:00.000Z';
  const told = { p1: { connected: true, since }, p2: { connected: false, since } };
  fake.socket.say({ type: 'presence', players: told, spectators: 0 });
  await fake.settle();
  assert.deepEqual(
    updates.map((update) => update.players.map(({ connected }) => connected)),
    [
      [undefined, undefined, undefined, undefined],
      [true, false, false, undefined],
    ],
  );
  match.close();
});

test('updates hold the view, the events, the players and the time', async () => {
  const { fake, match } = rejoined();
  const { updates } = reading(match);
  assert.equal(fake.socket.url, 'ws://b/v1/games/ABC/ws?since=0');
  fake.socket.open();
  const serverTime = '2030-01-01T00:00:10.000Z';
  const players = { p1: { id: 'p1', displayName: 'Ada', ready: true, done: false } };
  fake.socket.say({ type: 'events', serverTime, events: [{ seq: 1, type: 'x' }] });
  fake.socket.say({
    type: 'game',
    serverTime,
    version: 3,
    game: game(1, { players, roundEndTime: '2030-01-01T00:01:00.000Z' }),
  });
  await fake.settle();
  const [update] = updates;
  assert.ok(update);
  assert.deepEqual([update.view, update.version, update.resumed], [{ round: 1 }, 3, 'snapshot']);
  assert.deepEqual([update.events.map(({ seq }) => seq), update.players], [[1], [players.p1]]);
  assert.deepEqual([update.clock.now, update.clock.leftMs], [Date.parse(serverTime), 50_000]);
  fake.clock.advance(1_000);
  assert.equal(update.clock.leftMs, 49_000);
  match.close();
});

test('a connection that breaks is followed by one that goes on where it stopped', async () => {
  const { fake, match } = rejoined();
  const { updates, end } = reading(match);
  fake.socket.open();
  fake.socket.say({ type: 'game', version: 3, game: game() });
  fake.socket.say({ type: 'events', events: [{ seq: 1, type: 'x' }] });
  assert.equal(match.connection?.base, 'http://b');
  const [first] = fake.sockets;
  first?.end(1006);
  assert.equal(match.connection, null);
  await fake.pass(1_000);
  assert.equal(fake.socket.url, 'ws://a/v1/games/ABC/ws?since=3&after=1');
  fake.socket.open();
  first?.say({ type: 'game', version: 9, game: game(9) });
  fake.socket.say({ type: 'game', version: 4, game: game(2) });
  await fake.settle();
  assert.deepEqual(
    updates.map(({ version, resumed }) => [version, resumed]),
    [
      [3, 'snapshot'],
      [4, 'gapless'],
    ],
  );
  match.close();
  assert.equal(await end, null);
  assert.equal(fake.socket.isClosed, true);
  await fake.pass(60_000);
  assert.equal(fake.sockets.length, 2, 'who left does not come back');
});

test('who has no seat any more is told why; a game that is over ends quietly', async () => {
  const kicked = rejoined();
  const reader = reading(kicked.match);
  kicked.fake.socket.open();
  kicked.fake.socket.end(4401, 'kicked: this player was sent away.');
  const error = await reader.end;
  assert.ok(error instanceof Ended);
  assert.deepEqual([error.code, error.message], [4401, 'kicked: this player was sent away.']);
  const over = rejoined();
  const last = reading(over.match);
  over.fake.socket.open();
  over.fake.socket.say({ type: 'game', version: 9, game: game(4, { status: 'concluded' }) });
  over.fake.socket.end(4404);
  assert.equal(await last.end, null);
  assert.equal(last.updates.length, 1);
});

test('a command is pending, then stored; it is repeated under its key wherever nobody answers', async () => {
  const { fake, match } = rejoined();
  fake.socket.open();
  fake.socket.say({ type: 'game', version: 3, game: game(7) });
  const move = match.act.move?.({ vector: { q: 1, r: 0 } });
  assert.ok(move);
  await fake.settle();
  const [first] = fake.requests;
  assert.deepEqual(first?.body, { type: 'move', vector: { q: 1, r: 0 }, round: 7 });
  assert.equal(first?.headers.authorization, 'Bearer secret');
  // It stands still: the attempt ends, and another server is asked.
  await fake.pass(5_000);
  await fake.pass(1_000);
  fake.request.answer(503, { code: 'session_unavailable' }, { 'retry-after': '1' });
  await fake.settle();
  assert.equal(move.status, 'pending');
  await fake.pass(1_000);
  assert.equal(fake.requests.length, 3);
  assert.equal(new Set(fake.requests.map(({ headers }) => headers['idempotency-key'])).size, 1);
  assert.equal(new Set(fake.requests.map(({ url }) => url)).size, 2);
  fake.request.answer(200, { actionId: 'a4', version: 4 });
  assert.deepEqual(await move, { actionId: 'a4', version: 4 });
  assert.equal(move.status, 'stored');
  match.close();
});

test('a server that stands still is left after a second; the next ones get more time', async () => {
  const { fake, match } = rejoined();
  const ready = match.ready();
  await fake.settle();
  const attempts = () => fake.requests.filter(({ url }) => url.endsWith('/ready'));
  for (const [attempt, withinMs] of [1_000, 2_000, 4_000, 8_000, 16_000, 16_000].entries()) {
    const request = attempts()[attempt];
    await fake.pass(withinMs - 1);
    assert.equal(request?.isAborted, false);
    await fake.pass(1);
    assert.equal(request?.isAborted, true);
    // The longest pause between two attempts; the next one begins when it is over.
    await fake.pass(5_000);
    assert.equal(attempts().length, attempt + 2);
  }
  match.close();
  await assert.rejects(async () => ready, /stopped/);
});

test('a refusal is final, and says why; a limit is waited for', async () => {
  const { fake, match } = rejoined();
  const done = match.done(2);
  await fake.settle();
  fake.request.answer(429, { code: 'too_many_requests' }, { 'retry-after': '7' });
  await fake.settle();
  await fake.pass(6_999);
  assert.equal(fake.requests.length, 1);
  await fake.pass(100);
  assert.equal(fake.requests.length, 2);
  fake.request.answer(409, { code: 'round_over', detail: 'The round that runs is 3.' });
  const error = await done.then(null, (thrown: unknown) => thrown);
  assert.ok(error instanceof Refused);
  assert.deepEqual([error.problem.status, error.problem.code], [409, 'round_over']);
  assert.deepEqual([done.status, done.problem?.code], ['refused', 'round_over']);
  // What stands between answers in its own way.
  const ready = match.ready();
  await fake.settle();
  fake.request.answer(418, 'teapot');
  await assert.rejects(async () => ready, /unknown/);
  const leaving = match.leave();
  await fake.settle();
  match.close();
  await assert.rejects(async () => leaving, /stopped/);
});

test('whatever the lobby and its host need is a command of its own, with its key', async () => {
  const { fake, match } = rejoined();
  const asked: [() => PromiseLike<unknown>, string, string, unknown][] = [
    [() => match.ready(false), 'POST', '/players/p1/ready', { ready: false }],
    [() => match.changeSettings({ bots: 2 }), 'POST', '/settings', { settings: { bots: 2 } }],
    [() => match.lock(), 'POST', '/lock', { locked: true }],
    [() => match.lock(false), 'POST', '/lock', { locked: false }],
    [() => match.giveToken('p2'), 'POST', '/players/p2/token', null],
    [() => match.leave('p2'), 'DELETE', '/players/p2', null],
    [() => match.takeHost(), 'POST', '/host', null],
    [() => match.start(), 'POST', '/start', null],
  ];
  for (const [index, [ask, method, path, body]] of asked.entries()) {
    const asking = ask();
    await fake.settle();
    const { request } = fake;
    assert.deepEqual([request.method, request.url, request.body], [method, `http://b/v1/games/ABC${path}`, body]);
    assert.equal(request.headers['idempotency-key'], `key-${index + 1}`);
    request.answer(200, { version: index });
    assert.deepEqual(await asking, { version: index });
  }
  match.close();
});

test('the record of a round is read, and asked for again elsewhere until somebody answers', async () => {
  const { fake, match } = rejoined();
  const record = { round: 3, actions: [], events: [], from: 9, through: 8 };
  const reading = match.record(3);
  await fake.settle();
  fake.request.answer(503, { code: 'cluster_unavailable' });
  await fake.settle();
  await fake.pass(1_000);
  const { request } = fake;
  assert.deepEqual([request.method, request.url], ['GET', 'http://a/v1/games/ABC/rounds/3']);
  assert.equal(request.headers['idempotency-key'], undefined);
  request.answer(200, record);
  assert.deepEqual(await reading, record);
  const missing = match.record(4);
  await fake.settle();
  fake.request.answer(404, { code: 'round_not_found', detail: 'not finished' });
  await assert.rejects(missing, Refused);
  match.close();
});

test('without sockets the same comes over a stream, and a read of its server takes the place of pings', async () => {
  const fake = new FakeHost();
  const match = minotaur(bases, { ...fake.host, WebSocket: null }).rejoin(seat);
  const { updates, end } = reading(match);
  const opening = fake.request;
  assert.equal(opening.url, 'http://b/v1/games/ABC/stream?since=0');
  assert.equal(opening.headers.authorization, 'Bearer secret');
  const write = opening.stream();
  await fake.settle();
  assert.equal(fake.request.url, 'http://b/v1/games/ABC?consistency=eventual');
  fake.request.answer(200, { serverTime: '2030-01-01T00:00:10.000Z' });
  write(':\n\nevent: events\nid: 0.1\ndata: {"type":"events","events":[{"seq":1,"type":"x"}]}\n\n');
  write(`event: game\nid: 3.1\ndata: ${JSON.stringify({ type: 'game', version: 3, game: game() })}\n`);
  write('\n');
  await fake.settle();
  assert.deepEqual(
    updates.map(({ version, events, clock }) => [version, events.length, clock.now]),
    [[3, 1, Date.parse('2030-01-01T00:00:10.000Z')]],
  );
  // Its server stands still: it answers the next ping no more.
  await fake.pass(4_000);
  await fake.pass(4_000);
  assert.equal(opening.isAborted, true);
  await fake.pass(1_000);
  assert.equal(fake.request.url, 'http://a/v1/games/ABC/stream?since=3&after=1');
  const again = fake.request.stream();
  await fake.settle();
  again('event: close\ndata: {"type":"close","code":4401,"reason":"kicked: x"}\n\n');
  const error = await end;
  assert.ok(error instanceof Ended && error.code === 4401 && error.message === 'kicked: x');
});

test('a stream that is refused ends as a socket would; one that merely ends is followed by another', async () => {
  const fake = new FakeHost();
  const match = minotaur('http://a', { ...fake.host, WebSocket: null }).rejoin(seat);
  const { end } = reading(match);
  fake.request.answer(503, { code: 'session_unavailable' });
  await fake.settle();
  await fake.pass(1_000);
  fake.request.stream()(null);
  await fake.settle();
  await fake.pass(1_000);
  const opened = fake.requests.filter(({ url }) => url.includes('/stream'));
  assert.equal(opened.length, 3);
  opened[2]?.answer(404, { code: 'game_not_alive' });
  const error = await end;
  assert.ok(error instanceof Ended && error.code === 4404);
});

test('a page that forbids sockets gets a stream', async () => {
  const fake = new FakeHost();
  const forbidden = class {
    constructor() {
      throw new Error('refused by a policy');
    }
  } as unknown as SocketClass;
  const match = minotaur('http://a', { ...fake.host, WebSocket: forbidden }).rejoin(seat);
  await fake.pass(1_000);
  await fake.pass(1_000);
  assert.match(fake.request.url, /stream/);
  match.close();
});
