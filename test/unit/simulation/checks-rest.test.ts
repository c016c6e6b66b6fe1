/** The judge of games that nobody plays judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLOCK } from '../../simulation/world/game.ts';
import { CheckedWorld } from './checked-world.ts';

/** In its third round, after two that nobody played: at rest, if that is after `idleRounds`. */
function unplayed(idleRounds: number): CheckedWorld {
  const world = CheckedWorld.withGame({ roundMs: 100, idleRounds });
  for (const round of [1, 2]) {
    world.now += 100;
    world.endRound(round, CLOCK);
    world.land();
  }
  return world;
}

test('a game that comes to rest, is played again, and comes to rest again is right', () => {
  const world = unplayed(2);
  assert.notEqual(world.held.state.suspendedAt, null);
  world.now += 5_000;
  world.acted('a');
  world.acted('b');
  world.now += 100;
  world.endRound(3, CLOCK);
  world.ask('endRound', 'end4', { round: 4 });
  world.endRound(4, 'end4');
  world.land();
  assert.equal(world.held.state.suspendedAt, null);
  world.now += 100;
  world.endRound(5, CLOCK);
  world.land();
  assert.notEqual(world.held.state.suspendedAt, null);
  world.assertRight();
});

test('one that is to run on for ever is right', () => {
  const world = unplayed(0);
  assert.equal(world.held.state.suspendedAt, null);
  world.assertRight();
});

test('a clock that runs on for nobody is found', () => {
  const world = unplayed(2);
  const { state } = world.held;
  world.land({ state: { ...state, suspendedAt: null, roundEndTime: world.wall + 100 } });
  world.assertFound('rest', /runs the clock on in round 3, after 2 that nobody played/);
});

test('a clock that stands still for somebody is found', () => {
  const world = unplayed(4);
  world.now += 100;
  world.endRound(3, CLOCK);
  world.land({ state: { ...world.held.state, suspendedAt: world.wall, roundEndTime: null } });
  world.assertFound('rest', /stopped the clock in round 4, after 3 that nobody played/);
});

test('a round that is ended by a clock that stands still is found', () => {
  const world = unplayed(2);
  world.endRound(3, CLOCK);
  world.land();
  world.assertFound('I7', /round 3 ended before its time/);
});

test('a clock that stands still and has an end is found', () => {
  const world = unplayed(2);
  world.land({ state: { ...world.held.state, roundEndTime: world.wall + 100 } });
  world.assertFound('rest', /says that round 3 ends, and that its clock stands still/);
});

test('whoever plays again and does not get a whole round is found', () => {
  const world = unplayed(2);
  world.now += 5_000;
  world.ask('act', 'a');
  world.act('a');
  const { state } = world.held;
  world.land({ state: { ...state, roundEndTime: (state.roundEndTime ?? 0) - 1 } });
  world.assertFound('rest', /when somebody played again at \d+, not 100 ms/);
});
