/** Games that nobody plays: when their clock stands still, and what wakes it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { GameCommand } from '../../../src/game/commands.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { bare, create, east, hostedBy, nonce, players, refusal, start, Table } from './games.ts';

const ada = hostedBy('host', 'Ada');
const ROUND_MS = 60_000;

/** A game of Ada and of `joiners` in its first round. */
function started(settings: object, ...joiners: string[]): Table {
  const table = new Table({ status: 'lobby', settings }, ada);
  for (const id of joiners) table.play({ type: 'join', playerId: id, displayName: `Player ${id}` });
  table.play({ type: 'start' });
  return table;
}

/** The clock ends the running round at its time. */
function timeUp(table: Table): void {
  const { roundEndTime } = table.state;
  assert.ok(roundEndTime !== null, 'a clock runs');
  table.now = roundEndTime;
  table.play(minotaurRules.timeUp(table.state));
}

/** Lets the clock end rounds until it stands still; how many those were. */
function roundsUntilRest(table: Table, most = 200): number {
  for (let rounds = 0; rounds < most; rounds += 1) {
    if (table.state.suspendedAt !== null) return rounds;
    timeUp(table);
  }
  return Number.POSITIVE_INFINITY;
}

const typesOf = (table: Table) =>
  table.state.events.filter((event) => event.round === table.state.round).map(({ type }) => type);
const register: GameCommand = { type: 'register_action', playerId: 'host', action: east };

describe('a game that nobody plays', () => {
  test('ends five rounds by the clock, then the clock stands still', () => {
    const table = started({});
    assert.equal(roundsUntilRest(table), 5);
    const { round, roundEndTime, suspendedAt, status } = table.state;
    assert.deepEqual([round, roundEndTime, suspendedAt, status], [6, null, table.now, 'active']);
    assert.deepEqual(typesOf(table), ['round_started', 'clock_suspended']);
  });

  test('does so after as many rounds as its settings say, counted from the last command', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 5 }), (idleRounds, playedRounds) => {
        const table = started({ idleRounds });
        for (let round = 0; round < playedRounds; round += 1) {
          table.play(register);
          timeUp(table);
        }
        assert.equal(roundsUntilRest(table), idleRounds);
      }),
    );
  });

  test('runs on for ever where the settings say 0', () => {
    assert.equal(roundsUntilRest(started({ idleRounds: 0 })), Number.POSITIVE_INFINITY);
  });

  test('an administrator who ends rounds plays no game, and wakes none', () => {
    const table = started({ idleRounds: 2 });
    table.play({ type: 'end_round', round: 1 });
    table.play({ type: 'end_round', round: 2 });
    assert.equal(table.state.suspendedAt, start);
    table.now += 1_000;
    table.play({ type: 'end_round', round: 3 });
    assert.deepEqual([table.state.round, table.state.roundEndTime, table.state.suspendedAt], [4, null, start + 1_000]);
  });

  test('rounds that are ended without their actions are rounds as well', () => {
    const table = started({ idleRounds: 1 });
    const { state } = minotaurRules.abandonRound(table.state, { now: start, version: 9 });
    assert.notEqual(state.suspendedAt, null);
  });
});

describe('whatever a player does', () => {
  const resting = () => {
    const table = started({ idleRounds: 2, actionPoints: 1 }, 'p1', 'p2');
    assert.equal(roundsUntilRest(table), 2);
    table.now += 86_400_000;
    return table;
  };

  const commands: readonly GameCommand[] = [
    register,
    { type: 'commit_round', round: 3, playerId: 'p1' },
    { type: 'leave', playerId: 'p1', kicked: false },
    { type: 'leave', playerId: 'p1', kicked: true },
    { type: 'renew_token', playerId: 'p2' },
    { type: 'retract_action', actionId: 'a9' },
  ];
  for (const command of commands) {
    test(`${command.type} gives the running round its whole time`, () => {
      const table = resting();
      // An id of this round that no action has: taking it back again changes nothing, and is done by somebody all the same.
      const what = command.type === 'retract_action' ? { ...command, actionId: `a${table.version}` } : command;
      table.play(what);
      const { round, roundEndTime, suspendedAt } = table.state;
      assert.deepEqual([round, roundEndTime, suspendedAt], [3, table.now + ROUND_MS, null]);
      assert.deepEqual(typesOf(table).slice(0, 3), ['round_started', 'clock_suspended', 'clock_resumed']);
      assert.equal(minotaurRules.summary(table.state).playedAt, table.now);
      table.now += 1;
      table.play({ type: 'register_action', playerId: 'p2', action: east });
      assert.equal(table.state.roundEndTime, roundEndTime, 'once');
      assert.equal(roundsUntilRest(table), 3, 'the one that was played, and two more');
    });
  }

  test('ends the round at once if everybody is done with it', () => {
    const table = started({ idleRounds: 1 });
    roundsUntilRest(table);
    table.now += 5_000;
    table.play({ type: 'commit_round', round: 2, playerId: 'host' });
    assert.deepEqual([table.state.round, table.state.roundEndTime], [3, table.now + ROUND_MS]);
  });

  test('the last one who leaves a game at rest ends it', () => {
    const table = started({ idleRounds: 1 });
    roundsUntilRest(table);
    const outcome = table.play({ type: 'leave', playerId: 'host', kicked: false });
    assert.deepEqual(
      [table.state.status, table.state.suspendedAt, table.state.roundEndTime],
      ['concluded', null, null],
    );
    assert.equal(outcome.record?.round, 2);
  });

  test('what is refused wakes nothing', () => {
    const table = resting();
    assert.equal(table.refuse({ type: 'register_action', playerId: 'nobody', action: east }), 'player_not_found');
    assert.notEqual(table.state.suspendedAt, null);
  });
});

describe('what a document brings', () => {
  const documents = {
    'a bare session': {},
    'a bare session with a clock of its own': { roundEndTime: '2026-01-01T00:00:05Z' },
    'a game with players': { players: players('p0', 'p1') },
  };
  for (const [what, document] of Object.entries(documents)) {
    test(`${what} runs on`, () => {
      const table = new Table(document);
      assert.equal(table.state.settings.idleRounds, 0);
      assert.equal(roundsUntilRest(table), Number.POSITIVE_INFINITY);
    });
    test(`${what} comes to rest if it says so`, () => {
      assert.equal(roundsUntilRest(new Table({ ...document, settings: { idleRounds: 3 } })), 3);
    });
  }

  test('a lobby of a document runs on once it is started', () => {
    const table = new Table({ status: 'lobby', players: players('p0') });
    table.play({ type: 'start' });
    assert.equal(roundsUntilRest(table), Number.POSITIVE_INFINITY);
  });

  test('a later round counts from where the document begins', () => {
    assert.equal(roundsUntilRest(new Table({ round: 40, settings: { idleRounds: 2 } })), 2);
  });

  test('settings.idleRounds is from 0 to 100', () => {
    assert.match(refusal({ settings: { idleRounds: 101 } }), /^settings\.idleRounds: /);
    assert.match(refusal({ settings: { idleRounds: -1 } }), /^settings\.idleRounds: /);
    assert.equal(create({ status: 'lobby' }, { nonce, host: null }).settings.idleRounds, 0);
    assert.equal(create({}, bare).settings.idleRounds, 0);
  });
});
