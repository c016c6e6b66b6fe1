/** The judge of how rounds end judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ABANDONED, CLOCK, type GameState, recentOf, rules } from '../../simulation/world/game.ts';
import { CheckedWorld, GAME, MOST_STALE_MS } from './checked-world.ts';

test('rounds that end in time, by command or by the clock, are right', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.acted('a');
  world.ask('endRound', 'end1', { round: 1 });
  world.endRound(1, 'end1');
  world.land();
  world.now += 200;
  world.endRound(2, CLOCK);
  world.land();
  world.ask('endRound', 'end3', { round: 3 });
  world.endRound(3, 'end3');
  world.land();
  world.now += 100;
  world.endRound(4, CLOCK);
  world.land();
  assert.equal(world.held.state.round, 5);
  world.assertRight();
});

test('a cursed round that is abandoned is right', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.ask('act', 'curse1');
  world.act('curse1');
  world.now += 100;
  abandon(world);
  world.land();
  world.assertRight();
});

test('a round that is abandoned without need is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 100;
  abandon(world);
  world.land();
  world.assertFound('I7', /round 1 was ended without its actions, though nothing was wrong/);
});

test('a round that ends before its time by the clock of its owner is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 50;
  world.endRound(1, CLOCK);
  world.land();
  world.assertFound('I7', /round 1 ended before its time: round 1 by clock at 10\d\d ms, due 11\d\d ms/);
});

test('the second of two rounds in one write that ends before its time is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 150;
  world.endRound(1, CLOCK);
  world.endRound(2, CLOCK);
  world.land();
  assert.match(world.violations.found[0]?.what ?? '', /round 2 ended before its time/);
});

test('a round that the clock ends in the write that it began in is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 100;
  world.endRound(1, CLOCK);
  world.now += 100;
  world.endRound(2, CLOCK);
  world.land();
  world.assertFound('I7', /the clock ended round 2 before anybody could see it/);
});

test('a round that could be seen for less than its time is found, and one whose clock was started again is right', () => {
  for (const isRestarted of [false, true]) {
    const world = CheckedWorld.withGame({ roundMs: 2_000 });
    world.now += 2_000;
    world.endRound(1, CLOCK);
    world.now += 1_000;
    world.land();
    if (isRestarted) restart(world);
    world.now += isRestarted ? 2_000 : 1_000;
    world.endRound(2, CLOCK);
    world.land();
    if (isRestarted) world.assertRight();
    else world.assertFound('I7', /round 2 could be seen for 100\d of 2000 ms/);
  }
});

test('a round that ends before its time in truth is found, unless a clock may be so far ahead', () => {
  for (const mostAheadMs of [400, 450]) {
    const world = CheckedWorld.withGame({ roundMs: 1_000 });
    world.mostAheadMs = mostAheadMs;
    const realNow = world.now + 570;
    world.now = realNow + 440;
    world.endRound(1, CLOCK);
    world.now = realNow;
    world.land();
    if (mostAheadMs === 400) world.assertFound('I7', /the end of round 1 landed before its time/);
    else world.assertRight();
  }
});

test('a round without a record is found', () => {
  const world = CheckedWorld.withGame();
  world.ask('endRound', 'end', { round: 1 });
  world.endRound(1, 'end');
  world.dropRecords();
  world.land();
  world.assertFound('I7', /shows round 1 as ended, but the archive has no record of it/);
});

test('a record of another end of the round is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  world.endRound(1, 'end');
  world.dropRecords();
  const { lastEnd } = world.held.state;
  world.record(1, { ...lastEnd, version: 3, digest: world.history.truth.log(GAME).digestAt(1) });
  world.land();
  world.assertFound('I7', /ended round 1 between versions 1 and 3 .*but its record says version 3/);
});

test('a record that names another command as the end of the round is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 100;
  world.act('a');
  world.endRound(1, CLOCK);
  world.dropRecords();
  const { lastEnd } = world.held.state;
  world.record(1, { ...lastEnd, version: 2, digest: world.history.truth.log(GAME).digestAt(1) });
  world.land();
  world.assertFound('I7', /but its record says version 2, round 1 by clock/);
});

test('a record that is replaced after the round was over is found, and one that is written again is not', () => {
  const world = CheckedWorld.withGame();
  world.ask('endRound', 'end', { round: 1 });
  world.endRound(1, 'end');
  const { lastEnd } = world.held.state;
  const digest = world.history.truth.log(GAME).digestAt(1);
  world.land();
  world.record(1, { ...lastEnd, version: 2, digest });
  world.assertRight();
  world.record(1, { ...lastEnd, version: 2, digest: 5 });
  world.assertFound('I7', /the record of round 1, which is over, was replaced: version 2/);
});

test('a record of the same command that tells of another time is found', () => {
  const world = CheckedWorld.withGame();
  world.endRound(1, 'end');
  const { lastEnd } = world.held.state;
  const digest = world.history.truth.log(GAME).digestAt(1);
  world.land();
  world.record(1, { ...lastEnd, at: 7, version: 2, digest });
  world.assertFound('I7', /the record of round 1, which is over, was replaced/);
});

test('a record that is deleted is found', () => {
  const world = CheckedWorld.withGame();
  world.endRound(1, 'end');
  world.land();
  world.put('archive', `3.${GAME}.1`, new Uint8Array(0), true);
  world.assertFound('I7', /the record of round 1, which is over, was deleted/);
});

test('a round that ends twice is found', () => {
  const world = CheckedWorld.withGame();
  world.endRound(1, 'end');
  world.land();
  const { lastEnd } = world.held.state;
  world.act('a');
  changeState(world, { lastEnd: lastEnd && { ...lastEnd, at: lastEnd.at + 1 } });
  world.land();
  world.assertFound('I7', /changed how a round ended: round 1 by command at .* is now round 1 by command/);
});

test('a round that is skipped is found', () => {
  const world = CheckedWorld.withGame();
  world.endRound(1, 'end');
  changeState(world, { round: 3 });
  world.land();
  assert.match(world.violations.found[0]?.what ?? '', /shows round 3, but 1 as the last that ended/);
});

test('a round number that falls is found', () => {
  const world = CheckedWorld.withGame();
  world.endRound(1, 'end');
  world.land();
  world.act('a');
  changeState(world, { round: 1, lastEnd: null });
  world.land();
  world.assertFound('I7', /went back from round 2 to 1/);
});

test('a round whose time is moved is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.act('a');
  changeState(world, { roundEndTime: (world.held.state.roundEndTime ?? 0) + 1_000 });
  world.land();
  world.assertFound('I7', /moved the end of round 1/);
});

test('a round that ends by another time than it was given is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  changeState(world, { roundEndTime: (world.held.state.roundEndTime ?? 0) - 60 });
  world.now += 60;
  world.endRound(1, CLOCK);
  world.land();
  world.assertFound('I7', /round 1 was due at .*, but ended as round 1 by clock/);
});

test('a round that nobody ends is found once the world has settled', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 2_000;
  world.history.settled(MOST_STALE_MS);
  assert.deepEqual(world.violations.found, []);
  world.now += 2_000;
  world.history.settled(MOST_STALE_MS);
  world.assertFound('I7', /round 1 was due at 11\d\d ms, and still runs/);
});

function restart(world: CheckedWorld): void {
  const { held } = world;
  const version = held.version + 1;
  world.memory = { ...held, version, state: rules.restartClock(held.state, { now: world.wall, version }) };
  world.land();
}

function abandon(world: CheckedWorld): void {
  const { held } = world;
  const version = held.version + 1;
  const { state, record } = rules.abandonRound(held.state, { now: world.wall, version });
  assert.equal(recentOf(state).at(-1)?.[1], ABANDONED);
  world.memory = { ...held, version, state };
  if (record !== undefined) world.record(record.round, record.content);
}

function changeState(world: CheckedWorld, change: Partial<GameState>): void {
  world.memory = { ...world.held, state: { ...world.held.state, ...change } };
}
