/** What viewers see, and what is accepted back from the store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { minotaurRules } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import { create, east, players, Table } from './games.ts';

function sample(): GameState {
  const table = new Table({ players: players('p0', 'p1'), settings: { listed: true } });
  table.register('p0');
  table.play({ type: 'end_round', round: 1 });
  table.register('p1', { type: 'attack', targetPlayerId: 'p0' });
  table.register('p0');
  table.play({ type: 'commit_round', round: 2, playerId: 'p1' });
  return table.state;
}

describe('views', () => {
  test('the admin sees the whole game, and who is done', () => {
    const state = sample();
    assert.deepEqual(minotaurRules.view(state, 'admin'), {
      id: 'ABC',
      status: 'active',
      round: 2,
      roundEndTime: '2026-01-01T00:01:00.000Z',
      world: null,
      players: {
        p0: { id: 'p0', displayName: 'Player p0', health: 100, done: false },
        p1: { id: 'p1', displayName: 'Player p1', health: 100, done: true },
      },
      registeredActions: { p1: [{ id: 'a4', type: 'attack', targetPlayerId: 'p0' }], p0: [{ id: 'a5', ...east }] },
      settings: state.settings,
      stateVersion: 1,
    });
  });

  test('the public sees how many play, not who or what', () => {
    assert.deepEqual(minotaurRules.view(sample(), 'public'), {
      id: 'ABC',
      status: 'active',
      round: 2,
      roundEndTime: '2026-01-01T00:01:00.000Z',
      playerCount: 2,
      maxPlayers: 8,
      listed: true,
    });
    const lobby = minotaurRules.view(create({ status: 'lobby' }), 'public') as Record<string, unknown>;
    assert.equal(lobby.playerCount, 0);
    assert.equal(lobby.roundEndTime, null);
  });

  test('an admin view makes the same game again', () => {
    const view = minotaurRules.view(sample(), 'admin') as { registeredActions: unknown };
    const again = minotaurRules.view(create(view), 'admin') as typeof view;
    assert.deepEqual(again, {
      ...view,
      players: {
        p0: { id: 'p0', displayName: 'Player p0', health: 100, done: false },
        p1: { id: 'p1', displayName: 'Player p1', health: 100, done: false },
      },
      registeredActions: { p1: [{ id: 'a1-1', type: 'attack', targetPlayerId: 'p0' }], p0: [{ id: 'a1-2', ...east }] },
    });
  });
});

describe('a stored state', () => {
  const stored = () => JSON.parse(JSON.stringify(sample())) as Record<string, unknown>;

  test('is accepted as it was written', () => {
    assert.deepEqual(minotaurRules.parse(stored()), sample());
    for (const state of [create({}), create({ status: 'lobby' })]) {
      assert.deepEqual(minotaurRules.parse(JSON.parse(JSON.stringify(state))), state);
    }
  });

  test('keeps a field that this version does not know', () => {
    const settings = { ...(stored().settings as object), weather: 'rain' };
    const players = { p0: { id: 'p0', displayName: 'Ada', health: 1, hat: 'red' } };
    const newer = { ...stored(), later: { a: 1 }, settings, players };
    assert.deepEqual(minotaurRules.parse(newer), newer);
  });

  const rubbish: [string, (state: Record<string, unknown>) => unknown][] = [
    ['nothing', () => null],
    ['an empty object', () => ({})],
    ['a list', () => []],
    ...['id', 'status', 'round', 'roundEndTime', 'roundStartedAtVersion', 'world', 'players'].map(without),
    ...['registeredActions', 'committed', 'settings', 'events'].map(without),
    ['an active game without a clock', (state) => ({ ...state, roundEndTime: null })],
    ['a lobby with a clock', (state) => ({ ...state, status: 'lobby' })],
    ['a time as text', (state) => ({ ...state, roundEndTime: '2026-01-01T00:00:00.000Z' })],
    ['an unknown status', (state) => ({ ...state, status: 'paused' })],
    ['round 0', (state) => ({ ...state, round: 0 })],
    ['an action of an unknown type', (state) => ({ ...state, registeredActions: { p0: [{ id: 'a1', type: 'fly' }] } })],
    ['an action without an id', (state) => ({ ...state, registeredActions: { p0: [east] } })],
    ['a player without health', (state) => ({ ...state, players: players('p0') })],
    ['a setting out of bounds', (state) => ({ ...state, settings: { ...(state.settings as object), maxPlayers: 0 } })],
    ['an unknown event', (state) => ({ ...state, events: [{ seq: 1, round: 1, at: 1, type: 'rain' }] })],
    ['an event number 0', (state) => ({ ...state, events: [{ seq: 0, round: 1, at: 1, type: 'game_started' }] })],
    ['a commit that is no id', (state) => ({ ...state, committed: ['a b'] })],
    ['a key that is no id', (state) => ({ ...state, registeredActions: { 'a b': [] } })],
    ['a prototype', (state) => ({ ...state, registeredActions: JSON.parse('{"__proto__":[]}') as unknown })],
  ];
  for (const [what, spoil] of rubbish) {
    test(`is refused: ${what}`, () => {
      assert.throws(() => minotaurRules.parse(spoil(stored())));
    });
  }

  function without(field: string): [string, (state: Record<string, unknown>) => unknown] {
    return [`no ${field}`, ({ [field]: _, ...rest }) => rest];
  }
});
