/** The judge of what reads and creations show judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckedWorld } from './checked-world.ts';

const unknown = { code: 'session_unavailable', outcome: 'unknown' };
const notApplied = { code: 'session_unavailable', outcome: 'notApplied' };

test('an eventual read may show any state that was committed', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.acted('a');
  world.hear(world.ask('eventual'), 200, { ...world.shown('admin', old), stale: true });
  world.assertRight();
});

test('what nobody knows may land, and reads may be unavailable', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('act', 'a', { key: null }), 503, unknown);
  world.act('a');
  world.land();
  world.hear(world.ask('strong'), 503, notApplied);
  world.hear(world.ask('eventual'), 503, unknown);
  world.assertRight();
});

test('a strong read that misses an acknowledged command is found', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.acted('a');
  world.hear(world.ask('strong'), 200, world.shown('admin', old));
  world.assertFound('I3', /shown version 1 by m1#1 .*, but c1 had heard from m1#1 at .* of version 2 before/);
});

test('a strong read that misses what another read had shown is found', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.ask('act', 'a');
  world.act('a');
  world.land();
  world.hear(world.ask('strong', null, { viewer: 'public' }), 200, world.shown('public'));
  world.hear(world.ask('resume'), 200, world.shown('admin', old));
  world.assertFound('I3', /resume .* was shown version 1/);
});

test('a strong read that misses what a socket had shown is found', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  const socket = world.open('s1');
  world.ask('act', 'a');
  world.act('a');
  world.land();
  world.show(socket, world.held);
  world.hear(world.ask('strong'), 200, world.shown('admin', old));
  world.assertFound('I3', /version 1 .*, but socket s1 at m1#1 had shown at .* version 2 before/);
});

test('a strong read may miss what was acknowledged after it began, or shown to an eventual read', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  const early = world.ask('strong');
  world.acted('a');
  world.hear(early, 200, world.shown('admin', old));
  const middle = world.held;
  world.ask('act', 'b');
  world.act('b');
  world.land();
  world.hear(world.ask('eventual'), 200, world.shown());
  world.hear(world.ask('strong'), 200, world.shown('admin', middle));
  world.assertRight();
});

test('a read that shows what is not committed is found', () => {
  for (const kind of ['strong', 'eventual'] as const) {
    const world = CheckedWorld.withGame();
    const read = world.ask(kind);
    world.act('a');
    world.hear(read, 200, world.shown());
    world.assertFound('I2', /shows version 2, but only 1 has landed/);
  }
});

test('a read that shows a state from the middle of a write is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  const middle = world.held;
  world.act('b');
  world.land();
  world.hear(world.ask('strong'), 200, world.shown('admin', middle));
  world.assertFound('I2', /shows version 2, which no write ever left/);
});

test('a read that shows another state of that version is found', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  world.act('b');
  const other = world.held;
  world.memory = before;
  world.acted('a');
  world.hear(world.ask('eventual'), 200, world.shown('admin', other));
  world.assertFound('I2', /shows version 2 as .*it landed at .* ms as/);
});

test('a read in the wrong round is found', () => {
  const world = CheckedWorld.withGame();
  const { version, state } = world.held;
  world.hear(world.ask('strong'), 200, world.shown('admin', { version, state: { ...state, round: 2 } }));
  world.assertFound('I2', /shows version 1 as .*"round":2/);
});

test('a view that is not for the viewer is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('strong', null, { viewer: 'public' }), 200, { ...world.shown(), view: 'public' });
  world.assertFound('contract', /shows admin what is not for public/);
});

test('an answer that names another view than was asked for is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('strong'), 200, { ...world.shown(), view: 'public' });
  world.assertFound('contract', /heard 200 .*"view":"public"/);
});

test('201 to what does not create is found', () => {
  for (const kind of ['resume', 'strong'] as const) {
    const world = CheckedWorld.withGame();
    world.hear(world.ask(kind), 201, world.shown());
    world.assertFound('contract', /heard 201/);
  }
});

test('an answer that shows no game, or no version, is found', () => {
  for (const lack of [{ game: null }, { version: undefined }, { game: {} }]) {
    const world = CheckedWorld.withGame();
    world.hear(world.ask('strong'), 200, { ...world.shown(), ...lack });
    world.assertFound('contract', /shows no game at all/);
  }
});

test('a strong read that says it is stale is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('strong'), 200, { ...world.shown(), stale: true });
  world.assertFound('contract', /"stale":true/);
});

test('"not alive" after the game was made is found', () => {
  for (const kind of ['strong', 'resume', 'act'] as const) {
    const world = CheckedWorld.withGame();
    world.hear(world.ask(kind, kind === 'act' ? 'a' : null), 404, { code: 'game_not_alive' });
    world.assertFound('I3', /that there is no such game, but c1 had heard .* of version 1 before it was asked/);
  }
});

test('"not alive" is right while nobody has been told of the game, and says nothing about other copies', () => {
  const world = new CheckedWorld();
  const read = world.ask('strong');
  const operation = world.ask('act', 'a');
  const maker = world.ask('create', 'made');
  world.create({ tag: 'made', roundMs: null });
  world.land();
  world.hear(read, 404, { code: 'game_not_alive' });
  world.hear(operation, 404, { code: 'game_not_alive' });
  world.hear(maker, 201, world.shown());
  world.hear(world.ask('eventual'), 404, { code: 'game_not_alive' });
  world.history.repeated(operation);
  world.act('a');
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.assertRight();
});

test('commands out of the order of time are found', () => {
  const world = CheckedWorld.withGame();
  const first = world.ask('act', 'a');
  world.act('b', 'a');
  world.land();
  world.hear(first, 200, { version: 3 });
  world.hear(world.ask('act', 'b'), 200, { version: 2 });
  world.assertFound('I3', /act b .* became version 2, but c1 had heard .* of version 3 before it was asked/);
});

test('a command that took the place of what was shown before it was asked is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  world.land();
  world.hear(world.ask('strong'), 200, world.shown());
  world.hear(world.ask('act', 'a'), 200, { version: 2 });
  world.assertFound('I3', /act a .* became version 2, but c1 had heard .* of version 2 before it was asked/);
});

test('a second creation that is told to be the first is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('create', 'second'), 201, world.shown());
  world.assertFound('I6', /create second .* heard 201 .*, but the game was made by made/);
});

test('a repeated creation that is told not to be the first is found, unless that is forgotten', () => {
  for (const isForgotten of [false, true]) {
    const world = new CheckedWorld();
    const maker = world.ask('create', 'made');
    world.create({ tag: 'made', roundMs: null });
    world.fill(isForgotten ? 200 : 60);
    world.land();
    world.history.repeated(maker);
    world.hear(maker, 200, world.shown());
    if (isForgotten) world.assertRight();
    else world.assertFound('I6', /create made .* heard 200 .*, though it made the game/);
  }
});

test('a creation that is told of before it has landed is found', () => {
  const world = new CheckedWorld();
  const maker = world.ask('create', 'made');
  world.create({ tag: 'made', roundMs: null });
  world.hear(maker, 201, world.shown());
  assert.deepEqual(
    world.violations.found.map(({ promise }) => promise),
    ['I2', 'I6'],
  );
});

test('a creation that is gone is found at the end', () => {
  const world = CheckedWorld.withGame();
  world.ask('create', 'other');
  world.create({ tag: 'other', roundMs: null });
  world.land({ commit: 2 });
  world.history.finish();
  assert.match(world.violations.found.at(-1)?.what ?? '', /create made .* was acknowledged by m1#1 .* and is gone/);
});
