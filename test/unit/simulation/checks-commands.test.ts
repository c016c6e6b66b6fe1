/** The judge of answers to commands judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Results } from '../../../src/session/results.ts';
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
    world.plant(tag);
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

test('"too late" for what was answered is found, unless that is forgotten', () => {
  for (const isForgotten of [false, true]) {
    const world = CheckedWorld.withGame();
    const operation = world.ask('act', 'a');
    world.act('a');
    world.fill(isForgotten ? 200 : 60);
    world.land();
    world.hear(operation, 200, { version: 2 });
    world.history.repeated(operation);
    world.hear(operation, 409, { code: 'too_late' });
    if (isForgotten) world.assertRight();
    else world.assertFound('I6', /heard 200, version 2 .* and then too_late .*, though it is not forgotten/);
  }
});

test('"too late" within the window of clients is found, whatever the game has forgotten', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.act('a');
  const later = Array.from({ length: 48 }, (_, index) => `id${index} 1 f 2 `).join(',');
  world.results = Results.restore({ othersEvictedAt: 0, principals: { p: { evictedAt: 5, results: later } } });
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'too_late' });
  world.assertFound('I6', /and then too_late/);
});

test('"too late" when results of before the command are still there is found', () => {
  const world = CheckedWorld.withGame();
  world.acted('b');
  const operation = world.ask('act', 'a');
  world.act('a');
  world.fill(200);
  world.results.record('p', { id: 'old', receivedAt: 1, fingerprint: 'f', version: 1, outcome: '' });
  world.land();
  world.hear(operation, 200, { version: 3 });
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'too_late' });
  world.assertFound('I6', /and then too_late/);
});

test('"too late" for what the game still remembers is found', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.act('a');
  world.fill(200);
  const id = createHash('sha256').update('key of a').digest('base64url').slice(0, 10);
  world.results.record('p', { id, receivedAt: 9, fingerprint: 'f', version: 2, outcome: '' });
  world.land();
  world.hear(operation, 200, { version: 2 });
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'too_late' });
  world.assertFound('I6', /and then too_late/);
});

test('"too late" for what was never answered is right if it was sent twice', () => {
  const world = CheckedWorld.withGame();
  const operation = world.ask('act', 'a');
  world.history.repeated(operation);
  world.hear(operation, 409, { code: 'too_late' });
  world.assertRight();
});

test('"too late" for what was just sent for the first time is found', () => {
  const world = CheckedWorld.withGame();
  world.hear(world.ask('act', 'a'), 409, { code: 'too_late' });
  world.assertFound('I6', /act a .* heard too_late from .*, though it had just been sent for the first time/);
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
    ['act', 'a', 409, { code: 'round_over' }],
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

test('a command in another game than the one it was for is found at the end', () => {
  const world = CheckedWorld.withGame();
  world.ask('act', 'a', { gameId: 'H' });
  world.act('a');
  world.land();
  world.history.finish();
  world.assertFound('I6', /version 2 is a, which nobody asked for/);
});
