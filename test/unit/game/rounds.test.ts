/** How rounds end, what is recorded of them, and how the next one begins. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { contentOf, east, players, start, Table, take } from './games.ts';

const end = (round: number): GameCommand => ({ type: 'end_round', round });
const commit = (round: number, playerId: string): GameCommand => ({ type: 'commit_round', round, playerId });

describe('ending a round', () => {
  test('records it and begins the next one', () => {
    const table = new Table({ settings: { roundSeconds: 10 } });
    table.register('p0');
    table.now = start + 4_000;
    const { record, state } = table.play(end(1));
    assert.deepEqual(record, {
      round: 1,
      content: {
        gameId: 'ABC',
        round: 1,
        startedAtVersion: 1,
        endedAt: '2026-01-01T00:00:04.000Z',
        endedAtVersion: 3,
        reason: 'command',
        actions: [{ playerId: 'p0', id: 'a2', ...east }],
        events: [
          { seq: 1, round: 1, at: '2026-01-01T00:00:00.000Z', type: 'game_started' },
          { seq: 2, round: 1, at: '2026-01-01T00:00:00.000Z', type: 'round_started' },
          { seq: 3, round: 1, at: '2026-01-01T00:00:04.000Z', type: 'round_ended', reason: 'command' },
        ],
      },
    });
    assert.equal(state.round, 2);
    assert.equal(state.roundEndTime, start + 14_000);
    assert.equal(state.roundStartedAtVersion, 3);
    assert.deepEqual(state.registeredActions, {});
    assert.deepEqual(state.events, [
      { seq: 3, round: 1, at: start + 4_000, type: 'round_ended', reason: 'command' },
      { seq: 4, round: 2, at: start + 4_000, type: 'round_started' },
    ]);
    assert.deepEqual(table.answer(end(1)), { status: 200, body: { round: 2, version: 3 } });
  });

  test('says whether its time had come', () => {
    const table = new Table({ roundEndTime: '2026-01-01T00:00:05Z' });
    table.now = start + 4_999;
    assert.equal(contentOf(take(table.attempt(end(1)))).reason, 'command');
    table.now = start + 5_000;
    assert.equal(contentOf(take(table.attempt(end(1)))).reason, 'time');
  });

  test('happens once', () => {
    const table = new Table({ round: 7 });
    const timer = minotaurRules.timeUp(table.state);
    assert.deepEqual(timer, end(7));
    table.play(timer);
    assert.equal(table.refuse(timer), 'round_over');
    assert.equal(table.refuse(end(9)), 'round_over');
    table.play(minotaurRules.timeUp(table.state));
    assert.equal(table.state.round, 9);
  });

  test('needs a game that runs', () => {
    assert.equal(new Table({ status: 'lobby' }).refuse(end(1)), 'game_not_active');
  });

  test('takes turns: first actions first, the players by id, beginning with another one each round', () => {
    const table = new Table({ settings: { seed: 0 } });
    const orders = [1, 2, 3].map((round) => {
      for (const id of ['c', 'a', '10', 'a']) table.register(id);
      return contentOf(table.play(end(round))).actions.map((action) => action.playerId);
    });
    assert.deepEqual(orders, [
      ['a', 'c', '10', 'a'],
      ['c', '10', 'a', 'a'],
      ['10', 'a', 'c', 'a'],
    ]);
  });

  test("keeps each player's own order", () => {
    const table = new Table();
    const ids = [table.register('p0'), table.register('p0'), table.register('p0')];
    assert.deepEqual(
      contentOf(table.play(end(1))).actions.map((action) => action.id),
      ids,
    );
  });
});

describe('committing a round', () => {
  test('ends it when every player is done', () => {
    const table = new Table({ players: players('p0', 'p1') });
    table.register('p0');
    assert.equal(table.play(commit(1, 'p1')).record, undefined);
    assert.equal(table.state.round, 1);
    const last = table.play(commit(1, 'p0'));
    assert.equal(contentOf(last).reason, 'committed');
    assert.equal(contentOf(last).actions.length, 1);
    assert.equal(table.state.round, 2);
    assert.deepEqual(table.state.committed, []);
    assert.deepEqual(table.answer(commit(1, 'p0')), { status: 200, body: { version: 4 } });
  });

  test('again changes nothing', () => {
    const table = new Table({ players: players('p0', 'p1') });
    table.play(commit(1, 'p0'));
    const before = table.state;
    table.play(commit(1, 'p0'));
    assert.deepEqual(table.state, before);
  });

  test('is for the running round and players of the game', () => {
    const table = new Table({ players: players('p0') });
    assert.equal(table.refuse(commit(2, 'p0')), 'round_over');
    assert.equal(table.refuse(commit(1, 'p1')), 'player_not_found');
    assert.equal(new Table({ status: 'lobby' }).refuse(commit(1, 'p0')), 'game_not_active');
    assert.equal(new Table({ players: {} }).refuse(commit(1, 'p0')), 'player_not_found');
  });

  test('ends nothing in a bare session, and is bounded there', () => {
    const table = new Table({ settings: { maxPlayers: 1 } });
    table.register('p0');
    assert.equal(table.play(commit(1, 'p0')).record, undefined);
    assert.equal(table.refuse(commit(1, 'p1')), 'game_too_large');
    assert.deepEqual(table.state.committed, ['p0']);
    table.play(end(1));
    assert.deepEqual(table.state.committed, []);
    table.play(commit(2, 'p1'));
    table.play(commit(2, 'p1'));
    assert.deepEqual(table.state.committed, ['p1']);
  });
});

describe('abandoning a round', () => {
  test('ends it without its actions', () => {
    const table = new Table();
    table.register('p0');
    table.now = start + 1_000;
    const outcome = minotaurRules.abandonRound(table.state, { now: table.now, version: 3 });
    assert.equal(contentOf(outcome).reason, 'abandoned');
    assert.deepEqual(contentOf(outcome).actions, []);
    assert.equal(outcome.state.round, 2);
    assert.equal(outcome.state.roundEndTime, start + 61_000);
    assert.deepEqual(outcome.state.registeredActions, {});
  });

  test('does nothing where no round runs', () => {
    const table = new Table({ status: 'lobby' });
    const outcome = minotaurRules.abandonRound(table.state, { now: start, version: 2 });
    assert.deepEqual(outcome, { kind: 'applied', state: table.state });
  });
});
