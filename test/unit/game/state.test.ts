/** What is accepted back from the store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameState } from '../../../src/game/state.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { create, east, hostedBy, Table } from './games.ts';

function sample(): GameState {
  const table = Table.lobby(hostedBy('p0', 'Ada'), 'p1', 'p2');
  table.play({ type: 'start' });
  table.register('p1', { type: 'attack', targetPlayerId: 'p0' });
  table.register('p0');
  table.play({ type: 'commit_round', round: 1, playerId: 'p1' });
  table.play({ type: 'leave', playerId: 'p2', kicked: true });
  return table.state;
}

describe('a stored state', () => {
  const stored = () => JSON.parse(JSON.stringify(sample())) as Record<string, unknown>;

  test('is accepted as it was written', () => {
    assert.deepEqual(minotaurRules.parse(stored()), sample());
    const over = Table.lobby(hostedBy('h', null));
    over.play({ type: 'leave', playerId: 'h', kicked: false });
    for (const state of [create({}), create({ status: 'lobby' }), over.state]) {
      assert.deepEqual(minotaurRules.parse(JSON.parse(JSON.stringify(state))), state);
    }
  });

  test('keeps a field that this version does not know', () => {
    const settings = { ...(stored().settings as object), weather: 'rain' };
    const players = { p0: { ...sample().players?.p0, hat: 'red' } };
    const newer = { ...stored(), later: { a: 1 }, settings, players };
    assert.deepEqual(minotaurRules.parse(newer), newer);
  });

  const rubbish: [string, (state: Record<string, unknown>) => unknown][] = [
    ['nothing', () => null],
    ['an empty object', () => ({})],
    ['a list', () => []],
    ...['id', 'status', 'round', 'roundEndTime', 'roundStartedAtVersion', 'play', 'players'].map(without),
    ...['nonce', 'host', 'creator', 'generations'].map(without),
    ...['registeredActions', 'committed', 'settings', 'seeded', 'events'].map(without),
    ...['suspendedAt', 'played'].map(without),
    ['a clock that runs and stands still', (state) => ({ ...state, suspendedAt: 1 })],
    ['a lobby at rest', (state) => ({ ...state, status: 'lobby', roundEndTime: null, suspendedAt: 1 })],
    ['a last command in no round', (state) => ({ ...state, played: { at: 1 } })],
    ['an active game without a clock', (state) => ({ ...state, roundEndTime: null })],
    ['a lobby without players', (state) => ({ ...state, status: 'lobby', roundEndTime: null, players: null })],
    ['an empty nonce', (state) => ({ ...state, nonce: '' })],
    ['a host that is no id', (state) => ({ ...state, host: 'a b' })],
    ['a creator without a generation', (state) => ({ ...state, creator: { playerId: 'p0' } })],
    ['a generation that is no number', (state) => ({ ...state, generations: { p0: '1' } })],
    ['a generation of a prototype', (state) => ({ ...state, generations: JSON.parse('{"__proto__":1}') as unknown })],
    ['a lobby with a clock', (state) => ({ ...state, status: 'lobby' })],
    ['a time as text', (state) => ({ ...state, roundEndTime: '2026-01-01T00:00:00.000Z' })],
    ['an unknown status', (state) => ({ ...state, status: 'paused' })],
    ['round 0', (state) => ({ ...state, round: 0 })],
    ['an action without a type', (state) => ({ ...state, registeredActions: { p0: [{ id: 'a1' }] } })],
    ['a play without a world', (state) => ({ ...state, play: {} })],
    ['an action without an id', (state) => ({ ...state, registeredActions: { p0: [east] } })],
    ...['displayName', 'health', 'ready', 'joinedAtVersion'].map(withoutOfPlayer),
    ['a setting out of bounds', (state) => ({ ...state, settings: { ...(state.settings as object), maxPlayers: 0 } })],
    ['an unknown event', (state) => ({ ...state, events: [{ seq: 1, round: 1, at: 1, type: 'rain' }] })],
    [
      'a departure without a reason',
      (state) => ({ ...state, events: [{ seq: 1, round: 1, at: 1, type: 'player_left', playerId: 'p0' }] }),
    ],
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

  function withoutOfPlayer(field: string): [string, (state: Record<string, unknown>) => unknown] {
    const { [field]: _, ...rest } = { ...sample().players?.p0 } as Record<string, unknown>;
    return [`a player without ${field}`, (state) => ({ ...state, players: { p0: rest } })];
  }

  function without(field: string): [string, (state: Record<string, unknown>) => unknown] {
    return [`no ${field}`, ({ [field]: _, ...rest }) => rest];
  }
});
