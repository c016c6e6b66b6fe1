/** Leaving and being kicked: what remains, who hosts, and when that is the end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { contentOf, hostedBy, nonce, players, start, Table } from './games.ts';

const leave = (playerId: string, kicked = false): GameCommand => ({ type: 'leave', playerId, kicked });
const commit = (playerId: string, round = 1): GameCommand => ({ type: 'commit_round', round, playerId });
const at = '2026-01-01T00:00:00.000Z';

function running(host: string | null, ...joiners: string[]): Table {
  const table = Table.lobby(hostedBy('h', host), ...joiners);
  table.play({ type: 'start' });
  return table;
}

describe('leaving a lobby', () => {
  test('takes the player out, quietly', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1', 'p2');
    table.play(leave('p1'));
    assert.deepEqual(Object.keys(table.state.players ?? {}), ['h', 'p2']);
    assert.deepEqual(table.state.generations, { h: 1, p2: 3 });
    assert.equal(table.state.host, 'h');
    assert.deepEqual(table.state.events, []);
    assert.deepEqual(table.answer(leave('p1')), { status: 204, body: null });
  });

  test('hands the game to who joined first', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p9', '7', 'p1');
    table.play(leave('h'));
    assert.equal(table.state.host, 'p9');
    // An integer is listed before any other key of an object.
    table.play({ type: 'join', playerId: '3', displayName: 'Late' });
    table.play(leave('p9', true));
    assert.equal(table.state.host, '7');
    table.play(leave('7'));
    assert.equal(table.state.host, 'p1');
  });

  test('hands the game on as well if the host does not play', () => {
    const table = Table.lobby(hostedBy('h', null), 'p1', 'p2');
    table.play(leave('h'));
    assert.equal(table.state.host, 'p1');
    assert.deepEqual(table.state.generations, { p1: 2, p2: 3 });
    assert.deepEqual(Object.keys(table.state.players ?? {}), ['p1', 'p2']);
  });

  test('makes nobody host where nobody was', () => {
    const table = new Table({ status: 'lobby', players: players('a', 'b') });
    table.play(leave('a'));
    assert.deepEqual([table.state.host, table.state.status], [null, 'lobby']);
    table.play(leave('b'));
    assert.equal(table.state.status, 'concluded');
  });

  test('ends the game when nobody is left', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    table.play(leave('h'));
    assert.equal(minotaurRules.isOver(table.state), false);
    const outcome = table.play(leave('p1'));
    assert.equal(outcome.record, undefined);
    const { state } = outcome;
    assert.equal(minotaurRules.isOver(state), true);
    assert.deepEqual([state.status, state.host, state.players, state.generations], ['concluded', null, {}, {}]);
    assert.equal(minotaurRules.deadline(state), null);
    assert.equal(minotaurRules.summary(state).status, 'concluded');
    assert.deepEqual(state.events.slice(1), [
      { seq: 2, round: 1, at: start, type: 'game_concluded', reason: 'abandoned' },
    ]);
  });

  test('does not end it while a host who does not play waits', () => {
    const table = Table.lobby(hostedBy('h', null), 'p1');
    table.play(leave('p1'));
    assert.equal(table.state.status, 'lobby');
    table.play(leave('h'));
    assert.equal(table.state.status, 'concluded');
  });

  test('allows to come back, with another token', () => {
    const table = Table.lobby(hostedBy('h', 'Ada'), 'p1');
    table.play(leave('p1'));
    table.play({ type: 'join', playerId: 'p1', displayName: 'Player p1' });
    assert.equal(table.state.generations.p1, 4);
    assert.equal(minotaurRules.standing(table.state, { playerId: 'p1', nonce, generation: 2 }), 'ended');
  });
});

describe('leaving a game', () => {
  test('takes the player with its actions and its commit, and tells', () => {
    const table = running('Ada', 'p1', 'p2');
    table.register('p1');
    table.register('p2', { type: 'attack', targetPlayerId: 'p1' });
    table.play(commit('p1'));
    table.now = start + 1_000;
    assert.equal(table.play(leave('p1', true)).record, undefined);
    const { state } = table;
    assert.deepEqual(Object.keys(state.players ?? {}), ['h', 'p2']);
    assert.deepEqual(Object.keys(state.registeredActions), ['p2']);
    assert.deepEqual(state.committed, []);
    assert.deepEqual(state.generations, { h: 1, p2: 3 });
    assert.deepEqual(state.events.at(-1), {
      seq: 3,
      round: 1,
      at: start + 1_000,
      type: 'player_left',
      playerId: 'p1',
      reason: 'kicked',
    });
  });

  test('ends the round if only who left was missing', () => {
    const table = running('Ada', 'p1', 'p2');
    table.register('p1');
    table.register('p2');
    table.play(commit('h'));
    table.play(commit('p1'));
    const content = contentOf(table.play(leave('p2')));
    assert.equal(content.reason, 'committed');
    assert.deepEqual(
      content.actions.map(({ playerId }) => playerId),
      ['p1'],
    );
    assert.deepEqual(content.events.slice(2), [
      { seq: 3, round: 1, at, type: 'player_left', playerId: 'p2', reason: 'left' },
      { seq: 4, round: 1, at, type: 'round_ended', reason: 'committed' },
    ]);
    assert.equal(table.state.round, 2);
    assert.deepEqual(table.state.committed, []);
  });

  test('does not end the round for who has committed itself', () => {
    const table = running('Ada', 'p1', 'p2');
    table.play(commit('p1'));
    assert.equal(table.play(leave('p1')).record, undefined);
    table.play(commit('h'));
    assert.equal(contentOf(table.play(commit('p2'))).reason, 'committed');
  });

  test('hands the game on, whether the host plays or not', () => {
    const table = running('Ada', 'p1', 'p2');
    table.play(leave('h'));
    assert.equal(table.state.host, 'p1');
    const watched = running(null, 'p1', 'p2');
    const before = watched.state;
    watched.play(leave('h'));
    assert.equal(watched.state.host, 'p1');
    assert.equal(watched.state.players?.p1, before.players?.p1);
    const news = watched.state.events.slice(before.events.length).map(({ type }) => type);
    assert.deepEqual(news, ['host_changed'], 'a host who does not play is no player who left');
  });

  test('ends the round and the game when nobody is left', () => {
    const table = running('Ada', 'p1');
    table.play({ type: 'end_round', round: 1 });
    table.register('p1');
    table.play(commit('p1', 2));
    table.play(leave('h'));
    assert.equal(table.state.round, 3, 'the one who remained had committed');
    const outcome = table.play(leave('p1'));
    const { state } = outcome;
    assert.equal(outcome.record?.round, 3);
    assert.deepEqual(contentOf(outcome), {
      gameId: 'ABC',
      round: 3,
      startedAtVersion: 7,
      endedAt: at,
      endedAtVersion: 8,
      reason: 'deserted',
      actions: [],
      events: [
        { seq: 8, round: 3, at, type: 'round_started' },
        { seq: 9, round: 3, at, type: 'player_left', playerId: 'p1', reason: 'left' },
        { seq: 10, round: 3, at, type: 'round_ended', reason: 'deserted' },
        { seq: 11, round: 3, at, type: 'game_concluded', reason: 'abandoned' },
      ],
    });
    assert.deepEqual([state.status, state.round, state.roundEndTime], ['concluded', 3, null]);
    assert.deepEqual([state.players, state.registeredActions, state.committed, state.host], [{}, {}, [], null]);
    assert.deepEqual(
      state.events.map(({ seq }) => seq),
      [7, 8, 9, 10, 11],
    );
    assert.deepEqual(minotaurRules.parse(JSON.parse(JSON.stringify(state))), state);
  });

  test('ends the game although a host who does not play is there', () => {
    const table = running(null, 'p1');
    table.register('p1');
    assert.equal(contentOf(table.play(leave('p1'))).reason, 'deserted');
    assert.deepEqual([table.state.status, table.state.host, table.state.generations], ['concluded', 'h', { h: 1 }]);
    assert.equal(table.refuse(leave('h')), 'game_concluded');
  });

  test('works for players whom a document brought', () => {
    const table = new Table({ players: players('a', 'b') });
    table.play(leave('a'));
    table.play(leave('b'));
    assert.equal(table.state.status, 'concluded');
  });
});

test('only who is there can leave', () => {
  const table = running('Ada', 'p1');
  for (const id of ['p2', 'constructor', '__proto__']) assert.equal(table.refuse(leave(id)), 'player_not_found', id);
  table.play(leave('p1'));
  assert.equal(table.refuse(leave('p1')), 'player_not_found');
  assert.equal(new Table().refuse(leave('p0')), 'player_not_found');
});

test('a concluded game takes no command', () => {
  const table = running('Ada');
  table.play(leave('h'));
  const commands: GameCommand[] = [
    { type: 'join', playerId: 'p1', displayName: 'Grace' },
    { type: 'set_ready', playerId: 'h', ready: true },
    leave('h'),
    { type: 'renew_token', playerId: 'h' },
    { type: 'start' },
    { type: 'register_action', playerId: 'h', action: { type: 'move', vector: { q: 0, r: 0 } } },
    { type: 'retract_action', actionId: 'a1' },
    commit('h'),
    { type: 'end_round', round: 1 },
    minotaurRules.timeUp(table.state),
  ];
  for (const command of commands) assert.equal(table.refuse(command), 'game_concluded', command.type);
  const outcome = minotaurRules.abandonRound(table.state, { now: start, version: 9 });
  assert.deepEqual(outcome, { kind: 'applied', state: table.state });
});
