/**
 * The next version that test/compose rolls out keeps up with the code: its edits fit, its types hold, and it is what it says: state version 4,
 * with migrations both ways.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { RuleOutcome } from '../../../src/session/rules.ts';
import { decodeState, encodeState, SnapshotError } from '../../../src/session/snapshot.ts';
import { firstSeason, writeNextVersion } from '../../compose/support/next-version.ts';
import { minotaurRules, plainHost } from '../../support/minotaur-rules.ts';
import { writing } from '../../support/written.ts';

type Rules = typeof minotaurRules;
type State = ReturnType<Rules['parse']>;
type NextState = State & { readonly season: number };

const root = join(import.meta.dirname, '../../..');
const context = { now: 1_000, version: 1 };
const origin = { nonce: 'some-nonce', host: null };
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Empty when no test of this file is chosen: then only the hook that ends it runs. */
let folder = '';
let next: Rules;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minotaur-next-version-'));
  await writeNextVersion(folder);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { rulesWith } = await import(pathToFileURL(join(folder, 'src/game/rules.ts')).href);
  next = rulesWith({ abandonMs: 1, host: plainHost });
});

after(async () => {
  if (folder !== '') await rm(folder, { recursive: true });
});

function stateOf(outcome: RuleOutcome<State>): State {
  assert.equal(outcome.kind, 'applied');
  return outcome.kind === 'applied' ? outcome.state : assert.fail();
}

const newGame = (rules: Rules) => stateOf(rules.create('g', {}, origin, context));

test('its types hold', async () => {
  const config = { extends: join(root, 'tsconfig.json'), files: ['src/game/rules.ts'], include: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--noEmit'], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  assert.equal(stdout, '');
});

test('new games are of state version 4 and have the field, rules use it, the admin sees it, and nobody else', () => {
  const state = newGame(next) as NextState;
  assert.equal(state.season, firstSeason);
  const later = stateOf(next.apply(state, { type: 'end_round', round: 1 }, { now: 2_000, version: 2 })) as NextState;
  assert.equal(later.season, firstSeason + 1);
  const view = next.view(later, 'admin') as { stateVersion: number; season: number };
  assert.deepEqual([view.stateVersion, view.season], [4, firstSeason + 1]);
  assert.equal(Object.hasOwn(next.view(later, 'public') as object, 'season'), false);
});

test('a state of this version is lifted, and lowered again to what it was', () => {
  const state = newGame(minotaurRules);
  const stored = encodeState(minotaurRules, state, writing(3));
  const lifted = decodeState(next, stored, 3);
  assert.deepEqual(lifted, { ...json(state), season: firstSeason });
  const lowered = encodeState(next, lifted, writing(3));
  assert.deepEqual(json(decodeState(minotaurRules, lowered, 3)), json(state));
});

test('this version refuses state version 4; the next one refuses a state without the field', () => {
  const stored = encodeState(next, newGame(next), writing(4));
  assert.throws(() => decodeState(minotaurRules, stored, 4), SnapshotError);
  const { season: _, ...without } = json(newGame(next));
  assert.throws(() => decodeState(next, JSON.stringify(without), 4), /season/);
});
