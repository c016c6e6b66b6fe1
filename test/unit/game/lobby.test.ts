/** The lobby: who comes in, who is ready, how the game starts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { create, hostedBy, joinUnderTwoSecrets, nonce, players, refusal, start, Table } from './games.ts';

const ada = hostedBy('h', 'Ada');
const join = (playerId: string, displayName = `Player ${playerId}`): GameCommand => ({
  type: 'join',
  playerId,
  displayName,
});
/** With a key that is `key` under the only secret. */
const joinWith = (playerId: string, key: string, displayName = `Player ${playerId}`): GameCommand => ({
  type: 'join',
  playerId,
  displayName,
  keys: [{ playerId, digest: key }],
});
const HOUR = 3_600_000;
const ready = (playerId: string, ready = true): GameCommand => ({ type: 'set_ready', playerId, ready });
const begin: GameCommand = { type: 'start' };

function concluded(): Table {
  const table = Table.lobby(hostedBy('h', null));
  table.play({ type: 'leave', playerId: 'h', kicked: false });
  return table;
}

describe('a lobby that somebody hosts', () => {
  const lobby = { status: 'lobby' };

  test('has the host as its first player', () => {
    const state = create({ ...lobby, players: players('p1'), settings: { health: 7 } }, hostedBy('h', 'Ada'));
    assert.equal(state.host, 'h');
    assert.deepEqual(Object.keys(state.players ?? {}), ['h', 'p1']);
    assert.deepEqual(state.players?.h, { id: 'h', displayName: 'Ada', health: 7, ready: false, joinedAtVersion: 1 });
    assert.deepEqual(state.generations, { h: 1 });
    assert.deepEqual(minotaurRules.hostGrant(state), { role: 'host', playerId: 'h', nonce, generation: 1 });
  });

  test('has a host who does not play, without a name', () => {
    const state = create(lobby, hostedBy('h', null));
    assert.equal(state.host, 'h');
    assert.deepEqual(state.players, {});
    assert.deepEqual(state.generations, { h: 1 });
    assert.deepEqual(minotaurRules.hostGrant(state), { role: 'host', playerId: 'h', nonce, generation: 1 });
  });

  test('is summed up for lists: the name of its host, and how many it takes in', () => {
    const listed = { settings: { listed: true, maxPlayers: 3 }, status: 'lobby' };
    const table = new Table(listed, hostedBy('h', 'Ada'));
    const summed = () => minotaurRules.summary(table.state).lobby;
    assert.deepEqual(summed(), { seatsLeft: 2, playerCount: 1, host: 'Ada' });
    table.play(join('p1'));
    table.play({ type: 'lock', locked: true });
    assert.deepEqual(summed(), { seatsLeft: 0, playerCount: 2, host: 'Ada' });
    table.play({ type: 'lock', locked: false });
    assert.deepEqual(summed(), { seatsLeft: 1, playerCount: 2, host: 'Ada' });
    table.play(begin);
    assert.equal(summed(), undefined);
    const empty = { seatsLeft: 3, playerCount: 0, host: null };
    assert.deepEqual(minotaurRules.summary(create(listed, hostedBy('h', null))).lobby, empty);
  });

  test('keeps to maxPlayers, the host among them if it plays', () => {
    const full = { ...lobby, players: players('a', 'b'), settings: { maxPlayers: 2 } };
    assert.match(refusal(full, hostedBy('h', 'Ada')), /^players: /);
    assert.equal(Object.keys(create(full, hostedBy('h', null)).players ?? {}).length, 2);
  });

  test('refuses a wrong host', () => {
    assert.match(refusal({}, hostedBy('h', 'Ada')), /^status: must be lobby/);
    assert.match(refusal(lobby, hostedBy('__proto__', 'Ada')), /^playerId: /);
    assert.match(refusal(lobby, hostedBy('h', 'a\nb')), /^displayName: must not hold a control character/);
    assert.match(refusal(lobby, hostedBy('h', '\u200b')), /^displayName: must not hold .*U\+200B/);
    assert.match(refusal({ ...lobby, players: players('h') }, hostedBy('h', null)), /^players\.h: /);
  });

  test('takes no host from the document', () => {
    assert.equal(create({ ...lobby, host: 'p0', nonce: 'x', players: players('p0') }).host, null);
  });
});

