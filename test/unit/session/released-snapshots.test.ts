/**
 * Every snapshot and record that a released version stored is read by this one, shows what it showed, and goes on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '../../../src/session/snapshot.ts';
import { presentVersion, readReleased, releasedVersions } from '../../fixtures/released.ts';
import { resume, type Sample, samples, submit, viewsOf, viewsOfRecord } from '../../fixtures/samples.ts';
import { minotaurRules } from '../../support/minotaur-rules.ts';
import { writing } from '../../support/written.ts';

const present = await presentVersion();
const writeAnew = 'node_modules/node/bin/node test/fixtures/write.ts';

test('what this version stores is kept in test/fixtures', async () => {
  const versions = await releasedVersions();
  assert.ok(versions.includes(present), `nothing is kept of version ${present}: run ${writeAnew}`);
  const kept = await readReleased(present);
  const made = samples();
  assert.deepEqual([...kept.keys()], [...made.keys()]);
  for (const [name, { stored }] of made) {
    const advice =
      `${name} is stored in another form than in test/fixtures/${present}. If that version is released, the state needs a new ` +
      `version with migrations both ways, and the package a new version; if it is not, run ${writeAnew}`;
    assert.equal(stored, kept.get(name)?.stored, advice);
  }
});

for (const version of await releasedVersions()) {
  for (const [name, sample] of await readReleased(version)) {
    if (sample.kind === 'record') test(`${version}: ${name} shows what it showed`, () => showsAsRecord(sample));
    else test(`${version}: ${name} is read, shows what it showed, and goes on`, () => goesOn(sample));
  }
}

/** Fields may have been added since. */
function showsAsRecord({ stored, views }: Sample): void {
  assert.partialDeepStrictEqual(viewsOfRecord(stored), views);
}

function goesOn({ stored, commands, views }: Sample): void {
  const game = resume(stored);
  assert.partialDeepStrictEqual(viewsOf(game), atOurVersion(views));
  const { stateVersion, version, state } = JSON.parse(stored) as {
    readonly stateVersion: number;
    readonly version: number;
    readonly state: { readonly round: number };
  };
  // A member of that version reads what we write for it.
  const value = encode(minotaurRules, decode(minotaurRules, Buffer.from(stored)), writing(stateVersion));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(value)), JSON.parse(stored));

  for (const command of commands) submit(game, command);
  assert.ok(game.idle, 'a command that is repeated changes nothing');
  assert.ok(commands.length > 0);

  if (game.committed?.isOver) return;
  // A lobby takes the one, a running game the other.
  submit(game, { type: 'join', playerId: 'late', displayName: 'Barbara' });
  submit(game, { type: 'end_round', round: state.round });
  const cut = game.cut(writing(stateVersion));
  assert.ok(cut, 'a new command is taken');
  assert.equal(resume(new TextDecoder().decode(cut.value)).committed?.version, version + 1);
}

/** The one thing in a view that says which version it is of. */
function atOurVersion(views: Sample['views']): unknown {
  const { stateVersion } = minotaurRules;
  return JSON.parse(JSON.stringify(views), (key, value) => (key === 'stateVersion' ? stateVersion : value));
}
