/**
 * Who may ask what, as far as the edge can tell without the game: every operation and frame, with every kind of token.
 *
 * What the state of the game decides (the player itself, the host, a kicked player, a token that was renewed) is for tests with real members.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/adapters/system.ts';
import { wireShapesOf } from '../../../src/game/wire-shapes.ts';
import { minotaurGame } from '../../../src/games.ts';
import { bob, exampleGame } from '../../../src/http/api/answers.ts';
import { withExamples } from '../../../src/http/api/game-schemas.ts';
import type { ApiOperation, FrameType, OperationId } from '../../../src/http/api/operation.ts';
import { operations } from '../../../src/http/api/operations.ts';
import type { Caller } from '../../../src/session/permission.ts';
import type { FakeGateway } from '../../support/fake-gateway.ts';
import { StreamClient } from '../../support/stream-client.ts';
import { asAdmin, injectedEdge, listeningEdge, playerToken, SocketClient, until } from './edge-fixture.ts';

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const right = playerToken(bob, exampleGame);
const headersOf = {
  none: {},
  admin: asAdmin,
  player: bearer(right),
  stranger: bearer(playerToken(bob, 'OTHER')),
};
type Who = keyof typeof headersOf;

const wrongTokens = {
  'bad admin token': bearer('no-such-admin-token'),
  'tampered payload': bearer(right.replace('v1.e', 'v1.f')),
  'tampered mac': bearer(`${right.slice(0, -2)}${right.endsWith('AA') ? 'BB' : 'AA'}`),
  'two in one': bearer(`${right}.${right}`),
  'signed for another player': bearer(
    playerToken('p9', exampleGame).replace(/[^.]+$/, right.slice(right.lastIndexOf('.') + 1)),
  ),
  expired: bearer(playerToken(bob, exampleGame, systemClock.wall() - 91 * 86_400_000)),
};

/** Operations that look at no token: probes and documents. */
type Open = 'livez' | 'readyz' | 'metrics' | 'home' | 'play' | 'cluster' | 'docs' | 'openapi' | 'asyncapi';

/** Without a token, as administrator, as a player of the game, as a player of another one. */
const expected: Record<
  Exclude<OperationId, Open | 'watch_game' | 'stream_game'>,
  readonly ['ok' | 401, 'ok' | 403, 'ok' | 403, 'ok' | 403]
> = {
  create_game: ['ok', 'ok', 'ok', 'ok'],
  list_games: ['ok', 'ok', 'ok', 'ok'],
  get_game: ['ok', 'ok', 'ok', 403],
  continue_game: [401, 'ok', 'ok', 403],
  erase_game: [401, 'ok', 403, 403],
  erase_games: [401, 'ok', 403, 403],
  join_game: ['ok', 'ok', 'ok', 403],
  join_by_code: ['ok', 'ok', 'ok', 'ok'],
  set_ready: [401, 'ok', 'ok', 403],
  leave_game: [401, 'ok', 'ok', 403],
  renew_token: [401, 'ok', 'ok', 403],
  take_host: [401, 'ok', 'ok', 403],
  lock_game: [401, 'ok', 'ok', 403],
  change_settings: [401, 'ok', 'ok', 403],
  start_game: [401, 'ok', 'ok', 403],
  rematch_game: [401, 403, 'ok', 403],
  get_rematch: [401, 403, 'ok', 403],
  register_action: [401, 'ok', 'ok', 403],
  retract_action: [401, 'ok', 'ok', 403],
  commit_round: [401, 'ok', 'ok', 403],
  end_round: [401, 'ok', 403, 403],
  get_events: [401, 'ok', 'ok', 403],
  get_round: [401, 'ok', 'ok', 403],
  get_location: ['ok', 'ok', 'ok', 403],
  get_cluster: ['ok', 'ok', 'ok', 'ok'],
  drain_member: [401, 'ok', 403, 403],
  undrain_member: [401, 'ok', 403, 403],
};
const ids = Object.keys(expected) as (keyof typeof expected)[];

/** The example of the table; `continue_game` without the game that only an administrator may bring. */
function requestOf(id: OperationId) {
  const { method, path, example } = withExamples(operations[id] as ApiOperation, wireShapesOf(minotaurGame));
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => example.params[name] ?? '');
  const body = id === 'continue_game' ? undefined : example.body;
  const url = `${address}?${new URLSearchParams(example.query)}`;
  return { method, url, ...(body !== undefined && { payload: body as object }) };
}

