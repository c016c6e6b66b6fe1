/**
 * The member on duty raises the version of the module that is written, as the watch shows it the record.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SHOWN_MS } from '../../../../src/cluster/module-version.ts';
import { CLUSTER_KEY, emptyView, type View } from '../../../../src/cluster/view.ts';
import type { ClusterRecord } from '../../../../src/member/membership/cluster-key.ts';
import { ModuleRaiser, type SeenRecord } from '../../../../src/member/membership/module-raiser.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { Lab } from '../lab.ts';
import { LittleCluster, SLOTS } from '../little-cluster.ts';

const LOOK_MS = 1_000;
const ROLLBACK_MS = 600_000;
const recordAt = (minimum: number, written: number): ClusterRecord => {
  const version = { stateVersion: 3, protocol: 1 };
  return {
    slots: 8,
    game: 'chess',
    minimum: { ...version, module: minimum },
    written: { ...version, module: written },
  };
};

let lab: Lab;
let seen: SeenRecord | null;
let present: Record<string, number | null>;
let onDuty: boolean;
let wrote: { readonly record: ClusterRecord; readonly expected: number }[];
let raiser: ModuleRaiser;

const view = (): View => {
  const members = Object.entries(present).map(([id, version]) => {
    const module = version === null ? null : { name: 'chess', version };
    const range = { min: 1, max: 1 };
    const more = { leaseMs: 50, version: '1', stateVersions: range, protocol: range, module };
    const record = { status: 'active' as const, startedAt: '', createdRevision: 1, addresses: ['a:1'], ...more };
    return [`${id}.i`, { id, incarnation: 'i', record, revision: 1, createdRevision: 1 }] as const;
  });
  return { ...emptyView(), members: new Map(members) };
};

beforeEach(() => {
  lab = new Lab();
  seen = { record: recordAt(1, 1), revision: 7 };
  present = { a: 2, b: 2 };
  onDuty = true;
  wrote = [];
  raiser = new ModuleRaiser({
    clock: lab.clock,
    log: silentLog,
    rollbackMs: ROLLBACK_MS,
    seen: () => seen,
    view,
    isOnDuty: () => onDuty,
    write: async (record, expected) => {
      wrote.push({ record, expected });
    },
    failed: (error) => assert.fail(String(error)),
  });
});

test('minimum first; written only when the watch has shown that, and nobody older', async () => {
  await lab.clock.advance(ROLLBACK_MS + 2 * LOOK_MS);
  assert.deepEqual(wrote[0], { record: recordAt(2, 1), expected: 7 });
  wrote = [];
  await lab.clock.advance(SHOWN_MS);
  assert.ok(
    wrote.every(({ expected }) => expected === 7),
    'as long as the watch shows the old one, it is that which is replaced',
  );
  seen = { record: recordAt(2, 1), revision: 9 };
  wrote = [];
  await lab.clock.advance(SHOWN_MS + 2 * LOOK_MS);
  assert.deepEqual(wrote[0], { record: recordAt(2, 2), expected: 9 });
});

test('whoever older shows up is let in again', async () => {
  seen = { record: recordAt(2, 1), revision: 9 };
  present = { a: 2, b: 2, c: 1 };
  await lab.clock.advance(LOOK_MS);
  assert.deepEqual(wrote, [{ record: recordAt(1, 1), expected: 9 }]);
});

test('the time counts anew when somebody else is the oldest, or who comes says nothing', async () => {
  await lab.clock.advance(ROLLBACK_MS - LOOK_MS);
  present = { a: 2, b: 2, c: null };
  await lab.clock.advance(2 * LOOK_MS);
  present = { a: 2, b: 2 };
  await lab.clock.advance(ROLLBACK_MS - LOOK_MS);
  assert.equal(wrote.length, 0);
  await lab.clock.advance(3 * LOOK_MS);
  assert.equal(wrote[0]?.record.minimum.module, 2);
});

test('nobody does it who is not on duty, or has not seen the record, or has ended', async () => {
  onDuty = false;
  await lab.clock.advance(ROLLBACK_MS + 2 * LOOK_MS);
  onDuty = true;
  seen = null;
  await lab.clock.advance(ROLLBACK_MS + 2 * LOOK_MS);
  seen = { record: recordAt(1, 1), revision: 7 };
  raiser.stop();
  await lab.clock.advance(ROLLBACK_MS + 2 * LOOK_MS);
  assert.deepEqual(wrote, []);
});

test('a member goes by the time in its settings', async (t) => {
  const module = { name: 'minotaur', version: 2 };
  const cluster = new LittleCluster({ rules: { ...minotaurRules, module } });
  t.after(() => cluster.end());
  const members = cluster.store.bucket('members');
  const record = { ...recordAt(1, 1), slots: SLOTS, game: module.name };
  const value = new TextEncoder().encode(JSON.stringify(record));
  await cluster.finish(members.write(CLUSTER_KEY, { value, expected: 0, timeoutMs: 1_000 }));
  const written = async () => {
    const entry = await cluster.finish(members.read(CLUSTER_KEY, 1_000));
    return JSON.parse(new TextDecoder().decode(entry?.value)).written.module;
  };
  await cluster.join('a', { gameRollbackMs: 4_000 });
  await cluster.clock.advance(3_000);
  assert.equal(await written(), 1);
  await cluster.clock.advance(4_000 + SHOWN_MS + 3 * LOOK_MS);
  assert.equal(await written(), 2);
});
