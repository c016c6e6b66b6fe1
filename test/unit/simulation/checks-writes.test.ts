/** The judge of what lands in the store judged: each kind of damage is planted, and it must name it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, ownVersions } from '../../../src/session/snapshot.ts';
import { oldRules, RECENT, rules } from '../../simulation/world/game.ts';
import { writing } from '../../support/written.ts';
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
  for (let index = 0; index < 2 * RECENT; index += 1) world.acted(`a${index}`);
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
  world.put('sessions', `3.${GAME}`, encode(oldRules, { ...snapshot, state: { ...rest, chain: digest } }, writing(1)));
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
  world.put('sessions', `4.${GAME}`, encode(rules, snapshotOf(world), ownVersions(rules)));
  assert.match(world.violations.found[0]?.what ?? '', /stored at 3\.G and now at 4\.G/);
});

test('a game under the key of another one is found', () => {
  const world = new CheckedWorld();
  world.create({ tag: 'made', roundMs: null });
  const snapshot = { ...snapshotOf(world), commit: 1, gameId: 'H' };
  world.put('sessions', `3.${GAME}`, encode(rules, snapshot, ownVersions(rules)));
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
  for (let index = 0; index <= RECENT; index += 1) world.acted(`a${index}`);
  world.ask('act', 'b');
  world.act('b');
  const { state } = world.held;
  world.land({ state: { ...state, digest: state.digest ^ 1 } });
  world.assertFound('I2', /its digest is not that of the commands before/);
});

test('more commands in one write than its state tells of are found', () => {
  const world = CheckedWorld.withGame();
  world.act(...Array.from({ length: RECENT + 1 }, (_, index) => `a${index}`));
  world.land();
  world.assertFound('I2', /over version 1 .*: \d+ commands, more than it tells of/);
});

test('a first write without its first commands is found', () => {
  const world = new CheckedWorld();
  world.create({ tag: 'made', roundMs: null });
  world.act('a');
  const { state } = world.held;
  world.land({ state: { ...state, recent: state.recent.slice(state.recent.indexOf(',') + 1) } });
  world.assertFound('I2', /wrote version 2 as the first one; of its commands only these are known: 2 a/);
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

function snapshotOf(world: CheckedWorld) {
  const { stamp, results, held } = world;
  return { gameId: GAME, ...held, commit: held.commit + 1, stamp, results };
}
