/** The judge of what lands in the store judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../../src/session/snapshot.ts';
import { ABANDONED, CLOCK, type GameState, oldRules, rules } from '../../simulation/world/game.ts';
import { CheckedWorld, GAME } from './checked-world.ts';

test('a correct history has no violations: commands one by one and in groups, claims, several owners', () => {
  const world = CheckedWorld.withGame();
  const operations = ['a', 'b', 'c', 'd'].map((tag) => world.ask('act', tag));
  world.act('a');
  world.land();
  world.act('b', 'c');
  world.land();
  world.stamp = { owner: 'm2', incarnation: 'i2', epoch: 4 };
  world.land();
  world.act('d');
  world.land();
  for (const [index, operation] of operations.entries()) world.hear(operation, 200, { version: index + 2 });
  world.assertRight();
  assert.deepEqual(world.history.truth.log(GAME).tags, ['made', 'a', 'b', 'c', 'd']);
});

test('a history longer than what a state tells of is followed to its end', () => {
  const world = CheckedWorld.withGame();
  for (let index = 0; index < 200; index += 1) world.acted(`a${index}`);
  world.assertRight();
});

test('barriers in the sessions bucket are no sessions', () => {
  const world = CheckedWorld.withGame();
  world.put('sessions', '3._.barrier', new TextEncoder().encode('barrier'));
  world.assertRight();
});

test('states of the version before are read as well', () => {
  const world = CheckedWorld.withGame();
  world.ask('act', 'a');
  world.act('a');
  const { commit, version, state } = world.held;
  const { stamp, results } = world;
  const snapshot = { gameId: GAME, commit: commit + 1, version, stamp, results };
  const { digest, ...rest } = state;
  world.put('sessions', `3.${GAME}`, encode(oldRules, { ...snapshot, state: { ...rest, chain: digest } }, 1));
  world.memory = { ...world.held, commit: commit + 1 };
  world.ask('act', 'b');
  world.act('b');
  world.land();
  world.assertRight();
});

test('a commit number that skips one is found', () => {
  const world = CheckedWorld.withGame();
  world.land({ commit: 3 });
  world.assertFound('I1', /m1 \(incarnation i1, epoch 1, commit 3\) replaced m1 \(.*commit 1\)/);
});

test('a commit number that is there twice is found', () => {
  const world = CheckedWorld.withGame();
  world.land({ commit: 1 });
  world.assertFound('I1', /commit 1\) replaced/);
});

test('an epoch that falls is found', () => {
  const world = CheckedWorld.withGame();
  world.stamp = { owner: 'm2', incarnation: 'i2', epoch: 3 };
  world.land();
  world.stamp = { owner: 'm1', incarnation: 'i1', epoch: 1 };
  world.land();
  world.assertFound('I4', /m1 .*epoch 1.* replaced m2 .*epoch 3/);
});

test('two writers in one epoch are found', () => {
  const world = CheckedWorld.withGame();
  world.stamp = { owner: 'm2', incarnation: 'i2', epoch: 1 };
  world.land();
  world.assertFound('I4', /m2 .* in an epoch of slot 3 in which incarnation i1/);
});

test('a session that is deleted is found', () => {
  const world = CheckedWorld.withGame();
  world.deleteGame();
  world.assertFound('I2', /3\.G was deleted/);
});

test('a session in two slots is found', () => {
  const world = CheckedWorld.withGame();
  world.put('sessions', `4.${GAME}`, encode(rules, snapshotOf(world), rules.stateVersion));
  assert.match(world.violations.found[0]?.what ?? '', /stored at 3\.G and now at 4\.G/);
});

test('a game under the key of another one is found', () => {
  const world = new CheckedWorld();
  world.create({ tag: 'made', roundMs: null });
  const snapshot = { ...snapshotOf(world), commit: 1, gameId: 'H' };
  world.put('sessions', `3.${GAME}`, encode(rules, snapshot, rules.stateVersion));
  world.assertFound('I1', /wrote game H to 3\.G/);
});

test('a version that falls is found, and what is lost by it', () => {
  const world = CheckedWorld.withGame();
  world.ask('act', 'a');
  const { state, version } = world.held;
  world.act('a');
  world.land();
  world.land({ state, version });
  world.assertFound('I2', /wrote version 1 over version 2 of .*lost are a$/);
});

test('a command that gives way to another one is found', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  world.act('a');
  world.land();
  world.memory = { ...before, commit: 2 };
  world.act('b', 'c');
  world.land();
  world.assertFound('I2', /wrote version 3 over version 2 of .*at version 2 stood a, and now b/);
});

test('what happened before the commands that a state tells of counts as well', () => {
  const world = CheckedWorld.withGame();
  for (let index = 0; index < 60; index += 1) world.acted(`a${index}`);
  world.ask('act', 'b');
  world.act('b');
  const { state } = world.held;
  world.land({ state: { ...state, digest: state.digest ^ 1 } });
  world.assertFound('I2', /its digest is not that of the commands before/);
});

test('a state whose count is not its version is found', () => {
  const world = CheckedWorld.withGame();
  world.land({ state: { ...world.held.state, count: 7 } });
  world.assertFound('I2', /version 1 holds 7 commands/);
});

test('a command that is applied twice is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  world.land();
  world.act('b', 'a');
  world.land();
  world.assertFound('I6', /a was applied at version 2 and again at 4/);
});

test('a command that nobody asked for is found at the end', () => {
  const world = CheckedWorld.withGame();
  world.act('stranger');
  world.land();
  world.history.finish();
  world.assertFound('I6', /version 2 is stranger, which nobody asked for/);
});

test('a write that was not seen is found at the end', () => {
  const world = CheckedWorld.withGame();
  const content = world.buckets.content('sessions');
  const entry = content.entries.get(`3.${GAME}`);
  assert.ok(entry !== undefined);
  content.entries.set(entry.key, { ...entry, revision: 9 });
  world.history.finish();
  world.assertFound('I1', /the store holds revision 9, but 1 was the last to land/);
});

test('rounds that end in time, by command or by the clock, are right', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.acted('a');
  world.ask('endRound', 'end1', { round: 1 });
  endRound(world, 1, 'end1');
  world.land();
  world.now += 200;
  endRound(world, 2, CLOCK);
  world.land();
  world.ask('endRound', 'end3', { round: 3 });
  endRound(world, 3, 'end3');
  world.now += 100;
  endRound(world, 4, CLOCK);
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
  endRound(world, 1, CLOCK);
  world.land();
  world.assertFound('I7', /round 1 ended before its time: round 1 by clock at 10\d\d ms, due 11\d\d ms/);
});

test('the second of two rounds in one write that ends before its time is found', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 150;
  endRound(world, 1, CLOCK);
  endRound(world, 2, CLOCK);
  world.land();
  world.assertFound('I7', /round 2 ended before its time/);
});

test('a round that ends before its time in truth is found, unless a clock may be so far ahead', () => {
  for (const mostAheadMs of [400, 450]) {
    const world = CheckedWorld.withGame({ roundMs: 1_000 });
    world.mostAheadMs = mostAheadMs;
    const realNow = world.now + 570;
    world.now = realNow + 440;
    endRound(world, 1, CLOCK);
    world.now = realNow;
    world.land();
    if (mostAheadMs === 400) world.assertFound('I7', /the end of round 1 landed before its time/);
    else world.assertRight();
  }
});

test('a round without a record is found', () => {
  const world = CheckedWorld.withGame();
  world.ask('endRound', 'end', { round: 1 });
  endRound(world, 1, 'end');
  world.dropRecords();
  world.land();
  world.assertFound('I7', /shows round 1 as ended, but the archive has no record of it/);
});

test('a record of another end of the round is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  endRound(world, 1, 'end');
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
  endRound(world, 1, CLOCK);
  world.dropRecords();
  const { lastEnd } = world.held.state;
  world.record(1, { ...lastEnd, version: 2, digest: world.history.truth.log(GAME).digestAt(1) });
  world.land();
  world.assertFound('I7', /but its record says version 2, round 1 by clock/);
});

test('a record that is replaced after the round was over is found, and one that is written again is not', () => {
  const world = CheckedWorld.withGame();
  world.ask('endRound', 'end', { round: 1 });
  endRound(world, 1, 'end');
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
  endRound(world, 1, 'end');
  const { lastEnd } = world.held.state;
  const digest = world.history.truth.log(GAME).digestAt(1);
  world.land();
  world.record(1, { ...lastEnd, at: 7, version: 2, digest });
  world.assertFound('I7', /the record of round 1, which is over, was replaced/);
});

test('a record that is deleted is found', () => {
  const world = CheckedWorld.withGame();
  endRound(world, 1, 'end');
  world.land();
  world.put('archive', `3.${GAME}.1`, new Uint8Array(0), true);
  world.assertFound('I7', /the record of round 1, which is over, was deleted/);
});

test('a round that ends twice is found', () => {
  const world = CheckedWorld.withGame();
  endRound(world, 1, 'end');
  world.land();
  const { lastEnd } = world.held.state;
  world.act('a');
  changeState(world, { lastEnd: lastEnd && { ...lastEnd, at: lastEnd.at + 1 } });
  world.land();
  world.assertFound('I7', /changed how a round ended: round 1 by command at .* is now round 1 by command/);
});

test('a round that is skipped is found', () => {
  const world = CheckedWorld.withGame();
  endRound(world, 1, 'end');
  changeState(world, { round: 3 });
  world.land();
  assert.match(world.violations.found[0]?.what ?? '', /shows round 3, but 1 as the last that ended/);
});

test('a round number that falls is found', () => {
  const world = CheckedWorld.withGame();
  endRound(world, 1, 'end');
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
  endRound(world, 1, CLOCK);
  world.land();
  world.assertFound('I7', /round 1 was due at .*, but ended as round 1 by clock/);
});

test('a round that nobody ends is found once the world has settled', () => {
  const world = CheckedWorld.withGame({ roundMs: 100 });
  world.now += 2_000;
  world.history.settled();
  assert.deepEqual(world.violations.found, []);
  world.now += 2_000;
  world.history.settled();
  world.assertFound('I7', /round 1 was due at 11\d\d ms, and still runs/);
});

test('after a roll back what is left is the truth: it goes on from there', () => {
  const world = CheckedWorld.withGame();
  world.acted('a');
  const before = world.held;
  const lost = world.ask('act', 'b');
  world.now += 100;
  world.act('b', 'c');
  world.land();
  world.hear(lost, 200, { version: 3 });
  world.rollBack(50);
  assert.equal(world.history.truth.hasRolledBack, true);
  assert.deepEqual(world.history.truth.log(GAME).tags, ['made', 'a']);
  world.memory = before;
  world.acted('d');
  world.assertRight();
});

test('a game that the store forgot altogether may be made again', () => {
  const world = CheckedWorld.withGame();
  world.rollBack(1_000);
  const maker = world.ask('create', 'again');
  world.create({ tag: 'again', roundMs: null });
  world.land();
  world.hear(maker, 201, world.shown());
  world.assertRight();
});

test('after a roll back what is lost once more is found', () => {
  const world = CheckedWorld.withGame();
  world.acted('a');
  const before = world.held;
  world.now += 100;
  world.acted('b');
  world.rollBack(50);
  world.memory = before;
  world.acted('c');
  world.memory = { ...before, commit: world.held.commit };
  world.act('d');
  world.land();
  world.assertFound('I2', /at version 3 stood c, and now d/);
});

test('a game of which the store forgot nothing is judged as before', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  const read = world.ask('strong');
  world.acted('a');
  const late = world.ask('strong');
  world.rollBack(-1);
  world.hear(read, 200, world.shown('admin', old));
  assert.deepEqual(world.violations.found, []);
  world.hear(late, 200, world.shown('admin', old));
  world.assertFound('I3', /was shown version 1/);
});

function endRound(world: CheckedWorld, round: number, playerId: string): void {
  world.apply({ type: 'commit_round', round, playerId });
}

function abandon(world: CheckedWorld): void {
  const { held } = world;
  const version = held.version + 1;
  const { state, record } = rules.abandonRound(held.state, { now: world.wall, version });
  assert.equal(state.recent.at(-1)?.[1], ABANDONED);
  world.memory = { ...held, version, state };
  if (record !== undefined) world.record(record.round, record.content);
}

function changeState(world: CheckedWorld, change: Partial<GameState>): void {
  world.memory = { ...world.held, state: { ...world.held.state, ...change } };
}

function snapshotOf(world: CheckedWorld) {
  const { stamp, results, held } = world;
  return { gameId: GAME, ...held, commit: held.commit + 1, stamp, results };
}
