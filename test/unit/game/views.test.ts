/** What each viewer sees of a game, of its events, and of the records of its rounds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoundContent } from '../../../src/game/round-record.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { contentOf, create, east, frozen, hostedBy, players, start, Table } from './games.ts';

const attack = { type: 'attack', targetPlayerId: 'p0' } as const;
const ended = '2026-01-01T00:00:00.000Z';

/** In its second round, in which both have acted and p1 is done. */
function sample(): Table {
  const table = new Table({ status: 'lobby', settings: { listed: true } }, hostedBy('p0', 'Ada'));
  table.play({ type: 'join', playerId: 'p1', displayName: 'Grace' });
  table.play({ type: 'set_ready', playerId: 'p1', ready: true });
  table.play({ type: 'start' });
  table.play({ type: 'end_round', round: 1 });
  table.register('p1', attack);
  table.register('p0');
  table.play({ type: 'commit_round', round: 2, playerId: 'p1' });
  return table;
}

describe('the game', () => {
  test('is seen whole by the admin, with who is done', () => {
    const { state } = sample();
    assert.deepEqual(minotaurRules.view(state, 'admin'), {
      id: 'ABC',
      status: 'active',
      round: 2,
      roundEndTime: '2026-01-01T00:01:00.000Z',
      world: null,
      locked: false,
      host: 'p0',
      players: {
        p0: { id: 'p0', displayName: 'Ada', health: 100, ready: false, done: false },
        p1: { id: 'p1', displayName: 'Grace', health: 100, ready: true, done: true },
      },
      registeredActions: { p1: [{ id: 'a6', ...attack }], p0: [{ id: 'a7', ...east }] },
      settings: state.settings,
      stateVersion: 3,
    });
  });

  test('is seen by a player without the actions and the health of others, and without the seed', () => {
    const { state } = sample();
    const { seed: _, ...settings } = state.settings;
    assert.deepEqual(minotaurRules.view(state, 'player:p1'), {
      id: 'ABC',
      status: 'active',
      round: 2,
      roundEndTime: '2026-01-01T00:01:00.000Z',
      world: null,
      you: 'p1',
      locked: false,
      host: 'p0',
      players: {
        p0: { id: 'p0', displayName: 'Ada', ready: false, done: false },
        p1: { id: 'p1', displayName: 'Grace', health: 100, ready: true, done: true },
      },
      registeredActions: { p1: [{ id: 'a6', ...attack }] },
      settings,
    });
  });

  test('is seen by a host who does not play as by any player', () => {
    const table = Table.lobby(hostedBy('h', null), 'p1');
    const view = minotaurRules.view(table.state, 'player:h') as Record<string, unknown>;
    assert.deepEqual([view.you, view.host, view.registeredActions, view.roundEndTime], ['h', 'h', {}, null]);
    assert.deepEqual(view.players, { p1: { id: 'p1', displayName: 'Player p1', ready: false, done: false } });
  });

  test('is seen by the public as how many play, not who or what', () => {
    assert.deepEqual(minotaurRules.view(sample().state, 'public'), {
      id: 'ABC',
      status: 'active',
      round: 2,
      roundEndTime: '2026-01-01T00:01:00.000Z',
      locked: false,
      playerCount: 2,
      maxPlayers: 8,
      listed: true,
      spectators: false,
    });
    const lobby = minotaurRules.view(create({ status: 'lobby' }), 'public') as Record<string, unknown>;
    assert.equal(lobby.playerCount, 0);
    assert.equal(lobby.roundEndTime, null);
  });

  test('is the same again if the admin makes it from what it sees, but for who hosts', () => {
    const view = minotaurRules.view(sample().state, 'admin') as { players: { p1: object } };
    const again = minotaurRules.view(create(view), 'admin') as typeof view;
    assert.deepEqual(again, {
      ...view,
      host: null,
      players: { ...view.players, p1: { ...view.players.p1, done: false } },
      registeredActions: { p1: [{ id: 'a1-1', ...attack }], p0: [{ id: 'a1-2', ...east }] },
    });
  });
});

describe('events', () => {
  test('are those since the end of the round before, for everybody with a token', () => {
    const { state } = sample();
    const known = {
      round: 2,
      from: 3,
      through: 4,
      events: [
        { seq: 3, round: 1, at: ended, type: 'round_ended', reason: 'command' },
        { seq: 4, round: 2, at: ended, type: 'round_started' },
      ],
    };
    for (const viewer of ['admin', 'player:p0', 'player:p1'] as const) {
      assert.deepEqual(minotaurRules.events(state, viewer), known, viewer);
    }
    assert.deepEqual(minotaurRules.events(state, 'public'), { round: 2, from: 1, through: 0, events: [] });
  });

  test('are none in a lobby', () => {
    const nothing = { round: 1, from: 1, through: 0, events: [] };
    assert.deepEqual(minotaurRules.events(create({ status: 'lobby' }), 'admin'), nothing);
  });

  test('of a concluded game are those of its last round, its conclusion included', () => {
    const table = new Table({ players: players('p0') });
    const content = contentOf(table.play({ type: 'leave', playerId: 'p0', kicked: false }));
    const recent = minotaurRules.events(table.state, 'admin');
    assert.equal(recent.round, 2, 'the last round is over too');
    assert.deepEqual(recent.events, content.events);
    assert.equal(recent.events.length, 5);
  });
});

describe('the record of a round', () => {
  function stored(): RoundContent {
    const table = sample();
    table.now = start + 1;
    const content = contentOf(table.play({ type: 'end_round', round: 2 }));
    return frozen(JSON.parse(JSON.stringify(content)) as RoundContent);
  }

  test('is for the admin as it was stored', () => {
    const content = stored();
    assert.equal(content.actions.length, 2);
    assert.deepEqual(minotaurRules.record(content, 'admin'), { ...content, from: 4, through: 5 });
  });

  test('shows a player its own actions only, and all the events', () => {
    const content = stored();
    assert.deepEqual(minotaurRules.record(content, 'player:p1'), {
      ...content,
      actions: [{ playerId: 'p1', id: 'a6', ...attack }],
      from: 4,
      through: 5,
    });
    const none = { ...content, actions: [], from: 4, through: 5 };
    assert.deepEqual(minotaurRules.record(content, 'player:p2'), none);
  });

  test('shows the public neither actions nor events', () => {
    const content = stored();
    const nothing = { ...content, actions: [], events: [], from: 1, through: 0 };
    assert.deepEqual(minotaurRules.record(content, 'public'), nothing);
  });
});
