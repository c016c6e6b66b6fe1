/** Registering actions and taking them back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Action, GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { east, players, Table } from './games.ts';

const register = (playerId: string, action: Action = east, round?: number): GameCommand => ({
  type: 'register_action',
  playerId,
  action,
  ...(round === undefined ? {} : { round }),
});
const attack = (targetPlayerId: string): Action => ({ type: 'attack', targetPlayerId });
const retract = (actionId: string, playerId?: string): GameCommand => ({
  type: 'retract_action',
  actionId,
  ...(playerId === undefined ? {} : { playerId }),
});

describe('registering an action', () => {
  test('adds it last, under the id that the answer gives', () => {
    const table = new Table({ players: players('p0', 'p1') });
    table.play(register('p0'));
    const second = register('p0', attack('p1'), 1);
    table.play(second);
    assert.deepEqual(table.state.registeredActions, {
      p0: [
        { id: 'a2', type: 'move', vector: { q: 1, r: 0 } },
        { id: 'a3', type: 'attack', targetPlayerId: 'p1' },
      ],
    });
    assert.deepEqual(table.answer(second), { status: 200, body: { actionId: 'a3', version: 3 } });
  });

  test('shares what it does not change', () => {
    const table = new Table({ players: players('p0', 'p1') });
    table.register('p1');
    const before = table.state;
    table.register('p0');
    assert.equal(table.state.players, before.players);
    assert.equal(table.state.registeredActions.p1, before.registeredActions.p1);
    assert.equal(table.state.events, before.events);
  });

  test('stores nothing but the action: a field that it does not have is refused, however deep', () => {
    const table = new Table();
    for (const padded of [
      { ...east, note: 'x' },
      { type: 'move', vector: { q: 0, r: 0, s: 0 } },
    ]) {
      assert.equal(table.refuse(register('p0', padded)), 'bad_request');
    }
    table.register('p0');
    assert.deepEqual(table.state.registeredActions.p0, [{ id: 'a2', ...east }]);
  });

  test('costs a point, given anew each round', () => {
    const table = new Table({ settings: { actionPoints: 2 } });
    table.register('p0');
    table.register('p0');
    assert.equal(table.refuse(register('p0')), 'no_action_points');
    table.register('p1');
    table.play({ type: 'end_round', round: 1 });
    table.register('p0');
  });

  test('needs a game that runs', () => {
    assert.equal(new Table({ status: 'lobby' }).refuse(register('p0')), 'game_not_active');
    const over = new Table();
    over.state = { ...over.state, status: 'concluded', roundEndTime: null };
    assert.equal(over.refuse(register('p0')), 'game_concluded');
  });

  test('for another round is too late or too early', () => {
    const table = new Table({ round: 5 });
    assert.equal(table.refuse(register('p0', east, 4)), 'round_over');
    assert.equal(table.refuse(register('p0', east, 6)), 'round_over');
    table.play(register('p0', east, 5));
  });

  test('is for players of the game, against players of the game', () => {
    const table = new Table({ players: players('p0', 'p1') });
    assert.equal(table.refuse(register('p2')), 'player_not_found');
    assert.equal(table.refuse(register('constructor')), 'player_not_found');
    assert.equal(table.refuse(register('p0', attack('p2'))), 'player_not_found');
    assert.equal(table.refuse(register('p0', attack('toString'))), 'player_not_found');
    table.play(register('p0', attack('p1')));
  });

  test('is for anybody in a bare session, up to maxPlayers of them a round', () => {
    const table = new Table({ settings: { maxPlayers: 2 } });
    table.register('constructor', attack('anybody'));
    table.play({ type: 'commit_round', round: 1, playerId: 'p1' });
    assert.equal(table.refuse(register('p2')), 'game_too_large');
    table.register('constructor');
    table.play({ type: 'end_round', round: 1 });
    table.register('p2');
  });

  test('refuses ids that are none', () => {
    const table = new Table();
    for (const id of ['', 'a b', '__proto__', 'x'.repeat(65), 'ä', 'a.b']) {
      assert.equal(table.refuse(register(id)), 'bad_request', id);
      assert.equal(table.refuse(register('p0', attack(id))), 'bad_request', id);
    }
  });

  test('refuses vectors out of bounds', () => {
    const table = new Table({ settings: { actionPoints: 9 } });
    const move = (q: number, r: number) => register('p0', { type: 'move', vector: { q, r } });
    for (const bad of [1_001, -1_001, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.equal(table.refuse(move(bad, 0)), 'bad_request', `q = ${bad}`);
      assert.equal(table.refuse(move(0, bad)), 'bad_request', `r = ${bad}`);
    }
    table.play(move(1_000, -1_000));
  });

  test('is over for a player who has committed the round', () => {
    const table = new Table({ players: players('p0', 'p1') });
    table.play({ type: 'commit_round', round: 1, playerId: 'p0' });
    assert.equal(table.refuse(register('p0')), 'round_over');
    table.register('p1');
  });
});

describe('taking an action back', () => {
  test('removes that one and gives its point back', () => {
    const table = new Table({ settings: { actionPoints: 3 } });
    const [first, second, third] = [table.register('p0'), table.register('p0'), table.register('p0')];
    table.play(retract(second));
    assert.deepEqual(table.actionIds('p0'), [first, third]);
    const fourth = table.register('p0');
    assert.deepEqual(table.actionIds('p0'), [first, third, fourth]);
    assert.deepEqual(minotaurRules.answer(retract(second), 5, table.state), { status: 204, body: null });
  });

  test('leaves no empty list', () => {
    const table = new Table();
    table.play(retract(table.register('p0')));
    assert.deepEqual(table.state.registeredActions, {});
  });

  test('again changes nothing', () => {
    const table = new Table();
    const id = table.register('p0');
    table.play(retract(id));
    const before = table.state;
    table.play(retract(id));
    assert.deepEqual(table.state, before);
  });

  test('of an earlier round is too late', () => {
    const table = new Table({ registeredActions: { p1: [east] } });
    const [kept, taken] = [table.register('p0'), table.register('p0')];
    table.play(retract(taken));
    table.play({ type: 'end_round', round: 1 });
    for (const id of ['a1-1', kept, taken]) assert.equal(table.refuse(retract(id)), 'round_over', id);
    const id = table.register('p0');
    table.play(retract(id));
    table.play(retract(id));
  });

  test('that a document gave works by its id', () => {
    const table = new Table({ registeredActions: { p0: [{ ...east, id: 'mine' }, east] } });
    table.play(retract('mine'));
    assert.equal(table.refuse(retract('mine')), 'action_not_found');
    table.play(retract('a1-2'));
    table.play(retract('a1-2'));
    assert.deepEqual(table.state.registeredActions, {});
  });

  test('never given is not found', () => {
    const table = new Table();
    table.register('p0');
    for (const id of [
      'a3',
      'a99999999999999999',
      'b2',
      'a',
      'a02',
      'a-1',
      'a2x',
      ' a2',
      '',
      '__proto__',
      'constructor',
    ]) {
      assert.equal(table.refuse(retract(id)), 'action_not_found', id);
    }
  });

  test('is for its player only', () => {
    const table = new Table({ players: players('p0', 'p1') });
    const id = table.register('p0');
    assert.equal(table.refuse(retract(id, 'p1')), 'action_not_found');
    table.play(retract(id, 'p0'));
  });

  test('is over for a player who has committed the round', () => {
    const table = new Table({ players: players('p0', 'p1') });
    const [kept, taken] = [table.register('p0'), table.register('p0')];
    table.play(retract(taken));
    table.play({ type: 'commit_round', round: 1, playerId: 'p0' });
    assert.equal(table.refuse(retract(kept)), 'round_over');
    table.play(retract(taken));
  });

  test('needs a game that runs', () => {
    assert.equal(new Table({ status: 'lobby' }).refuse(retract('a1')), 'game_not_active');
  });
});
