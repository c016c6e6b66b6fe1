/** The judge of sockets judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedWorld, MOST_STALE_MS } from './checked-world.ts';

test('a socket that follows its game is right, also when it leaves versions out', () => {
  const world = CheckedWorld.withGame();
  world.history.expectWithin(MOST_STALE_MS);
  const socket = world.open('s1');
  world.show(socket, world.held);
  for (const tag of ['a', 'b', 'c']) {
    world.acted(tag);
    world.now += 3_000;
    if (tag !== 'a') world.show(socket, world.held);
  }
  world.assertRight();
  world.history.closed(socket, world.now);
  const again = world.open('s1');
  world.show(again, world.held);
  world.assertRight();
});

test('a version that is shown twice, or after a later one, is found', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.acted('a');
  for (const next of [old, world.held]) {
    const socket = world.open(`s${next.version}`);
    world.show(socket, world.held);
    world.show(socket, next);
  }
  const [first, second] = world.violations.found.map(({ what }) => what);
  assert.match(first ?? '', /socket s1 at m1#1 shows version 1 at .* ms, after version 2/);
  assert.match(second ?? '', /socket s2 at m1#1 shows version 2 at .* ms, after version 2/);
});

test('a socket that shows what is not committed is found', () => {
  const world = CheckedWorld.withGame();
  const socket = world.open('s1');
  world.act('a');
  world.show(socket, world.held);
  world.assertFound('I2', /socket s1 at m1#1 at .* ms shows version 2, but only 1 has landed/);
});

test('a socket that shows another state of that version is found', () => {
  const world = CheckedWorld.withGame();
  const { version, state } = world.held;
  world.show(world.open('s1'), { version, state: { ...state, digest: 5 } });
  world.assertFound('I2', /socket s1 .* shows version 1 as .*"digest":5/);
});

test('a socket that says that a game is gone which is there is found', () => {
  const world = CheckedWorld.withGame();
  world.show(world.open('s1'), { ...world.held, version: 0 }, true);
  world.assertFound('I3', /socket s1 .* that there is no such game, but there was when it was opened/);
});

test('a socket that says that the game it showed is gone is found', () => {
  const world = new CheckedWorld();
  const socket = world.open('s1');
  world.create({ tag: 'made', roundMs: null });
  world.ask('create', 'made');
  world.land();
  world.show(socket, world.held);
  world.show(socket, world.held, true);
  world.assertFound('I3', /no such game, but showed version 1/);
});

test('a socket may wait for its game', () => {
  const world = new CheckedWorld();
  const socket = world.open('s1');
  world.create({ tag: 'made', roundMs: null });
  const maker = world.ask('create', 'made');
  world.show(socket, { ...world.held, version: 0 }, true);
  world.land();
  world.hear(maker, 201, world.shown());
  world.show(socket, world.held);
  world.assertRight();
});

test('a socket that does not show the newest version once the world has settled is found', () => {
  const world = CheckedWorld.withGame();
  const socket = world.open('s1');
  world.show(socket, world.held);
  world.acted('a');
  world.now += MOST_STALE_MS - 10;
  world.history.settled(MOST_STALE_MS);
  assert.deepEqual(world.violations.found, []);
  world.now += 10;
  world.acted('b');
  world.history.settled(MOST_STALE_MS);
  world.assertFound('liveness', /socket s1 .* still shows version 1 at .* ms; version 2 landed at/);
});

test('a socket that never showed anything is found once the world has settled', () => {
  const world = CheckedWorld.withGame();
  world.open('s1');
  world.now += MOST_STALE_MS;
  world.history.settled(MOST_STALE_MS);
  world.assertFound('liveness', /still shows version 0/);
});

test('a socket that was behind for too long is found when it catches up, and when it closes', () => {
  for (const how of ['shows', 'closes', 'faults'] as const) {
    const world = CheckedWorld.withGame();
    world.history.expectWithin(MOST_STALE_MS);
    const socket = world.open('s1');
    world.show(socket, world.held);
    world.acted('a');
    world.now += MOST_STALE_MS;
    if (how === 'shows') world.show(socket, world.held);
    else if (how === 'closes') world.history.closed(socket, world.now);
    else world.history.expectWithin(null);
    world.assertFound('liveness', /still shows version 1 at .* ms; version 2 landed at/);
  }
});

test('nothing is expected of a socket while faults are on, nor of the time that they lasted', () => {
  const world = CheckedWorld.withGame();
  world.history.expectWithin(MOST_STALE_MS);
  const socket = world.open('s1');
  world.show(socket, world.held);
  world.now += 1_000;
  world.history.expectWithin(null);
  world.acted('a');
  world.now += 60_000;
  world.history.expectWithin(MOST_STALE_MS);
  world.now += MOST_STALE_MS - 10;
  world.show(socket, world.held);
  world.assertRight();
});

test('a socket has as much time after it was opened', () => {
  const world = CheckedWorld.withGame();
  world.history.expectWithin(MOST_STALE_MS);
  world.now += 60_000;
  const socket = world.open('s1');
  world.now += MOST_STALE_MS - 10;
  world.show(socket, world.held);
  world.assertRight();
});