/** Everything that the gateway was asked. */
function asked({ operations: executed, listed, eventQueries, roundQueries, drained }: FakeGateway) {
  return [...executed, ...listed, ...eventQueries, ...roundQueries, ...drained];
}

/** A rematch is of a game that is over. */
const over = { id: exampleGame, status: 'concluded', you: bob, players: { [bob]: { id: bob, displayName: 'Bob' } } };

async function edgeWithExample(t: Parameters<typeof injectedEdge>[0]) {
  const edge = await injectedEdge(t, { limits: { failedAuthenticationsPerMinute: 100_000 } });
  edge.gateway.rounds.set(`${exampleGame}.1`, '{}');
  return edge;
}

for (const [column, who] of (Object.keys(headersOf) as Who[]).entries()) {
  test(`what the edge lets through: ${who}`, async (t) => {
    const { app, gateway } = await edgeWithExample(t);
    for (const id of ids) {
      gateway.put(exampleGame, 3, over);
      const before = asked(gateway).length;
      const reply = await app.inject({ ...requestOf(id), headers: headersOf[who] });
      const outcome = expected[id][column];
      if (outcome === 'ok') {
        assert.ok(reply.statusCode < 300, `${id}: ${reply.statusCode} ${reply.body}`);
      } else {
        const code = outcome === 401 ? 'unauthorized' : 'forbidden';
        assert.deepEqual([reply.statusCode, reply.json().code], [outcome, code], id);
        assert.equal(asked(gateway).length, before, `${id} reached the gateway`);
      }
    }
  });
}

test('a token that is wrong is refused everywhere, even where none is needed', async (t) => {
  const { app, gateway } = await edgeWithExample(t);
  gateway.put(exampleGame, 3);
  for (const [what, headers] of Object.entries(wrongTokens)) {
    for (const id of ids) {
      const reply = await app.inject({ ...requestOf(id), headers });
      assert.deepEqual([reply.statusCode, reply.json().code], [401, 'unauthorized'], `${id}, ${what}`);
      assert.equal(reply.headers['www-authenticate'], 'Bearer error="invalid_token"');
    }
  }
  assert.deepEqual(asked(gateway), []);
});

test('the gateway learns who asks, and what that has to be', async (t) => {
  const { app, gateway } = await edgeWithExample(t);
  const player: Caller = { kind: 'player', playerId: bob, nonce: 'nonce', generation: 1 };
  const callers: Record<Exclude<Who, 'stranger'>, Caller> = {
    none: { kind: 'public' },
    admin: { kind: 'admin' },
    player,
  };
  for (const who of ['none', 'admin', 'player'] as const) {
    for (const id of ids) {
      gateway.put(exampleGame, 3);
      const before = new Set(asked(gateway));
      await app.inject({ ...requestOf(id), headers: headersOf[who] });
      const [passed] = asked(gateway).filter((one) => !before.has(one));
      if (passed === undefined || Array.isArray(passed)) continue;
      const about = requestOf(id).url.includes(exampleGame) || who === 'admin' ? callers[who] : callers.none;
      assert.deepEqual((passed as { caller: Caller }).caller, about, `${id}, ${who}`);
      if ('may' in passed) assert.deepEqual(passed.may, operations[id].may, id);
    }
  }
});

test('who asks is checked before the body is read', async (t) => {
  const { app } = await edgeWithExample(t);
  const broken = { 'content-type': 'application/json' };
  for (const id of ids) {
    const { method, url } = requestOf(id);
    if (method === 'GET') continue;
    for (const [column, who] of (Object.keys(headersOf) as Who[]).entries()) {
      const headers = { ...headersOf[who], ...broken };
      const { statusCode }: { statusCode: number } = await app.inject({ method, url, headers, payload: '{broken' });
      const outcome = expected[id][column];
      assert.equal(statusCode, outcome === 'ok' ? 400 : outcome, `${id}, ${who}`);
    }
  }
});

const path = `/v1/games/${exampleGame}/ws`;

