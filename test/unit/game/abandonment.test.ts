/** Games that nobody comes back to are given up, after a day in a lobby, after a month at rest; others never are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import { ADMIN } from '../../../src/session/permission.ts';
import type { Origin } from '../../../src/session/rules.ts';
import { Session } from '../../../src/session/session.ts';
import { ownVersions, roundEndOf } from '../../../src/session/snapshot.ts';
import { minotaurRules, plainHost } from '../../support/minotaur-rules.ts';
import { bare, contentOf, create, east, hostedBy, players, start, Table } from './games.ts';

const ada = hostedBy('host', 'Ada');
const DAY = 86_400_000;
const deadlineOf = (table: Table) => minotaurRules.deadline(table.state);

function atRest(): Table {
  const table = new Table({ status: 'lobby', settings: { idleRounds: 1 } }, ada);
  table.play({ type: 'start' });
  table.play({ type: 'end_round', round: 1 });
  return table;
}

describe('a lobby', () => {
  test('waits a day from what was last done in it', () => {
    const table = new Table({ status: 'lobby' }, ada);
    assert.equal(deadlineOf(table), start + DAY);
    table.now += DAY - 1;
    table.play({ type: 'join', playerId: 'p1', displayName: 'Grace' });
    assert.equal(deadlineOf(table), table.now + DAY);
    table.now += DAY;
    table.play(minotaurRules.timeUp(table.state));
    const { status, events } = table.state;
    assert.deepEqual([status, events.map(({ type }) => type)], ['concluded', ['game_concluded']]);
    assert.equal(deadlineOf(table), null);
  });

  test('that a document brought waits for ever', () => {
    assert.equal(minotaurRules.deadline(create({ status: 'lobby', settings: { idleRounds: 3 } })), null);
  });

  test('of which nobody knows since when it waits is left alone', () => {
    const { state } = new Table({ status: 'lobby' }, ada);
    assert.equal(minotaurRules.deadline({ ...state, played: { round: 1, at: null } }), null);
  });
});

describe('a game at rest', () => {
  test('waits thirty days, unless an operator says otherwise', () => {
    const { state } = atRest();
    assert.equal(minotaurRules.deadline(state), start + 30 * DAY);
    assert.equal(rulesWith({ abandonMs: 7 * DAY, host: plainHost }).deadline(state), start + 7 * DAY);
  });

  test('is given up with the round that waited, whose record says so', () => {
    const table = atRest();
    table.now = deadlineOf(table) ?? 0;
    const outcome = table.play(minotaurRules.timeUp(table.state));
    assert.equal(table.state.status, 'concluded');
    const { reason, events } = contentOf(outcome);
    assert.equal(reason, 'deserted');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['round_started', 'clock_suspended', 'round_ended', 'game_concluded'],
    );
  });

  test('waits no longer once somebody plays, and as long again afterwards', () => {
    const table = atRest();
    table.now += 29 * DAY;
    table.play({ type: 'register_action', playerId: 'host', action: east });
    assert.equal(deadlineOf(table), table.now + 60_000);
    table.play({ type: 'end_round', round: 2 });
    table.play({ type: 'end_round', round: 3 });
    assert.equal(deadlineOf(table), table.now + 30 * DAY);
  });
});

test('a bare session is never over, even if its document let it come to rest', () => {
  const table = new Table({ settings: { idleRounds: 1 } });
  table.play({ type: 'end_round', round: 1 });
  assert.notEqual(table.state.suspendedAt, null);
  assert.equal(deadlineOf(table), null);
  assert.equal(table.refuse({ type: 'give_up' }), 'game_not_active');
});

test('a game of a document whose clock runs is never given up', () => {
  for (const document of [{}, { players: players('p0') }]) {
    const table = new Table(document, bare);
    for (let round = 1; round < 50; round += 1) {
      table.now = deadlineOf(table) ?? 0;
      const command: GameCommand = minotaurRules.timeUp(table.state);
      assert.equal(command.type, 'end_round');
      table.play(command);
    }
  }
});

describe('as sessions keep it', () => {
  const stamp = { owner: 'm1', incarnation: 'i1', epoch: 1 };
  const key = { principal: 'creator', id: 'c', keyed: false, again: false, receivedAt: start, fingerprint: 'f' };
  const sessionOf = (document: unknown, origin: Origin) => {
    const from = { gameId: 'ABC', document, origin, now: start, stamp, expected: 0, largestValue: 1024 * 1024 };
    const made = Session.create(minotaurRules, from, key);
    assert.ok(made.kind === 'created');
    return made.session;
  };

  test('a lobby is listed with when it is given up, which is no end of a round', () => {
    const listing = sessionOf({ status: 'lobby' }, ada).cut(ownVersions(minotaurRules))?.listing;
    assert.ok(listing);
    assert.deepEqual([listing.deadline, roundEndOf(listing), listing.playedAt], [start + DAY, null, start]);
    assert.equal(roundEndOf({ ...listing, status: 'active', suspended: true }), null);
    assert.equal(roundEndOf({ ...listing, status: 'active' }), start + DAY);
  });

  test('whoever comes a moment too late finds it concluded', () => {
    const session = sessionOf({ status: 'lobby' }, ada);
    assert.ok(session.cut(ownVersions(minotaurRules)));
    session.landed(1, start);
    assert.equal(session.ring(start + DAY - 1), false);
    const input: GameCommand = { type: 'start' };
    const { reply } = session.submit({ ...key, id: 's', input, caller: ADMIN, may: ['admin'] }, start + DAY);
    assert.ok(reply.kind === 'problem');
    assert.equal(reply.code, 'game_concluded');
    assert.equal(session.listing().status, 'concluded');
  });
});
