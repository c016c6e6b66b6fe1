/** A difference of code under one version of the game is told once, after ten minutes. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { emptyView, type View } from '../../../../src/cluster/view.ts';
import { watchBuilds } from '../../../../src/member/membership/build-watch.ts';
import type { Timer } from '../../../../src/ports/clock.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { Lab } from '../lab.ts';
import { LittleCluster } from '../little-cluster.ts';

const DEPLOY_MS = 600_000;
const LOOK_MS = 5_000;

let lab: Lab;
let hashes: Record<string, string>;
let onDuty: boolean;
let lines: { readonly level: string; readonly fields: object }[];
let watch: Timer;

const view = (): View => {
  const members = Object.entries(hashes).map(([id, hash]) => {
    const range = { min: 1, max: 1 };
    const more = { leaseMs: 50, version: '1', stateVersions: range, protocol: range };
    const module = { name: 'chess', version: 3, hash };
    const record = {
      status: 'active' as const,
      startedAt: '',
      createdRevision: 1,
      addresses: ['a:1'],
      ...more,
      module,
    };
    return [`${id}.i`, { id, incarnation: 'i', record, revision: 1, createdRevision: 1 }] as const;
  });
  return { ...emptyView(), members: new Map(members) };
};

beforeEach(() => {
  lab = new Lab();
  hashes = { a: 'x', b: 'y', c: 'x' };
  onDuty = true;
  lines = [];
  const line = (level: string) => (fields: object) => lines.push({ level, fields });
  const log = { info: line('info'), warn: line('warn'), error: line('error') };
  watch = watchBuilds({ clock: lab.clock, log, game: 'chess', view, isOnDuty: () => onDuty });
});

test('a deploy is not worth a word; a difference that stays is told once, and that it is over', async () => {
  await lab.clock.advance(DEPLOY_MS);
  assert.deepEqual(lines, []);
  await lab.clock.advance(2 * LOOK_MS);
  const mixed = [{ version: 3, builds: { x: ['a', 'c'], y: ['b'] } }];
  assert.deepEqual(lines, [{ level: 'warn', fields: { game: 'chess', mixed } }]);
  hashes = { a: 'x', d: 'y' };
  await lab.clock.advance(2 * DEPLOY_MS);
  assert.equal(lines.length, 1, 'the same difference, by whomever');
  hashes = { a: 'y', d: 'y' };
  await lab.clock.advance(2 * DEPLOY_MS);
  assert.deepEqual(lines.slice(1), [{ level: 'info', fields: { game: 'chess' } }]);
});

test('its time counts anew when it comes back, or is another one', async () => {
  await lab.clock.advance(DEPLOY_MS - 2 * LOOK_MS);
  hashes = { a: 'y' };
  await lab.clock.advance(2 * LOOK_MS);
  hashes = { a: 'y', b: 'x' };
  await lab.clock.advance(DEPLOY_MS - 2 * LOOK_MS);
  hashes = { a: 'y', b: 'z' };
  await lab.clock.advance(DEPLOY_MS);
  assert.deepEqual(lines, []);
  await lab.clock.advance(2 * LOOK_MS);
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['warn'],
  );
});

test('one member tells it: who takes the duty over says nothing again', async () => {
  onDuty = false;
  await lab.clock.advance(DEPLOY_MS + 2 * LOOK_MS);
  onDuty = true;
  await lab.clock.advance(2 * DEPLOY_MS);
  assert.deepEqual(lines, []);
});

test('nothing is told once it has ended', async () => {
  watch.cancel();
  await lab.clock.advance(2 * DEPLOY_MS);
  assert.deepEqual(lines, []);
});

test('members look at what the others play, the first of the ring tells it, and none that has gone', async (t) => {
  const cluster = new LittleCluster();
  after(() => cluster.end());
  const told: { readonly by: string; readonly mixed: unknown }[] = [];
  const withHash = (id: string, hash: string) => {
    const warn = (fields: object) => 'mixed' in fields && told.push({ by: id, mixed: fields.mixed });
    const log = { info: () => undefined, warn, error: () => undefined };
    return { rules: { ...minotaurRules, module: { ...minotaurRules.module, hash } }, log };
  };
  const { version } = minotaurRules.module;
  // Twenty minutes pass: not at every tenth of a second.
  const slow = { heartbeatMs: 1_000, goneMs: 5_000, suspectMs: 30_000 };
  for (const [id, hash] of [
    ['a', 'x'],
    ['b', 'y'],
    ['c', 'y'],
  ] as const) {
    await cluster.join(id, slow, withHash(id, hash));
  }
  await cluster.clock.advance(DEPLOY_MS + 3 * LOOK_MS);
  assert.deepEqual(told, [{ by: told[0]?.by, mixed: [{ version, builds: { x: ['a'], y: ['b', 'c'] } }] }]);
  // Another one is told of the next difference: the one who told this has left.
  const [teller, other] = [told[0]?.by, 'd'];
  const leaver = cluster.all.find(({ id }) => id === teller);
  assert.ok(leaver);
  await cluster.finish(leaver.member.stop());
  await cluster.join(other, slow, withHash(other, 'z'));
  await cluster.clock.advance(DEPLOY_MS + 3 * LOOK_MS);
  assert.equal(told.length, 2);
  assert.notEqual(told[1]?.by, teller);
  t.diagnostic(`${told.map(({ by }) => by)}`);
});
