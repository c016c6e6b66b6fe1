/** The judge of answers judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { CheckedWorld } from './checked-world.ts';

const unknown = { code: 'session_unavailable', outcome: 'unknown' };
const notApplied = { code: 'session_unavailable', outcome: 'notApplied' };

test('correct answers have no violations', () => {
  const world = CheckedWorld.withGame();
  world.acted('a');
  world.acted('b', { key: null });
  world.hear(world.ask('strong'), 200, world.shown());
  world.hear(world.ask('strong', null, { viewer: 'public' }), 200, world.shown('public'));
  world.hear(world.ask('resume', null, { key: 'resumes' }), 200, world.shown());
  world.hear(world.ask('create', 'second'), 200, world.shown());
  world.hear(world.ask('act', 'refuse1'), 400, { code: 'bad_request' });
  world.hear(world.ask('act', 'throw1'), 500, { code: 'rule_failed' });
  world.hear(world.ask('endRound', 'wrong', { round: 7 }), 409, { code: 'round_over' });
  world.hear(world.ask('act', 'reused1'), 422, { code: 'key_reused' });
  world.hear(world.ask('act', 'never'), 503, unknown);
  world.hear(world.ask('act', 'never2'), 503, notApplied);
  world.history.gaveUp();
  world.assertRight();
});

test('a second answer to the same command is right if it is the same', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.hear(operation, 503, unknown);
  world.history.repeated(operation);
  world.act('a');
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.acted('b');
  world.history.repeated(operation);
  world.hear(operation, 200, { version: 2 });
  world.assertRight();
});

test('an eventual read may show any state that was committed', () => {
  const world = CheckedWorld.withGame();
  const old = world.held;
  world.acted('a');
  world.hear(world.ask('eventual'), 200, { ...world.shown('admin', old), stale: true });
  world.assertRight();
});

test('an acknowledgement before the commit is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.act('a');
  world.hear(operation, 200, { version: 2 });
  world.assertFound(
    'I2',
    /act a \(operation 2 of c1, .*from m1#1 at .* version 2; nothing that has landed \(up to .* 1\)/,
  );
});

test('an acknowledgement with the version of another command is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.act('a', 'b');
  world.land();
  world.hear(operation, 200, { version: 3 });
  world.assertFound('I6', /that it is version 3, but it is 2/);
});

test('two different answers to one command are found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('endRound', 'end', { round: 1 });
  world.endRound(1, 'end');
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'round_over' });
  world.assertFound('I6', /heard 200, version 2 from m1#1 .*, and 409 round_over from/);
});

test('a refusal after which the command lands is found', () => {
  const world = CheckedWorld.withGame();
  world.act('a');
  world.land();
  const operation = world.ask('endRound', 'end', { round: 3 });
  world.hear(operation, 409, { code: 'round_over' });
  world.act('end');
  world.land();
  world.assertFound('I6', /end was applied at version 3, though m1#1 at .* refused it as round_over/);
});

test('a refusal of a command that has landed is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('endRound', 'end', { round: 1 });
  world.endRound(1, 'end');
  world.land();
  world.hear(operation, 409, { code: 'round_over' });
  world.assertFound('I6', /end stands at version 2, though m1#1 .* refused it as round_over/);
});

test('a refusal that rests on what is not committed is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('endRound', 'end', { round: 1 }), 409, { code: 'round_over' });
  world.assertFound('I2', /heard round_over .*, but round 1 still runs/);
});

test('a refusal binds the copies that come after it', () => {
  for (const [tag, status, code] of [
    ['refuse1', 400, 'bad_request'],
    ['reused1', 422, 'key_reused'],
  ] as const) {
    const world = CheckedWorld.withGame();
    const operation = world.ask('act', tag);
    if (tag === 'refuse1') world.hear(operation, status, { code });
    world.history.repeated(operation);
    plant(world, tag);
    world.assertFound('I6', new RegExp(`${tag} was applied at version 2, though`));
  }
});

test('a round that is ended is answered to every copy of the same command', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('endRound', 'end', { round: 1 });
  world.history.repeated(operation);
  world.endRound(1, 'end');
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.hear(operation, 200, { version: 2 });
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

test('"not applied" to a copy that came after the answer says nothing', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.hear(operation, 503, notApplied);
  world.history.repeated(operation);
  world.act('a');
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.hear(operation, 503, notApplied);
  world.assertRight();
});

test('what was not applied and lands all the same is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.hear(operation, 503, notApplied);
  world.act('a');
  world.land();
  world.assertFound('I6', /a was applied at version 2, though m1#1 .* said that it was not applied/);
});

test('"not applied" of what has landed is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a', { key: null });
  world.act('a');
  world.land();
  world.hear(operation, 503, notApplied);
  world.assertFound('I6', /a stands at version 2, though m1#1 .* said that it was not applied/);
});

test('"not applied" binds only when every copy was told so', () => {
  const world = CheckedWorld.withGame();
  const again = world.ask('act', 'a');
  world.hear(again, 503, notApplied);
  world.history.repeated(again);
  world.act('a');
  world.land();
  const late = world.ask('act', 'b');
  world.history.repeated(late);
  world.hear(late, 503, notApplied);
  world.act('b');
  world.land();
  world.assertRight();
  const both = world.ask('act', 'c');
  world.history.repeated(both);
  world.hear(both, 503, notApplied);
  world.hear(both, 503, notApplied);
  world.act('c');
  world.land();
  world.assertFound('I6', /c was applied at version 4, though/);
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
    fill(world, isForgotten ? 70 : 10);
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

test('"too late" for what was answered is found, unless that is forgotten', () => {
  for (const isForgotten of [false, true]) {
    const world = CheckedWorld.withGame();
    const operation = world.ask('act', 'a');
    world.act('a');
    fill(world, isForgotten ? 70 : 30);
    world.land();
    world.hear(operation, 200, { version: 2 });
    world.history.repeated(operation);
    world.hear(operation, 409, { code: 'too_late' });
    if (isForgotten) world.assertRight();
    else world.assertFound('I6', /heard 200, version 2 .* and then too_late .*, though it is not forgotten/);
  }
});

test('"too late" for what the game still remembers is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.act('a');
  fill(world, 70);
  const id = createHash('sha256').update('key of a').digest('base64url').slice(0, 10);
  world.results.record('p', { id, receivedAt: 9, fingerprint: 'f', version: 2, outcome: '' });
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'too_late' });
  world.assertFound('I6', /and then too_late/);
});

test('"too late" for what was never answered is right', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('act', 'a'), 409, { code: 'too_late' });
  world.assertRight();
});

test('a reused key that is accepted is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'reused1');
  world.act('reused1');
  world.land();
  world.hear(operation, 200, { version: 2 });
  assert.deepEqual(
    world.violations.found.map(({ promise }) => promise),
    ['I6', 'contract'],
  );
});

test('"key reused" for a key that was not is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('act', 'a'), 422, { code: 'key_reused' });
  world.assertFound('contract', /heard 422/);
});

test('two commands that both ended one round are found', () => {
  const world = CheckedWorld.withGame();
  const first = world.ask('endRound', 'end', { round: 1 });
  const second = world.ask('endRound', 'end2', { round: 1 });
  world.endRound(1, 'end');
  world.act('end2');
  world.land();
  world.hear(first, 200, { version: 2 });
  world.hear(second, 200, { version: 3 });
  world.assertFound('I7', /endRound end2 .* was told to have ended round 1, and so was endRound end /);
});

test('a failing rule is expected only where a command asks for it', () => {
  const world = CheckedWorld.withGame();
  world.ask('act', 'curse1');
  world.act('curse1');
  world.land();
  world.hear(world.ask('endRound', 'end', { round: 1 }), 500, { code: 'rule_failed' });
  world.assertRight();
  world.hear(world.ask('endRound', 'end2', { round: 2 }), 500, { code: 'rule_failed' });
  world.assertFound('contract', /endRound end2 .* heard 500/);
});

test('a game that has grown may refuse commands, and no other', () => {
  const world = CheckedWorld.withGame();
  world.acted('grow100-a');
  world.hear(world.ask('act', 'b'), 409, { code: 'game_too_large' });
  world.assertRight();
  const small = CheckedWorld.withGame();
  small.hear(small.ask('act', 'b'), 409, { code: 'game_too_large' });
  small.assertFound('contract', /heard 409/);
});

test('answers that no client can expect are found', () => {
  const answers: [Parameters<CheckedWorld['ask']>[0], string | null, number, unknown][] = [
    ['act', 'a', 500, { code: 'internal' }],
    ['act', 'a', 200, null],
    ['act', 'a', 201, { version: 2 }],
    ['act', 'a', 503, { code: 'session_unavailable' }],
    ['act', 'a', 409, { code: 'game_not_alive' }],
    ['act', 'a', 400, { code: 'bad_request' }],
    ['strong', null, 200, {}],
    ['strong', null, 409, { code: 'too_late' }],
    ['create', 'a', 404, { code: 'game_not_alive' }],
    ['resume', null, 201, {}],
  ];
  for (const [kind, tag, status, body] of answers) {
    const world = CheckedWorld.withGame();
    world.hear(world.ask(kind, tag), status, body);
    world.assertFound('contract', new RegExp(`${kind}.* heard ${status} .* from m1#1`));
  }
});

test('an acknowledged command that is gone is found at the end', () => {
  const world = CheckedWorld.withGame();
  const before = world.held;
  world.acted('a');
  world.memory = { ...before, commit: 2 };
  world.act('b');
  world.ask('act', 'b');
  world.land();
  world.history.finish();
  assert.deepEqual(
    world.violations.found.map(({ promise }) => promise),
    ['I2', 'I2'],
  );
  assert.match(world.violations.found[1]?.what ?? '', /act a .* was acknowledged by m1#1 at .* and is gone/);
});

test('a creation that is gone is found at the end', () => {
  const world = CheckedWorld.withGame();
  world.ask('create', 'other');
  world.create({ tag: 'other', roundMs: null });
  world.land({ commit: 2 });
  world.history.finish();
  assert.match(world.violations.found.at(-1)?.what ?? '', /create made .* was acknowledged by m1#1 .* and is gone/);
});

test('a command in another game than the one it was for is found at the end', () => {
  const world = CheckedWorld.withGame();
  world.ask('act', 'a', { gameId: 'H' });
  world.act('a');
  world.land();
  world.history.finish();
  world.assertFound('I6', /version 2 is a, which nobody asked for/);
});

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
  plant(world, 'end3');
  plant(world, 'b');
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

/** Lands a command whatever its tag says. */
function plant(world: CheckedWorld, tag: string): void {
  world.apply({ type: 'commit_round', round: world.held.state.round, playerId: tag });
  world.land();
}

/** Results of later commands of the same principal. */
function fill(world: CheckedWorld, count: number): void {
  for (let index = 0; index < count; index += 1) {
    world.results.record('p', { id: `id${index}`, receivedAt: index, fingerprint: 'f', version: 2, outcome: '' });
  }
}
