/** Codes as people type them, and which game they mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom } from '../../../../src/adapters/system.ts';
import { DerivedIds } from '../../../../src/http/edge/derived-ids.ts';
import { gamesOfAddress, gamesOfCode } from '../../../../src/http/rest/join-codes.ts';
import { injectedEdge, playerToken } from '../edge-fixture.ts';

const id = '7ZK3M0Q1';
const typed = [
  '7ZK3M0Q1',
  '7zk3m0q1',
  '7zk3-moqi',
  ' 7ZK3 M0QL ',
  '7zk3–m0ql',
  '７ＺＫ３Ｍ０Ｑ１',
  '7-z-k-3-m-o-q-l',
  '7zk3\u00a0m0q1',
];

test('case, O and 0, I, L and 1, dashes and spaces do not matter', () => {
  for (const text of typed) assert.equal(gamesOfCode(text)[0], id, text);
});

test('an id that is no code is meant as it is', () => {
  assert.deepEqual(gamesOfCode(' my-Game '), ['my-Game']);
  assert.deepEqual(gamesOfCode('7zk3-moqi'), [id, '7zk3-moqi']);
  for (const none of ['', ' ', 'ä', 'a b', '__proto__', 'x'.repeat(65)]) assert.deepEqual(gamesOfCode(none), [], none);
});

test('in an address the very id goes first', () => {
  assert.deepEqual(gamesOfAddress(id), [id]);
  assert.deepEqual(gamesOfAddress('7zk3moqi'), ['7zk3moqi', id]);
  assert.deepEqual(gamesOfAddress('abc'), ['abc']);
});

test('every code that is made is read as itself, however it is typed', () => {
  const ids = new DerivedIds(['a-secret-of-the-codes-0123456789abcdef'], systemRandom);
  const decorations = fc.array(fc.constantFrom('', ' ', '-', '\t', '–'), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.string(), decorations, fc.boolean(), (key, between, isLower) => {
      const made = ids.game(key, 1);
      const other = { 0: 'O', 1: 'L' } as Readonly<Record<string, string>>;
      const text = [...made].map((letter, index) => (other[letter] ?? letter) + between[index]).join('');
      assert.equal(gamesOfCode(isLower ? text.toLowerCase() : text)[0], made);
    }),
  );
});

async function lobby(t: Parameters<typeof injectedEdge>[0], options: Parameters<typeof injectedEdge>[1] = {}) {
  const { app, gateway } = await injectedEdge(t, options);
  gateway.put(id, 1);
  const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers });
  return { post, gateway };
}

test('joining by a code tells which game it was, and is otherwise joining', async (t) => {
  const { post, gateway } = await lobby(t);
  const key = { 'idempotency-key': 'k' };
  const byId = (await post(`/v1/games/${id}/players`, { displayName: 'Bob' }, key)).json();
  const byCode = await post('/v1/join', { code: '7zk3-moqi', displayName: 'Bob' }, key);
  assert.equal(byCode.statusCode, 201, byCode.body);
  const { gameId, token, ...seat } = byCode.json();
  assert.equal(gameId, id);
  assert.equal(seat.playerId, byId.playerId, 'a repetition is one, whichever way it comes');
  assert.match(token, /^v1\./);
  assert.equal(byCode.headers.location, `/v1/games/${id}`);
  const [one, other] = gateway.operations;
  assert.deepEqual(one, other);
});

test('a code of no game, and what is no code, are told apart', async (t) => {
  const { post } = await lobby(t);
  const none = await post('/v1/join', { code: '7zk3-0000', displayName: 'Bob' });
  assert.deepEqual([none.statusCode, none.json().code], [404, 'game_not_alive']);
  for (const code of ['ä', '!', '', 'x'.repeat(65), 7, undefined]) {
    const wrong = await post('/v1/join', { code, displayName: 'Bob' });
    assert.deepEqual([wrong.statusCode, wrong.json().code], [400, 'bad_request'], `${code}`);
    assert.match(wrong.json().detail, /^code: /);
  }
});

test('an address is exact, but for who joins a game that there is not', async (t) => {
  const { post, gateway } = await lobby(t);
  const typedId = '7zk3moqi';
  const join = () => post(`/v1/games/${typedId}/players`, { displayName: 'Bob' });
  assert.equal((await join()).headers.location, `/v1/games/${id}`);
  gateway.put(typedId, 1);
  assert.equal((await join()).headers.location, `/v1/games/${typedId}`);
  gateway.remove(typedId);
  assert.equal(
    (await post(`/v1/games/${typedId}/continue`, {}, { authorization: 'Bearer first-admin-token' })).statusCode,
    404,
  );
});

test('joins by code count as joins; a token of another game is none', async (t) => {
  const { post } = await lobby(t, { limits: { joinsPerMinute: 6 } });
  const body = { code: id, displayName: 'Bob' };
  const headers = { authorization: `Bearer ${playerToken()}` };
  assert.equal((await post('/v1/join', body, headers)).statusCode, 201);
  assert.equal((await post(`/v1/games/${id}/players`, body)).statusCode, 201);
  assert.equal((await post('/v1/join', body)).json().code, 'too_many_requests');
  assert.equal((await post('/v1/join', body, { authorization: 'Bearer wrong' })).statusCode, 401);
});
