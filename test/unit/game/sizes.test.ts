/**
 * However large a game is, its running round can end: what that writes is never more than NATS takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN } from '../../../src/session/permission.ts';
import { Session } from '../../../src/session/session.ts';
import { sizeOf } from '../../../src/session/sizes.ts';
import { decode, ownVersions } from '../../../src/session/snapshot.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';

const now = Date.UTC(2026, 10, 21, 12);
const stamp = { owner: 'm1', incarnation: 'i1', epoch: 1 };
const key = { principal: 'admin', keyed: false, again: false, receivedAt: now, fingerprint: '' };
/** As long as ids may be: the record of a round names the player of every action. */
const players = Array.from({ length: 64 }, (_, index) => `${index}-`.padEnd(64, 'x'));

/** A game of 64 players that holds as many actions as it takes, `begun` of each player from the start. */
function filled(largestValue: number, begun: number) {
  const moves = Array.from({ length: begun }, () => ({ type: 'move', vector: { q: 1, r: 0 } }));
  const document = {
    roundEndTime: new Date(now + 1_000).toISOString(),
    settings: { maxPlayers: 64, actionPoints: 1_000 },
    registeredActions: Object.fromEntries(players.map((id) => [id, moves])),
    players: Object.fromEntries(players.map((id) => [id, { id, displayName: id.slice(0, 3) }])),
  };
  const from = { gameId: 'G', document, origin: { nonce: 'n', host: null }, now, stamp, expected: 0, largestValue };
  const made = Session.create(minotaurRules, from, { ...key, id: 'creation' });
  assert.ok(made.kind === 'created');
  const { session } = made;
  for (let turn = 0; ; turn += 1) {
    const playerId = players[turn % players.length] ?? '';
    const input = { type: 'register_action', playerId, action: { type: 'move', vector: { q: 1, r: 0 } } } as const;
    const { reply } = session.submit({ ...key, id: `c${turn}`, input, caller: ADMIN, may: ['admin'] }, now);
    if (reply.kind === 'result') continue;
    assert.equal(reply.code, 'game_too_large');
    return { session, actions: begun * players.length + turn };
  }
}

test('a round that no longer fits, because NATS takes less than before, is abandoned', () => {
  const { session } = filled(256 * 1024, 24);
  const { value } = session.cut(ownVersions(minotaurRules)) ?? assert.fail('nothing to write');
  const from = { revision: 1, sizeBytes: value.length, stamp, writtenAt: null, largestValue: 128 * 1024 };
  const resumed = Session.resume(minotaurRules, decode(minotaurRules, value), from);
  assert.ok(resumed.ring(now + 2_000));
  const after = resumed.cut(ownVersions(minotaurRules)) ?? assert.fail('nothing to write');
  assert.equal(after.abandoned.length, 1);
  assert.ok(after.value.length + sizeOf(after.records[0]?.content) <= 128 * 1024);
});

for (const [kib, begun] of [
  [62, 1],
  [256, 24],
  [1_022, 119],
] as const) {
  test(`a full game ends its round in writes of ${kib} KiB, with all its actions`, () => {
    const largestValue = kib * 1024;
    const { session, actions } = filled(largestValue, begun);
    const before = session.cut(ownVersions(minotaurRules));
    assert.ok(before !== null && before.value.length <= largestValue);
    session.landed(1, now);
    assert.ok(session.ring(now + 2_000));
    const after = session.cut(ownVersions(minotaurRules));
    assert.ok(after !== null && after.value.length <= largestValue);
    assert.deepEqual(after.abandoned, []);
    const [record] = after.records;
    assert.ok(record !== undefined && sizeOf(record.content) <= largestValue);
    assert.equal((record.content as { actions: unknown[] }).actions.length, actions);
  });
}
