/** Spectators: who follows a game without a token, what it gets, and how many there may be. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { problem } from '../../../../src/errors.ts';
import { StreamClient } from '../../../support/stream-client.ts';
import { asPlayer, listeningEdge, SocketClient, until } from '../edge-fixture.ts';

const open = { id: 'ABC', spectators: true };
const path = '/v1/games/ABC/ws';
const stream = (port: number) => `http://127.0.0.1:${port}/v1/games/ABC/stream`;
const socket = (t: TestContext, port: number) => SocketClient.open(t, port, 'ABC', '', {} as never);
const isRefused = async (port: number) => [
  (await new SocketClient(port, path, ['minotaur.v1']).closed).code,
  (await fetch(stream(port))).status,
];

test('a game that admits spectators is told to them as to the public, over sockets and streams', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 4, open);
  const clients = [await socket(t, port), StreamClient.to(t, stream(port))];
  await until('the game', () => clients.every(({ games }) => games.length === 1));
  gateway.put('ABC', 5, { ...open, round: 2 }, [{ type: 'x' }]);
  await until('the next', () => clients.every(({ games }) => games.length === 2));
  for (const { games } of clients) assert.deepEqual([games[1].view, games[1].game.round], ['public', 2]);
  assert.deepEqual(
    gateway.operations.map(({ caller, may }) => [caller.kind, may]),
    [
      ['public', ['anyone']],
      ['public', ['anyone']],
    ],
    'what owners of every version understand',
  );
});

test('any other game, or none, asks for a token as ever', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  for (const game of [{ id: 'ABC' }, { id: 'ABC', spectators: false }, { id: 'ABC', spectators: 'yes' }]) {
    gateway.put('ABC', 4, game);
    assert.deepEqual(await isRefused(port), [4401, 401]);
  }
  gateway.remove('ABC');
  assert.deepEqual(await isRefused(port), [4401, 401]);
  const answer = await fetch(stream(port));
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
  assert.equal(gateway.watchers, 0);
});

test('a spectator does nothing but look', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 4, open);
  const client = await socket(t, port);
  assert.equal((await client.ask('get_game')).ok, true);
  const asked = gateway.operations.length;
  for (const [type, body] of [
    ['register_action', { type: 'move', vector: { q: 1, r: 0 } }],
    ['retract_action', { actionId: 'a1' }],
    ['commit_round', { round: 1 }],
    ['continue_game', {}],
    ['register_action', { type: 'nonsense' }],
  ] as const) {
    assert.equal((await client.ask(type, { body })).status, 401, type);
  }
  assert.equal(gateway.operations.length, asked);
});

test('so many of one game at a member, sockets and streams together; players are not counted', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { spectatorsPerGame: 2 } });
  gateway.put('ABC', 4, open);
  gateway.put('DEF', 4, { ...open, id: 'DEF' });
  const first = await socket(t, port);
  const second = StreamClient.to(t, stream(port));
  await until('both', () => gateway.watchers === 2);
  assert.deepEqual(await isRefused(port), [4429, 429]);
  await SocketClient.open(t, port, 'ABC', '', asPlayer());
  await SocketClient.open(t, port, 'DEF', '', {} as never);
  await until('a player, and a spectator of another game', () => gateway.watchers === 4);
  first.socket.close();
  second.close();
  await until('places', () => gateway.watchers === 2);
  const again = [await socket(t, port), await socket(t, port)];
  await until('two more', () => again.every(({ games }) => games.length === 1));
  assert.deepEqual(await isRefused(port), [4429, 429]);
});

test('whoever goes while the game is asked for takes no place', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { spectatorsPerGame: 1 } });
  gateway.put('ABC', 4, open);
  let finish: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    gateway.answerWith = () => {
      resolve();
      return new Promise((done) => {
        finish = () => done({ status: 200, body: JSON.stringify({ game: open }), owner: null });
      });
    };
  });
  const gone = new SocketClient(port, path, ['minotaur.v1']);
  await asked;
  gone.socket.close();
  await gone.closed;
  gateway.answerWith = null;
  finish();
  const next = await socket(t, port);
  await until('the game', () => next.games.length === 1);
});

test('while nobody can tell whether a game admits them, the watch decides', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put('ABC', 4, open);
  gateway.answerWith = () => ({ status: 503, body: JSON.stringify(problem('session_unavailable', 'x')), owner: null });
  const client = await socket(t, port);
  await until('the game', () => client.games.length === 1);
  assert.equal(client.games[0].view, 'public');
});
