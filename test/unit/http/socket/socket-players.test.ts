/** WebSockets of players: what happened in the game, tokens that end while connected, and how many may come from where. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, WatchSubject } from '../../../../src/member/contract/gateway.ts';
import { asAdmin, asPlayer, atNow, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const path = '/v1/games/ABC/ws';
const seqs = (client: SocketClient) => client.events.map(({ seq }) => seq);
const ended = { type: 'round_ended' };
const begun = { type: 'round_started' };

test('events come without a gap, before the game that they led to', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const client = await SocketClient.open(t, port, 'ABC', '', asPlayer());
  await until('the watch', () => client.games.length === 1 && gateway.watchers === 1);
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [ended, begun]);
  gateway.put('ABC', 5, { id: 'ABC', round: 5 });
  gateway.put('ABC', 6, { id: 'ABC', round: 6 }, [ended]);
  await until('version 6', () => client.games.at(-1)?.version === 6);
  assert.deepEqual(seqs(client), [1, 2, 3]);
  assert.deepEqual(client.frames[1], {
    type: 'events',
    ...atNow,
    events: [
      { seq: 1, ...ended },
      { seq: 2, ...begun },
    ],
  });
  assert.equal(client.frames[2].version, 4);
  assert.equal(client.frames.filter(({ type }) => type === 'events').length, 2, 'no frame without events');
  assert.equal(client.games.at(-1).view, 'player');
});

test('after: what the client has is not sent again, what it missed is, whatever version it has', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [ended, begun, ended]);
  const behind = await SocketClient.open(t, port, 'ABC', '?since=4&after=1', asPlayer());
  await until('the events', () => behind.events.length === 2);
  assert.deepEqual(seqs(behind), [2, 3]);
  assert.equal(behind.games.length, 0);
  const fresh = await SocketClient.open(t, port, 'ABC', '?after=0', asPlayer());
  await until('all events', () => fresh.events.length === 3);
  gateway.put('ABC', 5, { id: 'ABC', round: 5 }, [begun]);
  await until('the newest', () => behind.events.length === 3 && fresh.events.length === 4);
  assert.deepEqual(
    [seqs(behind), seqs(fresh)],
    [
      [2, 3, 4],
      [1, 2, 3, 4],
    ],
  );
});

test('a game that was put back starts over: its events and its state are marked, once', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [ended, begun, ended]);
  const client = await SocketClient.open(t, port, 'ABC', '?since=9&after=3', asPlayer());
  await until('the watch', () => gateway.watchers === 1);
  assert.equal(client.games.length, 0, 'what has to be marked is not sent before that is known');
  gateway.putBack('ABC', 4, { id: 'ABC' }, [ended, begun]);
  gateway.put('ABC', 5, { id: 'ABC', round: 5 }, [begun]);
  await until('both', () => client.games.length === 2 && client.events.length === 3);
  const [events, game, laterEvents, laterGame] = client.frames;
  assert.deepEqual(events, {
    type: 'events',
    ...atNow,
    events: [
      { seq: 1, ...ended },
      { seq: 2, ...begun },
    ],
    reset: true,
  });
  assert.deepEqual(game, { type: 'game', ...atNow, version: 4, game: { id: 'ABC' }, view: 'player', reset: true });
  for (const frame of [laterEvents, laterGame]) assert.ok(!('reset' in frame));
});

test('the watch learns who looks and what the client has; nothing said is not 0', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const subjects: WatchSubject[] = [];
  const watch = gateway.watch.bind(gateway);
  gateway.watch = (subject, onUpdate) => {
    const { gameId, caller, since, after } = subject;
    subjects.push({ gameId, caller, since, after });
    return watch(subject, onUpdate);
  };
  for (const query of ['', '?after=0', '?since=2&after=7']) {
    const client = await SocketClient.open(t, port, 'ABC', query, asPlayer());
    await until('the game', () => client.games.length > 0);
  }
  const caller = { kind: 'player', playerId: 'p1', nonce: 'nonce', generation: 1 };
  assert.deepEqual(subjects, [
    { gameId: 'ABC', caller, since: 0, after: null },
    { gameId: 'ABC', caller, since: 0, after: 0 },
    { gameId: 'ABC', caller, since: 2, after: 7 },
  ]);
});

test('two tabs with one token are two sockets', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const tabs = [
    await SocketClient.open(t, port, 'ABC', '', asPlayer()),
    await SocketClient.open(t, port, 'ABC', '', asPlayer()),
  ] as const;
  await until('both watches', () => gateway.watchers === 2);
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [begun]);
  await until('the news in both', () =>
    tabs.every((tab) => tab.events.length === 1 && tab.games.at(-1)?.version === 4),
  );
  tabs[0].socket.close();
  await until('the watch to end', () => gateway.watchers === 1);
  assert.equal((await tabs[1].ask('get_game')).ok, true);
});

test('who is sent away, or has a newer token, is cut off at once, whatever is being answered', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  const kicked = await SocketClient.open(t, port, 'ABC', '', asPlayer('p1'));
  const other = await SocketClient.open(t, port, 'ABC', '', asPlayer('p2'));
  const admin = await SocketClient.open(t, port);
  await until('the watches', () => gateway.watchers === 3);
  let finish: (answer: Answer) => void = () => {};
  gateway.answerWith = () => new Promise((resolve) => (finish = resolve));
  const asked = gateway.operations.length;
  kicked.socket.send(JSON.stringify({ ref: 'slow', type: 'get_game' }));
  await until('the frame to be asked', () => gateway.operations.length === asked + 1);
  gateway.revoke('ABC', 'p1');
  assert.deepEqual(await kicked.closed, { code: 4401, reason: 'ended' });
  finish({ status: 200, body: '{}', owner: null });
  gateway.answerWith = null;
  gateway.put('ABC', 4, { id: 'ABC', round: 4 }, [begun]);
  await until('the others to go on', () => other.events.length === 1 && admin.events.length === 1);
  assert.equal(
    kicked.frames.some(({ type }) => type === 'reply' || type === 'events'),
    false,
  );
  assert.equal(gateway.watchers, 2);
  gateway.revoke('ABC', 'p2', 'forbidden', 'x'.repeat(200));
  assert.deepEqual(await other.closed, { code: 4403, reason: 'x'.repeat(123) });
});

test('a token that holds no more is refused as soon as the game has been asked', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  for (const [status, code] of [
    [401, 4401],
    [403, 4403],
    [404, 4404],
  ] as const) {
    gateway.answerWith = () => ({ status, body: '{}', owner: 'm2' });
    const client = new SocketClient(port, path, ['minotaur.v1'], { headers: asPlayer() });
    assert.equal((await client.closed).code, code);
    assert.deepEqual(client.frames, []);
  }
  assert.equal(gateway.watchers, 0);
});

test('pages of other origins open no sockets', async (t) => {
  const { port } = await listeningEdge(t, { corsOrigins: ['https://play.example'] });
  const cases = [
    [`http://127.0.0.1:${port}`, true],
    ['https://play.example', true],
    ['https://evil.example', false],
    ['https://play.example.evil.example', false],
    ['null', false],
  ] as const;
  for (const [origin, allowed] of cases) {
    const client = new SocketClient(port, path, ['minotaur.v1'], { headers: { ...asAdmin, origin } });
    t.after(() => client.socket.terminate());
    if (allowed) await until('the game', () => client.games.length > 0);
    else assert.equal((await client.closed).code, 4403, origin);
  }
});

test('a page behind a proxy that changes Host is told which one came, and what helps', async (t) => {
  const { port } = await listeningEdge(t);
  for (const [host, named] of [
    ['backend:8080', /^Origin is not Host backend:8080: .*proxy.*MINOTAUR_CORS_ORIGINS$/],
    [`${'x'.repeat(200)}.example`, /^Origin is not Host: .*MINOTAUR_CORS_ORIGINS$/],
  ] as const) {
    const headers = { ...asAdmin, host, origin: 'https://play.example' };
    const { code, reason } = await new SocketClient(port, path, ['minotaur.v1'], { headers }).closed;
    assert.equal(code, 4403);
    assert.match(reason, named);
  }
});

test('an address has so many sockets, and those that end make room', async (t) => {
  const { port } = await listeningEdge(t, { limits: { socketsPerAddress: 2 } });
  const open = () => SocketClient.open(t, port, 'ABC', '', asPlayer());
  const first = await open();
  const second = await open();
  await until('both games', () => first.games.length > 0 && second.games.length > 0);
  for (let count = 0; count < 3; count += 1) assert.equal((await (await open()).closed).code, 4429);
  const refused = new SocketClient(port, path, ['minotaur.v1', 'bearer.wrong']);
  assert.equal((await refused.closed).code, 4401, 'who may not come in takes no room, and hears why');
  first.socket.terminate();
  await until('room for another', async () => {
    const another = await open();
    await Promise.race([another.closed, until('the game', () => another.games.length > 0)]);
    return another.socket.readyState === another.socket.OPEN;
  });
});

test('wrong tokens are counted, whichever way they come; none at all is not', async (t) => {
  const { port } = await listeningEdge(t, { limits: { failedAuthenticationsPerMinute: 6 } });
  const closing = async (protocols: string[], headers: Record<string, string>) => {
    const { code } = await new SocketClient(port, path, ['minotaur.v1', ...protocols], { headers }).closed;
    return code;
  };
  for (let count = 0; count < 5; count += 1) assert.equal(await closing([], {}), 4401);
  assert.equal(await closing(['bearer.wrong'], {}), 4401);
  assert.equal(await closing([], { authorization: 'Bearer wrong' }), 4401);
  assert.equal(await closing(['bearer.wrong'], {}), 4429);
  assert.equal(await closing([], { authorization: 'Bearer wrong' }), 4429);
  const neighbour = await SocketClient.open(t, port, 'ABC', '', asPlayer());
  await until('the game', () => neighbour.games.length > 0);
});
