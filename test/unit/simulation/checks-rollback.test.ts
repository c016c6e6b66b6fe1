/** When the store forgets: the checkers excuse what went with it, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedWorld, GAME, MOST_STALE_MS } from './checked-world.ts';

const notApplied = { code: 'session_unavailable', outcome: 'notApplied' };
test('what the store forgot is excused: answers of before, copies that are applied anew, states that are shown', () => {
  const world = CheckedWorld.withGame();
  world.acted('a');
  const before = world.held;
  world.now += 100;
  const known = world.acted('b');
  const inFlight = world.ask('act', 'c');
  const refused = world.ask('endRound', 'end', { round: 5 });
  world.hear(refused, 409, { code: 'round_over' });
  world.act('c');
  world.land();
  const lost = world.held;
  world.rollBack(50);
  world.hear(inFlight, 200, { version: 4 });
  world.hear(world.ask('eventual'), 200, world.shown('admin', lost));
  world.memory = before;
  world.hear(world.ask('strong'), 200, world.shown());
  world.history.repeated(known);
  world.act('end', 'b');
  world.land();
  world.hear(known, 200, { version: 4 });
  world.assertRight();
});

test('what the store forgot is excused for what was asked before, and commands may take their places anew', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  world.now += 100;
  const ended = world.ask('endRound', 'end', { round: 1 });
  world.endRound(1, 'end');
  world.land();
  world.hear(ended, 200, { version: 2 });
  const lost = world.held;
  const [refused, unavailable] = [world.ask('endRound', 'end3', { round: 1 }), world.ask('act', 'b')];
  world.rollBack(50);
  world.hear(refused, 409, { code: 'round_over' });
  world.hear(unavailable, 503, notApplied);
  world.memory = before;
  world.acted('a');
  world.hear(world.ask('eventual'), 200, world.shown('admin', lost));
  const again = world.ask('endRound', 'end2', { round: 1 });
  world.endRound(1, 'end2');
  world.land();
  world.hear(again, 200, { version: 3 });
  world.plant('end3');
  world.plant('b');
  world.assertRight();
});

test('a state that never was is found though the store forgot others of that version', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  world.now += 100;
  world.acted('a');
  const { version, state } = world.held;
  world.rollBack(50);
  world.memory = before;
  for (const change of [{ digest: 5 }, { round: 9 }]) {
    world.hear(world.ask('eventual'), 200, world.shown('admin', { version, state: { ...state, ...change } }));
  }
  world.hear(world.ask('eventual'), 200, world.shown('admin', { version: 1, state }));
  assert.equal(world.violations.found.length, 3);
});

test('what was acknowledged before and is still there after a roll back still counts', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.acted('a');
  world.now += 100;
  world.acted('b');
  world.rollBack(50);
  world.hear(world.ask('strong'), 200, world.shown('admin', old));
  world.assertFound('I3', /was shown version 1 .* version 2 before it was asked/);
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

test('what the store forgot is excused when it is shown late, and for as long as sockets may be behind', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  const [one, other] = [world.open('s1'), world.open('s2')];
  world.show(one, before);
  world.show(other, before);
  world.now += 100;
  world.acted('b');
  world.acted('c');
  const lost = world.held;
  world.show(one, lost);
  world.rollBack(50);
  world.show(other, lost);
  world.memory = before;
  world.acted('d');
  world.history.expectWithin(MOST_STALE_MS);
  world.now += MOST_STALE_MS - 100;
  world.history.settled(MOST_STALE_MS);
  world.show(one, world.held, false, true);
  world.acted('e');
  world.acted('f');
  world.show(one, world.held);
  world.show(other, world.held);
  world.assertRight();
});

test('a socket that stays with what the store forgot is found', () => {
  for (const how of ['open', 'opened again'] as const) {
    const world = CheckedWorld.withGame();
    const before = world.held;
    const socket = world.open('s1');
    world.now += 100;
    world.acted('b');
    world.acted('c');
    world.show(socket, world.held);
    world.rollBack(50);
    world.memory = before;
    world.acted('d');
    if (how === 'opened again') {
      world.history.closed(socket, world.now);
      world.open('s1', 3);
    }
    world.now += MOST_STALE_MS;
    world.history.settled(MOST_STALE_MS);
    world.assertFound('liveness', /still shows version 3 at .* ms; the store has had version 2 since it lost some/);
  }
});

test('a socket that starts over without a loss is found', () => {
  const world = CheckedWorld.withGame();
  const socket = world.open('s1');
  world.show(socket, world.held);
  world.show(socket, world.held, false, true);
  world.assertFound('I3', /starts over at .* ms, but nothing of the game was lost/);
});

test('a socket that did not show what the store forgot must follow', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  const socket = world.open('s1');
  world.show(socket, before);
  world.now += 100;
  world.acted('b');
  world.rollBack(50);
  world.memory = before;
  world.acted('d');
  world.now += MOST_STALE_MS;
  world.history.settled(MOST_STALE_MS);
  world.assertFound('liveness', /still shows version 1/);
});
