/** A stored world is parsed unless this very code kept it; builds that know no hashes read what is stored, and the other way round. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { gameOf } from '../../../src/game/module-check.ts';
import { rulesWith } from '../../../src/game/rules.ts';
import type { GameState } from '../../../src/game/state.ts';
import { flatFields } from '../../../src/games/minotaur/before-modules.ts';
import { decodeState, encodeState, ownVersions } from '../../../src/session/snapshot.ts';
import { plainHost } from '../../support/minotaur-rules.ts';
import { Played, whispers } from './worlds.ts';

let parses: number;
const counted = whispers.world.refine(() => {
  parses += 1;
  return true;
});

/** Members whose game is of that code. */
const rulesOf = (hash: string | null, over: object = {}) =>
  rulesWith({
    abandonMs: 1,
    host: { ...plainHost, game: { ...gameOf({ ...whispers, world: counted, ...over }, flatFields), hash } },
  });
type OwnRules = ReturnType<typeof rulesOf>;

const state = new Played().begun('bob').state;
const textOf = (rules: OwnRules, of: GameState) => encodeState(rules, of, ownVersions(rules));
/** The game as members of that code keep it. */
const keptBy = (rules: OwnRules) => decodeState(rules, textOf(rulesOf(null), state), rules.stateVersion);
const storedBy = (hash: string | null) => textOf(rulesOf(hash), keptBy(rulesOf(hash)));
const moduleIn = (text: string): unknown => JSON.parse(text).play.module;

beforeEach(() => {
  parses = 0;
});

/** How often the schema reads the world when these members load the text. */
function parsesOf(rules: OwnRules, text: string): number {
  parses = 0;
  const read = decodeState(rules, text, rules.stateVersion);
  const { hash } = rules.module;
  const { module, world } = read.play ?? assert.fail('there is no world');
  assert.deepEqual(module, { name: 'whispers', version: rules.module.version, ...(hash && { hash }) });
  assert.deepEqual(world, state.play?.world);
  assert.ok(Object.isFrozen(world) && Object.values(world).every((part) => Object.isFrozen(part)));
  return parses;
}

test('the hash is stored with the world, in a few bytes; the same code does not read the world again', () => {
  const text = storedBy('0123456789abcdef');
  assert.deepEqual(moduleIn(text), { name: 'whispers', version: 1, hash: '0123456789abcdef' });
  assert.equal(text.length - storedBy(null).length, ',"hash":"0123456789abcdef"'.length);
  assert.equal(parsesOf(rulesOf('0123456789abcdef'), text), 0);
});

test('another hash, another version, or none said: it is read by the schema', () => {
  assert.equal(parsesOf(rulesOf('b'), storedBy('a')), 1);
  assert.equal(parsesOf(rulesOf('a'), storedBy(null)), 1);
  assert.equal(parsesOf(rulesOf(null), storedBy(null)), 1);
  assert.equal(parsesOf(rulesOf('a', { version: 2 }), storedBy('a')), 1);
});

test('a build that knows no hashes reads the world, and leaves no hash that is not true any more', () => {
  const older = rulesOf(null);
  const text = storedBy('a');
  assert.equal(parsesOf(older, text), 1);
  const back = textOf(older, decodeState(older, text, older.stateVersion));
  assert.deepEqual(moduleIn(back), { name: 'whispers', version: 1 });
  assert.equal(parsesOf(rulesOf('a'), back), 1);
});

test('a world that is lowered has no hash: no code of that version has read it', () => {
  const migrations = { 2: { up: (world: object) => world, down: (world: object) => world } };
  const newer = rulesOf('a', { version: 2, migrations });
  const kept = decodeState(newer, storedBy('a'), newer.stateVersion);
  const text = encodeState(newer, kept, { ...ownVersions(newer), module: 1 });
  assert.deepEqual(moduleIn(text), { name: 'whispers', version: 1 });
  assert.equal(parsesOf(rulesOf('a'), text), 1);
});

test('players are told the name and the version, so that a deploy is no news to them', () => {
  const rules = rulesOf('a');
  for (const viewer of ['admin', 'player:ann', 'public'] as const) {
    assert.deepEqual(rules.view(keptBy(rules), viewer), rulesOf('b').view(keptBy(rulesOf('b')), viewer));
    assert.partialDeepStrictEqual(rules.view(keptBy(rules), viewer), { module: { name: 'whispers', version: 1 } });
    assert.equal(JSON.stringify(rules.view(keptBy(rules), viewer)).includes('hash'), false);
  }
});