describe('joining', () => {
  test('makes a player, and a token of that very moment', () => {
    const table = Table.lobby(ada);
    table.play(join('p1', 'Grace'));
    assert.deepEqual(table.state.players?.p1, {
      id: 'p1',
      displayName: 'Grace',
      health: 100,
      ready: false,
      joinedAtVersion: 2,
    });
    assert.equal(table.state.generations.p1, 2);
    assert.deepEqual(table.answer(join('p1', 'Grace')), {
      status: 201,
      body: { playerId: 'p1', version: 2 },
      grant: { role: 'player', playerId: 'p1', nonce, generation: 2 },
    });
    assert.deepEqual(table.state.events, []);
  });

  test('again changes nothing, and answers as the first time', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('p1', 'k1'));
    table.play(joinWith('p2', 'k2'));
    const first = minotaurRules.answer(joinWith('p1', 'k1'), 2, table.state);
    const before = table.state;
    table.play(joinWith('p1', 'k1'));
    assert.deepEqual({ ...table.state, played: null }, { ...before, played: null });
    assert.deepEqual(table.answer(joinWith('p1', 'k1')), first);
    table.play(begin);
    const running = table.state;
    table.play(joinWith('p1', 'k1'));
    assert.deepEqual({ ...table.state, played: null }, { ...running, played: null });
    assert.deepEqual(table.answer(joinWith('p1', 'k1')), first);
  });

  test('by its id and name alone gets nothing: the key that made the seat does', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('p1', 'k1'));
    for (const stranger of [join('p1'), joinWith('p1', 'k2'), joinWith('p1', ''), { ...join('p1'), keys: [] }]) {
      assert.equal(table.refuse(stranger), 'key_reused');
    }
    // Whoever joined without a key, or was there from the beginning, has no key that anybody could know.
    const keyless = Table.lobby(ada, 'p1');
    for (const id of ['p1', 'h']) assert.equal(keyless.refuse(joinWith(id, 'k1')), 'key_reused');
  });

  test('again under another secret finds the seat that an older one made', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('old', 'k-old', 'Grace'));
    const again = joinUnderTwoSecrets('Grace', { playerId: 'old', digest: 'k-old' });
    const first = minotaurRules.answer(joinWith('old', 'k-old', 'Grace'), 2, table.state);
    table.play(again);
    assert.deepEqual(Object.keys(table.state.players ?? {}), ['h', 'old']);
    assert.deepEqual(table.answer(again), first);
  });

  test('again under a new name is another request', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('p1', 'k1'));
    assert.equal(table.refuse(joinWith('p1', 'k1', 'Mallory')), 'key_reused');
  });

  test('again gives a token for an hour, started or not, and none after it', () => {
    for (const isStarted of [false, true]) {
      const table = Table.lobby(ada);
      table.play(joinWith('p1', 'k1'));
      if (isStarted) table.play(begin);
      const context = { now: start + HOUR, version: 2 };
      const again = joinWith('p1', 'k1');
      table.now = context.now;
      table.play(again);
      assert.equal(minotaurRules.refuseRepetition(table.state, again, context), null);
      table.now += 1;
      assert.equal(table.refuse(again), 'key_expired');
      const refusal = minotaurRules.refuseRepetition(table.state, again, { ...context, now: table.now });
      assert.equal(refusal?.code, 'key_expired');
    }
  });

  test('again when its secret is gone is refused, not answered with a seat that there is not', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('old', 'k-old'));
    const context = { now: start, version: 2 };
    const again = joinWith('new', 'k-new');
    assert.equal(minotaurRules.refuseRepetition(table.state, again, context)?.code, 'key_expired');
    table.play({ type: 'leave', playerId: 'old', kicked: false });
    assert.equal(minotaurRules.refuseRepetition(table.state, again, context), null);
  });

  test('again does not bring a token back that a newer one replaced', () => {
    const table = Table.lobby(ada);
    table.play(joinWith('p1', 'k1'));
    table.play({ type: 'renew_token', playerId: 'p1' });
    table.play(joinWith('p1', 'k1'));
    const { grant } = table.answer(joinWith('p1', 'k1'));
    assert.ok(grant);
    assert.equal(minotaurRules.standing(table.state, grant), 'ended');
  });

  test('on a seat that somebody of another name has is another request', () => {
    const table = Table.lobby(ada, 'p1');
    assert.equal(table.refuse(join('p1', 'Mallory')), 'key_reused');
    assert.equal(Table.lobby(hostedBy('h', null)).refuse(join('h')), 'key_reused');
  });

  test('needs a lobby', () => {
    const table = Table.lobby(ada);
    table.play(begin);
    assert.equal(table.refuse(join('p1')), 'game_started');
    assert.equal(new Table().refuse(join('p1')), 'game_started');
    assert.equal(new Table({ players: players('p0') }).refuse(join('p1')), 'game_started');
    assert.equal(concluded().refuse(join('p1')), 'game_concluded');
  });

  test('needs room', () => {
    const table = new Table({ status: 'lobby', settings: { maxPlayers: 2 } }, ada);
    table.play(joinWith('p1', 'k1'));
    assert.equal(table.refuse(join('p2')), 'game_full');
    table.play(joinWith('p1', 'k1'));
    table.play({ type: 'leave', playerId: 'p1', kicked: false });
    table.play(join('p2'));
  });

  test('needs no room for a host who does not play', () => {
    const table = new Table({ status: 'lobby', settings: { maxPlayers: 1 } }, hostedBy('h', null));
    table.play(join('p1'));
    assert.equal(table.refuse(join('p2')), 'game_full');
  });

  test('needs a name that nobody in the game has, nor one that looks like it', () => {
    const table = Table.lobby(ada);
    for (const name of ['Ada', ' ada ', '\u0410da', 'Ad\u00e1', '\uff21da']) {
      const outcome = table.attempt(join('p1', name));
      assert.equal(outcome.kind === 'rejected' && outcome.code, 'name_taken', name);
    }
    table.play(join('p1', 'Bob'));
    assert.equal(table.refuse(join('p2', 'BOB')), 'name_taken');
    table.play({ type: 'leave', playerId: 'p1', kicked: false });
    table.play(joinWith('p2', 'k', 'BOB'));
    // A repetition is no other player.
    table.play(joinWith('p2', 'k', ' BOB'));
  });

  test('keeps a name as it will be shown', () => {
    const table = Table.lobby(hostedBy('h', '  Ade\u0301  '));
    assert.equal(table.state.players?.h?.displayName, 'Ad\u00e9');
    table.play(join('p1', '\u00a0Bob  the\u3000Bull '));
    assert.equal(table.state.players?.p1?.displayName, 'Bob the Bull');
  });

  test('leaves names that documents bring as they are', () => {
    const names = { a: 'Ada', b: 'Ada', c: `\u200b${'x'.repeat(63)}` };
    const given = Object.fromEntries(Object.entries(names).map(([id, displayName]) => [id, { id, displayName }]));
    const table = new Table({ status: 'lobby', players: given }, hostedBy('h', null));
    for (const [id, name] of Object.entries(names)) assert.equal(table.state.players?.[id]?.displayName, name);
  });

  test('needs an id, and a name that says which rule it breaks', () => {
    const table = Table.lobby(ada);
    assert.equal(table.refuse(join('__proto__')), 'bad_request');
    assert.equal(table.refuse(join('a b')), 'bad_request');
    for (const name of ['', 'x'.repeat(25), 'x'.repeat(65), 'a\nb', '\ud800']) {
      const outcome = table.attempt(join('p1', name));
      assert.ok(outcome.kind === 'rejected');
      assert.equal(outcome.code, 'bad_request');
      assert.match(outcome.detail, /^displayName: must (be 1 to 24 characters|not hold a .*U\+)/);
    }
    table.play(join('constructor', '🐂'.repeat(24)));
  });
});