test('who may open a stream', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { failedAuthenticationsPerMinute: 100_000 } });
  gateway.put(exampleGame, 3);
  const url = `http://127.0.0.1:${port}/v1/games/${exampleGame}/stream`;
  const refused: [string, Record<string, string>, number][] = [
    ['none', headersOf.none, 401],
    ['stranger', headersOf.stranger, 403],
    ...Object.entries(wrongTokens).map(([what, headers]): [string, Record<string, string>, number] => [
      what,
      headers,
      401,
    ]),
  ];
  for (const [what, headers, status] of refused) {
    const answer = await fetch(url, { headers });
    assert.deepEqual([answer.status, ((await answer.json()) as { status: number }).status], [status, status], what);
  }
  assert.deepEqual(
    gateway.operations.map(({ may }) => may),
    [['anyone']],
    'whether it admits spectators',
  );
  for (const who of ['admin', 'player'] as const) {
    const client = StreamClient.to(t, url, headersOf[who]);
    await until('the game', () => client.games.length > 0);
    assert.equal(client.games[0].view, who);
    assert.deepEqual(gateway.operations.at(-1)?.may, ['player', 'admin']);
  }
});

test('who may open a socket', async (t) => {
  const { port, gateway } = await listeningEdge(t, { limits: { failedAuthenticationsPerMinute: 100_000 } });
  gateway.put(exampleGame, 3);
  const refused: [string, Record<string, string>, number][] = [
    ['none', headersOf.none, 4401],
    ['stranger', headersOf.stranger, 4403],
    ...Object.entries(wrongTokens).map(([what, headers]): [string, Record<string, string>, number] => [
      what,
      headers,
      4401,
    ]),
  ];
  for (const [what, headers, code] of refused) {
    const byHeader = new SocketClient(port, path, ['minotaur.v1'], { headers });
    assert.equal((await byHeader.closed).code, code, what);
    const offered = headers.authorization?.replace('Bearer ', 'bearer.');
    const byProtocol = new SocketClient(port, path, ['minotaur.v1', ...(offered === undefined ? [] : [offered])]);
    assert.equal((await byProtocol.closed).code, code, what);
    assert.deepEqual([byHeader.frames, byProtocol.frames], [[], []]);
  }
  assert.deepEqual(
    gateway.operations.map(({ may }) => may),
    [['anyone'], ['anyone']],
    'whether it admits spectators',
  );
  for (const who of ['admin', 'player'] as const) {
    const client = await SocketClient.open(t, port, exampleGame, '', headersOf[who] as typeof asAdmin);
    await until('the game', () => client.games.length > 0);
    assert.equal(client.games[0].view, who);
    assert.deepEqual(gateway.operations.at(-1)?.may, ['player', 'admin']);
  }
});

test('what frames ask is asked in the name of who opened the socket', async (t) => {
  const { port, gateway } = await listeningEdge(t);
  gateway.put(exampleGame, 3);
  const frames: Record<FrameType, object> = {
    get_game: {},
    continue_game: {},
    register_action: { type: 'move', vector: { q: 1, r: 0 }, playerId: bob },
    retract_action: { actionId: 'a7' },
    commit_round: { round: 1, playerId: bob },
  };
  for (const who of ['admin', 'player'] as const) {
    const client = await SocketClient.open(t, port, exampleGame, '', headersOf[who] as typeof asAdmin);
    await until('the game', () => client.games.length > 0);
    for (const [type, body] of Object.entries(frames)) {
      assert.equal((await client.ask(type, { body })).ok, true, `${type}, ${who}`);
      const operation = gateway.operations.at(-1);
      assert.equal(operation?.caller.kind, who);
      assert.deepEqual(operation?.may, operations[type as FrameType].may);
    }
  }
  const player = await SocketClient.open(t, port, exampleGame, '', headersOf.player as typeof asAdmin);
  await until('the game', () => player.games.length > 0);
  const before = gateway.operations.length;
  const forbidden: [FrameType, object][] = [
    ['continue_game', { game: {} }],
    ['register_action', { type: 'move', vector: { q: 1, r: 0 }, playerId: 'p9' }],
    ['retract_action', { actionId: 'a7', playerId: 'p9' }],
    ['commit_round', { round: 1, playerId: 'p9' }],
  ];
  for (const [type, body] of forbidden) {
    const reply = await player.ask(type, { body });
    assert.deepEqual([reply.ok, reply.status, reply.problem.code], [false, 403, 'forbidden'], type);
  }
  assert.equal(gateway.operations.length, before);
});
