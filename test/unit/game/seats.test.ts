/** Which token speaks for whom, and whom a command is about. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { Bearer, Origin } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, create, east, hostedBy, nonce, players, start, Table } from './games.ts';

const renew = (playerId: string): GameCommand => ({ type: 'renew_token', playerId });
const standing = (table: Table, bearer: Partial<Bearer>) =>
  minotaurRules.standing(table.state, { playerId: 'h', nonce, generation: 1, ...bearer });

describe('the bearer of a token', () => {
  test('is what its seat is', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    assert.equal(standing(table, {}), 'host');
    assert.equal(standing(table, { playerId: 'p1', generation: 2 }), 'player');
    assert.equal(standing(Table.lobby(hostedBy('h', null)), {}), 'host');
  });

  test('is a stranger with a token of another game of this id', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'));
    assert.equal(standing(table, { nonce: `${nonce}.` }), 'foreign');
    assert.equal(standing(table, { nonce: '' }), 'foreign');
  });

  test('is nobody with any generation but the newest', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'));
    for (const generation of [0, 2, Number.NaN]) assert.equal(standing(table, { generation }), 'ended');
    table.play(renew('h'));
    assert.equal(standing(table, {}), 'ended');
    assert.equal(standing(table, { generation: 2 }), 'host');
  });

  test('is nobody without a seat, or on one that never got a token', () => {
    const table = new Table({ status: 'lobby', players: players('p0') }, hostedBy('h', 'Ada'));
    for (const playerId of ['p0', 'p1', 'constructor', '__proto__'])
      assert.equal(standing(table, { playerId }), 'ended');
    assert.equal(standing(new Table(), {}), 'ended');
  });

  test('is nobody any more once it left, and host once the host left', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    table.play({ type: 'leave', playerId: 'h', kicked: false });
    assert.equal(standing(table, {}), 'ended');
    assert.equal(standing(table, { playerId: 'p1', generation: 2 }), 'host');
  });
});

describe('renewing a token', () => {
  test('gives one that holds, with the role of the moment', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    table.play(renew('p1'));
    assert.deepEqual(table.answer(renew('p1')), {
      status: 200,
      body: { playerId: 'p1', version: 3 },
      grant: { role: 'player', playerId: 'p1', nonce, generation: 3 },
    });
    assert.equal(standing(table, { playerId: 'p1', generation: 3 }), 'player');
    table.play(renew('h'));
    assert.deepEqual(table.answer(renew('h')).grant, { role: 'host', playerId: 'h', nonce, generation: 4 });
    assert.equal(standing(table, { generation: 4 }), 'host');
  });

  test('works for a host who does not play, for players of a document, and while the game runs', () => {
    Table.lobby(hostedBy('h', null)).play(renew('h'));
    const table = new Table({ players: players('p0') });
    table.play(renew('p0'));
    assert.equal(standing(table, { playerId: 'p0', generation: 2 }), 'player');
  });

  test('needs a seat', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    for (const id of ['p2', 'constructor', '__proto__']) assert.equal(table.refuse(renew(id)), 'player_not_found', id);
    table.play({ type: 'leave', playerId: 'p1', kicked: true });
    assert.equal(table.refuse(renew('p1')), 'player_not_found');
    assert.equal(new Table().refuse(renew('p0')), 'player_not_found');
  });
});

describe('the grant of the creation', () => {
  const created = { role: 'host', playerId: 'h', nonce, generation: 1 };

  test('is the same at every retry, and ends like any other', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    table.play(renew('h'));
    assert.deepEqual(minotaurRules.hostGrant(table.state), created);
    assert.equal(standing(table, created as Bearer), 'ended');
    table.play({ type: 'leave', playerId: 'h', kicked: false });
    assert.equal(table.state.host, 'p1');
    assert.deepEqual(minotaurRules.hostGrant(table.state), created);
    assert.equal(standing(table, created as Bearer), 'ended');
  });

  test('is for the very key that created the game, under whichever secret, for an hour', () => {
    const key = (digest: string) => ({ playerId: 'h', digest });
    const origin = (...digests: string[]): Origin => ({
      nonce,
      host: { playerId: 'h', displayName: 'Ada', keys: digests.map(key) },
    });
    const { state } = Table.lobby(origin('k1'));
    const later = start + 3_600_000;
    assert.equal(minotaurRules.isCreator(state, origin('k1'), later), true);
    assert.equal(minotaurRules.isCreator(state, origin('k2', 'k1'), later), true);
    assert.equal(minotaurRules.isCreator(state, origin('k1'), later + 1), 'late');
    for (const other of [origin('k2'), origin(), hostedBy('h', 'Ada'), bare]) {
      assert.equal(minotaurRules.isCreator(state, other, start), false);
    }
    const keyless = Table.lobby(hostedBy('h', 'Ada')).state;
    for (const other of [origin('k1'), origin(), hostedBy('h', 'Ada')]) {
      assert.equal(minotaurRules.isCreator(keyless, other, start), false);
    }
  });

  test('is none where nobody hosted', () => {
    assert.equal(minotaurRules.hostGrant(create({ status: 'lobby', players: players('p0') })), null);
  });
});

test('commands are about the player that they name, or nobody in particular', () => {
  const playerId = 'p0';
  const about: GameCommand[] = [
    { type: 'set_ready', playerId, ready: true },
    { type: 'leave', playerId, kicked: false },
    renew(playerId),
    { type: 'register_action', playerId, action: east },
    { type: 'commit_round', playerId, round: 1 },
  ];
  for (const command of about) assert.equal(minotaurRules.subject(command), playerId, command.type);
  const aboutNobody: GameCommand[] = [
    { type: 'join', playerId, displayName: 'Ada' },
    { type: 'change_settings', settings: {}, byAdmin: false },
    { type: 'start' },
    { type: 'retract_action', actionId: 'a1', playerId },
    { type: 'end_round', round: 1 },
  ];
  for (const command of aboutNobody) assert.equal(minotaurRules.subject(command), null, command.type);
});
