/** Which members play different code under one version of the game. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixedVersions } from '../../../src/cluster/module-builds.ts';
import { decodeMemberRecord, emptyView, encodeMemberRecord, type PlayedModule } from '../../../src/cluster/view.ts';

const record = {
  status: 'active' as const,
  startedAt: '2026-01-01T00:00:00Z',
  createdRevision: 1,
  addresses: ['a:1'],
  leaseMs: 50,
  version: '1',
  stateVersions: { min: 1, max: 1 },
  protocol: { min: 1, max: 1 },
};

const mixedIn = (modules: Readonly<Record<string, PlayedModule | null>>) => {
  const members = Object.entries(modules).map(([id, module]) => {
    const member = { id, incarnation: 'i', record: { ...record, module }, revision: 1, createdRevision: 1 };
    return [`${id}.i`, member] as const;
  });
  return mixedVersions({ ...emptyView(), members: new Map(members) });
};
const of = (version: number, hash?: string): PlayedModule => ({ name: 'chess', version, hash });

test('another hash under one version is a difference; another version, or none said, is not', () => {
  assert.deepEqual(mixedIn({}), []);
  assert.deepEqual(mixedIn({ a: of(1, 'x'), b: of(1, 'x'), c: of(2, 'y'), d: of(1), e: null }), []);
  assert.deepEqual(mixedIn({ c: of(2, 'y'), b: of(1, 'y'), a: of(1, 'x'), d: of(1, 'x'), e: of(2, 'z') }), [
    { version: 1, builds: { x: ['a', 'd'], y: ['b'] } },
    { version: 2, builds: { y: ['c'], z: ['e'] } },
  ]);
});

test('a member says its hash; one that cannot be read is none, and harms nothing else', () => {
  const told = (module: object) =>
    decodeMemberRecord(new TextEncoder().encode(JSON.stringify({ ...record, module }))).module;
  const module = of(2, 'x');
  assert.deepEqual(decodeMemberRecord(encodeMemberRecord({ ...record, module })).module, module);
  assert.deepEqual(told({ name: 'chess', version: 2 }), { name: 'chess', version: 2 });
  for (const hash of [7, 'x'.repeat(65), null]) {
    assert.partialDeepStrictEqual(told({ name: 'chess', version: 2, hash }), { name: 'chess', version: 2 });
    assert.equal(told({ name: 'chess', version: 2, hash })?.hash, undefined);
  }
});