describe('being ready', () => {
  test('is said and taken back', () => {
    const table = Table.lobby(ada, 'p1');
    table.play(ready('p1'));
    assert.equal(table.state.players?.p1?.ready, true);
    assert.equal(table.state.players?.h?.ready, false);
    assert.deepEqual(table.answer(ready('p1')), { status: 200, body: { version: 3 } });
    table.play(ready('p1', false));
    assert.equal(table.state.players?.p1?.ready, false);
  });

  test('again changes nothing', () => {
    const table = Table.lobby(ada);
    table.play(ready('h'));
    const before = table.state;
    table.play(ready('h'));
    assert.deepEqual(table.state, before);
  });

  test('is for players', () => {
    const table = Table.lobby(hostedBy('h', null), 'p1');
    for (const id of ['p2', 'h', 'constructor', '__proto__']) assert.equal(table.refuse(ready(id)), 'player_not_found');
  });

  test('needs a lobby', () => {
    const table = Table.lobby(ada);
    table.play(begin);
    assert.equal(table.refuse(ready('h')), 'game_started');
    assert.equal(new Table().refuse(ready('p0')), 'game_started');
    assert.equal(concluded().refuse(ready('h')), 'game_concluded');
  });
});

describe('starting', () => {
  test('begins the first round, with a whole clock from now', () => {
    const table = Table.lobby(ada, 'p1');
    table.now = start + 5_000;
    table.play(begin);
    const { state } = table;
    assert.equal(state.status, 'active');
    assert.equal(state.round, 1);
    assert.equal(minotaurRules.deadline(state), start + 65_000);
    assert.equal(state.roundStartedAtVersion, 3);
    assert.deepEqual(state.events, [
      { seq: 1, round: 1, at: start + 5_000, type: 'game_started' },
      { seq: 2, round: 1, at: start + 5_000, type: 'round_started' },
    ]);
    assert.deepEqual(Object.keys(state.players ?? {}), ['h', 'p1']);
    table.register('p1');
  });

  test('answers the same at every retry', () => {
    const table = Table.lobby(ada);
    table.play(begin);
    const first = table.answer(begin);
    assert.deepEqual(first, { status: 200, body: { round: 1, version: 2 } });
    table.play({ type: 'end_round', round: 1 });
    assert.deepEqual(minotaurRules.answer(begin, 2, table.state), first);
  });

  test('needs a player', () => {
    const table = Table.lobby(hostedBy('h', null));
    assert.equal(table.refuse(begin), 'not_enough_players');
    table.play(join('p1'));
    table.play(begin);
  });

  test('happens once', () => {
    const table = Table.lobby(ada);
    table.play(begin);
    assert.equal(table.refuse(begin), 'game_started');
    assert.equal(new Table().refuse(begin), 'game_started');
    assert.equal(concluded().refuse(begin), 'game_concluded');
  });

  test('tells the actions of the round from anything before', () => {
    const table = Table.lobby(ada, 'p1');
    table.play(begin);
    assert.equal(table.refuse({ type: 'retract_action', actionId: 'a2' }), 'round_over');
  });
});
