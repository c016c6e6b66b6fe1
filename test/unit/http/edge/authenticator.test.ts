/** Who is asking, by header and by subprotocol, and what is refused before any game is asked. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Authenticator, requirePermission } from '../../../../src/http/edge/auth.ts';
import { PlayerTokens } from '../../../../src/http/edge/player-tokens.ts';
import { RequestProblem } from '../../../../src/http/edge/problem-reply.ts';
import type { Caller, Permission } from '../../../../src/session/permission.ts';
import { ManualClock } from '../edge-fixture.ts';

const secrets = ['a-secret-of-at-least-32-bytes-0123'];
const grant = { playerId: 'p1', nonce: 'n', generation: 7, role: 'player' } as const;
const player: Caller = { kind: 'player', playerId: 'p1', nonce: 'n', generation: 7 };
const admin: Caller = { kind: 'admin' };
const nobody: Caller = { kind: 'public' };
const dayMs = 86_400_000;

let clock = new ManualClock();
let auth = new Authenticator([], new PlayerTokens(secrets, 1), clock);
let token = '';

beforeEach(() => {
  clock = new ManualClock();
  auth = new Authenticator(['first', 'second'], new PlayerTokens(secrets, 1), clock);
  token = auth.sign('ABC', grant);
});

const refusedWith = (code: string) => (error: unknown) =>
  error instanceof RequestProblem && error.problem.code === code;
const bearer = (text: string) => `Bearer ${text}`;

test('the header says who it is; without one it is the public', () => {
  assert.deepEqual(auth.caller(undefined, 'ABC'), nobody);
  assert.deepEqual(auth.caller(bearer('first'), 'ABC'), admin);
  assert.deepEqual(auth.caller('bearer   second  ', null), admin);
  assert.deepEqual(auth.caller(bearer(token), 'ABC'), player);
});

test('a token that is there but wrong is refused, again and again', () => {
  const tampered = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`;
  for (const header of [
    '',
    'Bearer',
    bearer(''),
    bearer('third'),
    `Basic first`,
    bearer(tampered),
    bearer('first second'),
  ]) {
    for (const time of [1, 2]) {
      assert.throws(() => auth.caller(header, 'ABC'), refusedWith('unauthorized'), `${header} ${time}`);
      assert.throws(() => auth.authorize(header, null, ['anyone']), refusedWith('unauthorized'), `${header} ${time}`);
    }
  }
});

test('a token that was right is refused once it has expired, however often it was used', () => {
  assert.deepEqual(auth.caller(bearer(token), 'ABC'), player);
  clock.advance(dayMs - 1);
  assert.deepEqual(auth.caller(bearer(token), 'ABC'), player);
  clock.advance(1);
  assert.throws(() => auth.caller(bearer(token), 'ABC'), refusedWith('unauthorized'));
});

test('a player of another game is refused by a game, and is the public where there is none', () => {
  assert.throws(() => auth.caller(bearer(token), 'OTHER'), refusedWith('forbidden'));
  assert.deepEqual(auth.caller(bearer(token), null), nobody);
  assert.deepEqual(auth.authorize(bearer(token), null, ['anyone']), nobody);
  assert.throws(() => auth.authorize(bearer(token), null, ['admin']), refusedWith('forbidden'));
  assert.throws(() => auth.authorize(bearer(token), 'OTHER', ['anyone']), refusedWith('forbidden'));
});

test('a socket is known by its header, else by the subprotocol that carries a token', () => {
  assert.deepEqual(auth.socketCaller(undefined, undefined, 'ABC'), nobody);
  assert.deepEqual(auth.socketCaller(undefined, 'minotaur.v1', 'ABC'), nobody);
  assert.deepEqual(auth.socketCaller(undefined, `minotaur.v1, bearer.${token}`, 'ABC'), player);
  assert.deepEqual(auth.socketCaller(undefined, `bearer.first,minotaur.v1`, 'ABC'), admin);
  assert.deepEqual(auth.socketCaller(bearer('first'), `minotaur.v1, bearer.${token}`, 'ABC'), admin);
  assert.throws(() => auth.socketCaller(bearer('wrong'), `bearer.${token}`, 'ABC'), refusedWith('unauthorized'));
  assert.throws(() => auth.socketCaller(undefined, 'bearer.wrong', 'ABC'), refusedWith('unauthorized'));
  assert.throws(() => auth.socketCaller(undefined, 'bearer.', 'ABC'), refusedWith('unauthorized'));
  assert.throws(() => auth.socketCaller(undefined, `bearer.${token}`, 'OTHER'), refusedWith('forbidden'));
});

test('what no state can allow is refused at once; what one may is left to it', () => {
  const cases: readonly [Permission, Caller, 'unauthorized' | 'forbidden' | null][] = [
    [['anyone'], nobody, null],
    [['anyone'], admin, null],
    [['anyone'], player, null],
    [['admin'], nobody, 'unauthorized'],
    [['admin'], player, 'forbidden'],
    [['admin'], admin, null],
    [['self'], admin, 'forbidden'],
    [['self'], player, null],
    [['host', 'admin'], player, null],
    [['player', 'admin'], nobody, 'unauthorized'],
  ];
  for (const [may, caller, refusal] of cases) {
    const attempt = () => requirePermission(caller, may);
    if (refusal === null) assert.deepEqual(attempt(), caller);
    else assert.throws(attempt, refusedWith(refusal), `${may} ${caller.kind}`);
  }
});

test('any number of right headers is told apart, those that were forgotten meanwhile included', () => {
  const header = (n: number) => bearer(auth.sign('ABC', { ...grant, playerId: `p${n}` }));
  const headers = Array.from({ length: 5_000 }, (_, n) => header(n));
  for (const [n, each] of [...headers.entries(), ...headers.entries()]) {
    assert.deepEqual(auth.caller(each, 'ABC'), { ...player, playerId: `p${n}` });
  }
});
