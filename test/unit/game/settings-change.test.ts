/** Settings that the host changes before the start, and the bots that are among them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { create, hostedBy, players, Table } from './games.ts';
import { Played, whispers } from './worlds.ts';

const ada = hostedBy('h', 'Ada');
const byAdmin = { ...ada, byAdmin: true as const };
const change = (settings: Record<string, unknown>, isAdmin = false): GameCommand => ({
  type: 'change_settings',
  settings,
  byAdmin: isAdmin,
});

/** The code and what is wrong. */
function why(game: Pick<Table | Played, 'attempt'>, settings: Record<string, unknown>): string {
  const outcome = game.attempt(change(settings));
  assert.ok(outcome.kind === 'rejected', 'it was applied');
  return `${outcome.code} ${outcome.detail}`;
}

describe('settings of a lobby', () => {
  test('change one by one; what is not given stays', () => {
    const table = Table.lobby(ada, 'p1');
    const before = table.state.settings;
    table.play(change({ maxPlayers: 4, listed: true, spectators: true, idleRounds: 0, awayRounds: 9 }));
    table.play(change({ roundSeconds: 7, actionPoints: 2 }));
    assert.deepEqual(table.state.settings, {
      ...before,
      maxPlayers: 4,
      listed: true,
      spectators: true,
      idleRounds: 0,
      awayRounds: 9,
      roundSeconds: 7,
      actionPoints: 2,
    });
    assert.deepEqual(table.state.events, []);
    assert.equal(minotaurRules.summary(table.state).listed, true);
    const { state } = table;
    table.play(change({}));
    assert.deepEqual({ ...table.state, played: null }, { ...state, played: null });
  });

  test('that are wrong are refused by name, and nothing changes', () => {
    const table = Table.lobby(ada);
    const { settings } = table.state;
    const wrong: [Record<string, unknown>, RegExp][] = [
      [{ maxPlayer: 4 }, /^bad_request settings\.maxPlayer: is not known; did you mean maxPlayers\?$/],
      [{ roundSeconds: 0 }, /^bad_request settings\.roundSeconds: is too small: must be at least 1$/],
      [{ bots: 64 }, /^bad_request settings\.bots: is too large: must be at most 63$/],
      [{ visionRadius: null }, /^bad_request settings\.visionRadius: must be a/],
      [{ visionRadius: 11 }, /^bad_request settings\.visionRadius: must not be above worldRadius; it is 11$/],
      [{ worldRadius: 2 }, /^bad_request settings\.visionRadius: must not be above worldRadius; it is 3$/],
      [{ maxPlayers: 5, table: 7 }, /^bad_request settings\.table: must be/],
    ];
    for (const [given, message] of wrong) assert.match(why(table, given), message);
    assert.deepEqual(table.state.settings, settings);
    table.play(change({ worldRadius: 2, visionRadius: 1 }));
    assert.partialDeepStrictEqual(table.state.settings, { worldRadius: 2, visionRadius: 1 });
  });

  test('leave everybody a seat who is there', () => {
    const table = Table.lobby(ada, 'p1', 'p2');
    assert.match(why(table, { maxPlayers: 2 }), /^seats_taken settings\.maxPlayers: must be at least 3, /);
    table.play(change({ maxPlayers: 3 }));
    assert.equal(table.refuse({ type: 'join', playerId: 'p3', displayName: 'Eve' }), 'game_full');
    table.play({ type: 'leave', playerId: 'p2', kicked: true });
    table.play(change({ maxPlayers: 2 }));
    assert.equal(minotaurRules.summary(table.state).lobby?.seatsLeft, 0);
  });

  test('are settled once the game runs, or is over', () => {
    const table = Table.lobby(ada, 'p1');
    table.play({ type: 'start' });
    assert.equal(table.refuse(change({ listed: true })), 'game_started');
    for (const playerId of ['h', 'p1']) table.play({ type: 'leave', playerId, kicked: false });
    assert.equal(table.refuse(change({ listed: true })), 'game_concluded');
    assert.equal(new Table().refuse(change({ listed: true })), 'game_started', 'a bare session');
  });

  test('give whole health to those who had it whole', () => {
    const given = { a: { ...players('a').a, health: 3 } };
    const table = new Table({ status: 'lobby', players: given, settings: { health: 7 } }, ada);
    table.play(change({ health: 20 }));
    assert.partialDeepStrictEqual(table.state.players, { h: { health: 20 }, a: { health: 3 } });
    const created = create({ status: 'lobby', settings: { health: 20 } }, ada);
    assert.partialDeepStrictEqual(created.players, { h: { health: 20 } });
  });

  test('that cost are an administrator’s to start, whoever starts, and so they stay', () => {
    const table = Table.lobby(ada);
    const whyNot = () => minotaurRules.adminOnly(table.state, { type: 'start' });
    table.play(change({ idleRounds: 0 }));
    assert.match(whyNot() ?? '', /^settings\.idleRounds/);
    table.play(change({ bots: 0 }, true));
    assert.match(whyNot() ?? '', /^settings\.idleRounds/, 'nobody has vouched for it');
    table.play(change({ idleRounds: 3 }));
    assert.equal(whyNot(), null);
    table.play(change({ roundSeconds: 2 }, true));
    assert.equal(whyNot(), null, 'an administrator asked for it');
    table.play(change({ listed: true }));
    assert.equal(whyNot(), null, 'which others change nothing of');
    table.play(change({ roundSeconds: 1 }));
    assert.match(whyNot() ?? '', /^settings\.roundSeconds/);
  });
});

