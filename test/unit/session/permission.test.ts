/**
 * Who may do what: every caller against everything that an operation can ask for, in every standing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ADMIN,
  type Caller,
  type Permission,
  PUBLIC,
  type Relation,
  refuse,
  refuseForeign,
  viewerOf,
  viewName,
} from '../../../src/session/permission.ts';
import type { Standing } from '../../../src/session/rules.ts';

const ADA: Caller = { kind: 'player', playerId: 'ada', nonce: 'n', generation: 3 };

const relations: readonly Relation[] = ['anyone', 'player', 'self', 'host', 'admin', 'spectator'];
const standings: readonly Standing[] = ['foreign', 'ended', 'player', 'host'];

/** Rules in which every token stands as said. */
const standingAs = (standing: Standing, spectators = false) => ({
  standing: () => standing,
  admitsSpectators: () => spectators,
});

/** The code of the refusal; null: it may. */
function told(caller: Caller, may: Permission, subject: string | null = null, standing: Standing = 'player') {
  return refuse(standingAs(standing), {}, caller, may, subject)?.code ?? null;
}

test('without a token: what anyone may do, and nothing else', () => {
  for (const relation of relations) {
    assert.equal(told(PUBLIC, [relation]), relation === 'anyone' ? null : 'unauthorized', relation);
  }
  assert.equal(told(PUBLIC, ['player', 'self', 'host', 'admin']), 'unauthorized');
  assert.equal(told(PUBLIC, ['admin', 'anyone']), null);
});

test('an administrator is an administrator, and nobody’s self, player or host', () => {
  for (const relation of relations) {
    for (const subject of [null, 'ada', 'admin']) {
      const expected = relation === 'anyone' || relation === 'admin' ? null : 'forbidden';
      assert.equal(told(ADMIN, [relation], subject), expected, `${relation} of ${subject}`);
    }
  }
});

/** What a player of this game is allowed, whose own seat it is about and not. */
const ofPlayers: readonly [Relation, own: string | null, others: string | null][] = [
  ['anyone', null, null],
  ['player', null, null],
  ['self', null, 'forbidden'],
  ['host', 'forbidden', 'forbidden'],
  ['admin', 'forbidden', 'forbidden'],
  ['spectator', 'forbidden', 'forbidden'],
];

for (const [relation, own, others] of ofPlayers) {
  test(`a player, where ${relation} is asked for`, () => {
    assert.equal(told(ADA, [relation], 'ada'), own);
    for (const subject of ['bob', null]) assert.equal(told(ADA, [relation], subject), others, `about ${subject}`);
  });

  test(`the host, where ${relation} is asked for: a player, and the host`, () => {
    const asHost = (subject: string | null) => told(ADA, [relation], subject, 'host');
    assert.equal(asHost('ada'), relation === 'host' ? null : own);
    for (const subject of ['bob', null]) assert.equal(asHost(subject), relation === 'host' ? null : others);
  });
}

test('a token that is of an earlier game, or has ended, allows nothing at all, not even what anyone may do', () => {
  for (const standing of ['foreign', 'ended'] as const) {
    for (const relation of relations) {
      for (const subject of ['ada', null]) assert.equal(told(ADA, [relation], subject, standing), 'unauthorized');
    }
  }
});

test('a spectator has no token, and a game that admits it; no other permission comes of that', () => {
  const may = (permission: Permission, spectators: boolean, caller: Caller = PUBLIC) =>
    refuse(standingAs('player', spectators), {}, caller, permission, null)?.code ?? null;
  assert.equal(may(['player', 'admin', 'spectator'], true), null);
  assert.equal(may(['player', 'admin', 'spectator'], false), 'unauthorized');
  assert.equal(may(['player', 'self', 'host', 'admin'], true), 'unauthorized');
  assert.equal(may(['spectator'], true, ADMIN), 'forbidden');
});

test('one of what is asked for is enough; of nothing there is never enough', () => {
  assert.equal(told(ADA, ['admin', 'self'], 'ada'), null);
  assert.equal(told(ADA, ['admin', 'host'], 'ada'), 'forbidden');
  assert.equal(told(ADMIN, ['self', 'admin'], 'ada'), null);
  for (const caller of [ADA, ADMIN]) assert.equal(told(caller, []), 'forbidden');
  assert.equal(told(PUBLIC, []), 'unauthorized');
});

test('a refusal says what it would have taken', () => {
  const refused = refuse(standingAs('player'), {}, ADA, ['host', 'admin'], null);
  assert.match(refused?.detail ?? '', /host, admin/);
});

test('only a token can be of another game', () => {
  for (const standing of standings) {
    const foreign = (caller: Caller) => refuseForeign(standingAs(standing), {}, caller)?.code ?? null;
    assert.deepEqual(
      [foreign(ADA), foreign(ADMIN), foreign(PUBLIC)],
      [standing === 'foreign' ? 'unauthorized' : null, null, null],
    );
  }
});

test('the standing is that of the very token that was brought', () => {
  const brought: unknown[] = [];
  const rules = {
    admitsSpectators: () => true,
    standing: (state: unknown, bearer: unknown) => {
      brought.push([state, bearer]);
      return 'player' as const;
    },
  };
  refuse(rules, 'the state', ADA, ['player'], null);
  for (const one of brought) assert.deepEqual(one, ['the state', ADA]);
  assert.ok(brought.length > 0);
});

test('each looks with its own eyes, and the wire names no player', () => {
  assert.deepEqual([ADMIN, PUBLIC, ADA].map(viewerOf), ['admin', 'public', 'player:ada']);
  assert.deepEqual([ADMIN, PUBLIC, ADA].map(viewerOf).map(viewName), ['admin', 'public', 'player']);
});
