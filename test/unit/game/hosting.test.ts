/** Hosting: who takes it over, when, and that everybody is told. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GameCommand } from '../../../src/game/commands.ts';
import type { Rejected } from '../../../src/session/rules.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, hostedBy, nonce, players, start, Table } from './games.ts';

const TWO_MINUTES = 120_000;
const take = (playerId: string, appointed = false): GameCommand => ({ type: 'take_host', playerId, appointed });
const give = (playerId: string, by: 'host' | 'admin' = 'host'): GameCommand => ({ type: 'renew_token', playerId, by });

/** As a session tries it that heard the host last at `hostHeardAt`. */
function attempt(table: Table, command: GameCommand, hostHeardAt: number) {
  return minotaurRules.apply(table.state, command, { now: table.now, version: table.version + 1, hostHeardAt });
}

function codeOf(outcome: ReturnType<typeof attempt>): string {
  return outcome.kind === 'applied' ? 'applied' : (outcome as Rejected).code;
}

function lobby(): Table {
  return Table.lobby(hostedBy('h', 'Ada'), 'p1', 'p2');
}

describe('a silent host', () => {
  test('is taken over from once it has sent nothing for two minutes, in a lobby and in a game', () => {
    for (const isStarted of [false, true]) {
      const table = lobby();
      if (isStarted) table.play({ type: 'start' });
      const heard = start + 10_000;
      table.now = heard + TWO_MINUTES - 1;
      assert.equal(codeOf(attempt(table, take('p1'), heard)), 'host_present');
      table.now += 1;
      const outcome = attempt(table, take('p1'), heard);
      assert.ok(outcome.kind === 'applied');
      assert.deepEqual([outcome.state.host, outcome.state.hostSince], ['p1', table.now]);
      const { type, ...said } = outcome.state.events.at(-1) ?? { type: '' };
      assert.equal(type, 'host_changed');
      assert.partialDeepStrictEqual(said, { playerId: 'p1', reason: 'silent', at: table.now, round: 1 });
      // The old host is a player like any other now; both tokens hold.
      const standing = (playerId: string, generation: number) =>
        minotaurRules.standing(outcome.state, { playerId, nonce, generation });
      assert.deepEqual([standing('h', 1), standing('p1', 2)], ['player', 'host']);
    }
  });

  test('counts as there if nobody knows when it was heard', () => {
    const table = lobby();
    table.now = start + 10 * TWO_MINUTES;
    assert.equal(table.refuse(take('p1')), 'host_present');
  });

  test('who has only just become host has two minutes, however long ago another one was heard', () => {
    const table = lobby();
    table.now = start + 10 * TWO_MINUTES;
    table.play({ type: 'leave', playerId: 'h', kicked: true });
    assert.equal(table.state.host, 'p1');
    assert.equal(codeOf(attempt(table, take('p2'), start)), 'host_present');
    table.now += TWO_MINUTES;
    assert.equal(codeOf(attempt(table, take('p2'), start)), 'applied');
  });

  test('who does not play loses its seat by it', () => {
    const table = Table.lobby(hostedBy('h', null), 'p1');
    table.now = start + TWO_MINUTES;
    const outcome = attempt(table, take('p1'), start);
    assert.ok(outcome.kind === 'applied');
    assert.deepEqual([outcome.state.host, Object.keys(outcome.state.generations)], ['p1', ['p1']]);
    assert.equal(outcome.state.events.length, 1);
  });

  test('is taken over from by players only', () => {
    const table = lobby();
    table.now = start + TWO_MINUTES;
    for (const id of ['p9', 'constructor', '__proto__']) {
      assert.equal(codeOf(attempt(table, take(id), start)), 'player_not_found', id);
    }
    assert.equal(codeOf(attempt(new Table(), take('p0'), start)), 'player_not_found');
  });

  test('is asked for again by who hosts already: nothing changes', () => {
    const table = lobby();
    table.play(take('h'));
    assert.deepEqual(table.state.events, []);
    assert.deepEqual(table.answer(take('h')), { status: 200, body: { host: 'h', version: table.version } });
  });
});

describe('an administrator', () => {
  test('says who hosts, at any time, and where nobody does', () => {
    const table = lobby();
    table.play(take('p2', true));
    assert.equal(table.state.host, 'p2');
    assert.partialDeepStrictEqual(table.state.events, [{ type: 'host_changed', playerId: 'p2', reason: 'appointed' }]);
    const hostless = new Table({ players: players('p0') }, bare);
    assert.equal(codeOf(attempt(hostless, take('p0'), 0)), 'forbidden');
    hostless.play(take('p0', true));
    assert.equal(hostless.state.host, 'p0');
  });
});

test('a host who leaves hands on, and everybody is told', () => {
  const table = lobby();
  table.play({ type: 'leave', playerId: 'h', kicked: false });
  assert.partialDeepStrictEqual(table.state.events, [{ seq: 1, type: 'host_changed', playerId: 'p1', reason: 'left' }]);
  table.play({ type: 'start' });
  table.play({ type: 'leave', playerId: 'p1', kicked: false });
  assert.deepEqual(
    table.state.events.map(({ seq, type }) => [seq, type]),
    [
      [1, 'host_changed'],
      [2, 'game_started'],
      [3, 'round_started'],
      [4, 'player_left'],
      [5, 'host_changed'],
    ],
  );
});

describe('a token that somebody else gives', () => {
  test('ends the older one, and everybody is told', () => {
    const table = lobby();
    table.play(give('p1'));
    const standing = (generation: number) => minotaurRules.standing(table.state, { playerId: 'p1', nonce, generation });
    assert.deepEqual([standing(2), standing(table.version)], ['ended', 'player']);
    assert.equal(table.answer(give('p1')).grant?.generation, table.version);
    table.play(give('h', 'admin'));
    assert.partialDeepStrictEqual(table.state.events, [
      { type: 'token_given', playerId: 'p1', by: 'host' },
      { type: 'token_given', playerId: 'h', by: 'admin' },
    ]);
    table.play({ type: 'renew_token', playerId: 'p1' });
    assert.equal(table.state.events.length, 2, 'of its own nobody need be told');
  });

  test('is refused once a hundred changes of seats were told in the round; hosts still change', () => {
    const table = lobby();
    for (let count = 0; count < 100; count += 1) table.play(give('p1'));
    assert.equal(table.refuse(give('p1')), 'game_too_large');
    table.play({ type: 'renew_token', playerId: 'p1' });
    table.play(take('p2', true));
    assert.equal(table.state.host, 'p2');
    assert.equal(table.state.events.length, 100);
    table.play({ type: 'start' });
    table.play({ type: 'end_round', round: 1 });
    table.play(give('p1'));
  });
});