describe('settings of the game that is played', () => {
  test('are read by its schema, and keep what is not given', () => {
    const game = new Played({}, { table: { volume: 5 } });
    assert.match(
      why(game, { table: { volum: 1 } }),
      /^bad_request settings\.table\.volum: is not known; did you mean volume/,
    );
    assert.match(
      why(game, { table: { volume: 10 } }),
      /^bad_request settings\.table\.volume: is too large: must be at most 9$/,
    );
    game.play(change({ maxPlayers: 3, table: {} }));
    assert.deepEqual(game.state.settings.table, { volume: 5 });
    game.play(change({ table: { volume: 9 } }));
    assert.deepEqual(game.state.settings.table, { volume: 9 });
  });

  test('have as many seats as may play it', () => {
    assert.match(why(new Played(), { maxPlayers: 5 }), /^bad_request settings\.maxPlayers: must be at most 4, /);
  });

  test('have a seed that an administrator gives, and nobody else', () => {
    const game = new Played();
    assert.match(why(game, { seed: 7 }), /^forbidden settings\.seed: /);
    game.play(change({ seed: 7 }, true));
    assert.deepEqual([game.state.settings.seed, game.state.seeded], [7, true]);
    game.play(change({ bots: 1 }));
    assert.equal(game.state.seeded, true);
    const luck = (drawn: number) => {
      const other = new Played({}, { seed: 7 }, whispers, byAdmin);
      other.drawn = drawn;
      return other.begun('bob').world<{ luck: number }>().luck;
    };
    game.play(change({ bots: 0 }));
    assert.equal(game.begun('bob').world<{ luck: number }>().luck, luck(9), 'drawn from the seed');
  });
});

describe('bots of a lobby', () => {
  const shown = (game: Played) =>
    (['admin', 'public', 'player:ann'] as const).map((viewer) => game.see(viewer).bots as number | undefined);

  test('are added and taken away, seen by everybody, and never more than there is room for', () => {
    const game = new Played();
    assert.deepEqual(shown(game), [0, 0, 0]);
    game.play(change({ bots: 9 }));
    assert.deepEqual(shown(game), [3, 3, 3]);
    game.play({ type: 'join', playerId: 'bob', displayName: 'Bob' });
    assert.deepEqual(shown(game), [2, 2, 2]);
    game.play(change({ maxPlayers: 3 }));
    assert.deepEqual(shown(game), [1, 1, 1]);
    assert.equal(game.rules.summary(game.state).lobby?.seatsLeft, 1, 'their seats are free until the start');
    game.play({ type: 'start' });
    assert.deepEqual(shown(game), [undefined, undefined, undefined]);
    assert.deepEqual(game.state.play?.bots, ['bot1']);
  });

  test('that are taken away do not play', () => {
    const game = new Played({}, { bots: 2 });
    game.play(change({ bots: 0 }));
    assert.equal(game.refuse({ type: 'start' }), 'not_enough_players');
  });

  test('are refused where the game knows none', () => {
    const { bot: _, ...without } = whispers;
    const game = new Played({}, {}, without);
    assert.match(why(game, { bots: 1 }), /^bad_request settings\.bots: must be 0: this game knows no bots$/);
    game.play(change({ bots: 0 }));
  });
});
