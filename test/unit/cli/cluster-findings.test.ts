/** What `status` and `doctor` make of one look at the cluster: each thing that is broken is named, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClusterAnswer, clusterFindings, type ReadyAnswer } from '../../../src/cli/cluster-findings.ts';
import { isTrouble } from '../../../src/cli/finding.ts';
import { storedInWords } from '../../../src/cli/version-findings.ts';
import { wellCluster, withMember } from './samples.ts';

const ready: ReadyAnswer = { ready: true };

function troubles(cluster: ClusterAnswer, readiness = ready) {
  return clusterFindings(cluster, readiness)
    .filter(isTrouble)
    .map(({ check, sentence }) => `${check}: ${sentence}`);
}

test('nothing is said of a cluster that is well', () => {
  assert.deepEqual(troubles(wellCluster), []);
  for (const finding of clusterFindings(wellCluster, ready)) assert.equal(finding.state, 'ok', finding.sentence);
});

const slotMap = wellCluster.slotMap as NonNullable<ClusterAnswer['slotMap']>;
const nats = wellCluster.nats as NonNullable<ClusterAnswer['nats']>;
const numbers = { stateVersion: 3, protocol: 1, module: 1 };
const [m1] = wellCluster.members;
assert.ok(m1);

const brokenOnes: Readonly<Record<string, readonly [ClusterAnswer, RegExp, ReadyAnswer?]>> = {
  'slots without an owner': [
    { ...wellCluster, unowned: 1, slotMap: { ...slotMap, owners: ['m1', null, 'm2', 'm2'] } },
    /^owners: 1 of 4 slots have no owner \(1\)/,
  ],
  'slots where the ring does not want them': [
    { ...wellCluster, slotMap: { ...slotMap, owners: ['m1', 'm2', 'm2', 'm2'] } },
    /^ring: 1 slot not yet where the ring wants it \(m2 → m1\)/,
  ],
  'a member that does not answer': [withMember('m2', { sessions: null }), /^members: m2 did not answer/],
  'a record that keeps a round from ending': [
    withMember('m2', { stuck: [{ kind: 'archive', count: 1, oldest: [{ what: '7.G.3', forMs: 61_000 }] }] }),
    /^progress: no progress: m2: 1 record that does not get into the archive, for which its game waits, first 7\.G\.3, for 61 s/,
  ],
  'a member that leaves': [withMember('m2', { status: 'leaving' }), /^members: m2 is leaving/],
  'nobody else': [{ ...wellCluster, members: [m1] }, /^members: m1 is alone/],
  'two of one id': [
    { ...wellCluster, members: [...wellCluster.members, { ...m1, incarnation: 'i9' }] },
    /^members: two processes run as m1/,
  ],
  'two versions': [
    withMember('m2', { version: '0.4.0' }),
    /^versions: members are of 2 versions \(0\.3\.0: m1; 0\.4\.0: m2\)/,
  ],
  'older members shut out, and the newer form not written': [
    { ...wellCluster, versions: { minimum: { ...numbers, stateVersion: 4 }, written: numbers } },
    /^stored form: state version 3, and who does not speak state version 4 is shut out: finalize is under way, or was/,
  ],
  'two builds of the rules': [
    withMember('m2', { module: { name: 'minotaur', version: 1, hash: 'other' } }),
    /^rules: members play by 2 kinds of rules .*minotaur 1 other: m2/,
  ],
  'NATS that acknowledges nothing': [
    { ...wellCluster, nats: { ...nats, renewedMsAgo: 9_000 } },
    /^renewals: NATS acknowledged the last renewal of m1 9 s ago/,
  ],
  'a bucket that is gone': [
    { ...wellCluster, nats: { ...nats, buckets: { ...nats.buckets, archive: false } } },
    /^buckets: m1 cannot use the bucket archive/,
  ],
  'a member that is not ready': [
    wellCluster,
    /^ready: m1 is not ready: draining/,
    { ready: false, reasons: ['draining'] },
  ],
  'all members in the same state': [
    wellCluster,
    /^ready: m1 stays ready only because all/,
    { ready: true, reasons: ['NATS acknowledges no renewals'] },
  ],
};

for (const [what, [cluster, words, readiness = ready]] of Object.entries(brokenOnes)) {
  test(`${what}: that is said, and nothing else`, () => {
    const said = troubles(cluster, readiness);
    assert.equal(said.length, 1, said.join('\n'));
    assert.match(said[0] ?? '', words);
  });
}

test('an update that can be finalized, or rolled back, is said and is no trouble; so is who is behind', () => {
  const said = (...speaking: readonly number[]) => {
    const members = wellCluster.members.map((member, index) => ({
      ...member,
      speaks: { stateVersion: speaking[index] ?? 0, protocol: 1 },
    }));
    const cluster = { ...wellCluster, members };
    assert.deepEqual(troubles(cluster), []);
    return storedInWords(cluster);
  };
  assert.equal(said(3, 3), null);
  assert.equal(
    said(4, 4),
    'state version 3; all speak state version 4: ready for minotaur finalize, and until then for a rollback',
  );
  assert.equal(said(4, 3), 'state version 3; state version 4 is not spoken by m2 yet');
});

test('who does not hear from itself calls nobody else silent', () => {
  const all = { ...withMember('m1', { sessions: null }) };
  const first = { ...all, members: all.members.map((member) => ({ ...member, sessions: null })) };
  assert.deepEqual(troubles(first), [
    'members: m1 asks members through NATS, itself as well, and has no answer: NATS is away, or slow',
  ]);
});

test('buckets are not called usable while NATS answers nothing', () => {
  const cut = { ...wellCluster, nats: { ...nats, renewedMsAgo: 9_000 } };
  const found = clusterFindings(cut, ready).find(({ check }) => check === 'buckets');
  assert.equal(found?.state, 'unknown', found?.sentence);
});

test('who is asked through a NATS that is away is not called silent', () => {
  const cut = { ...withMember('m2', { sessions: null }), nats: { ...nats, renewedMsAgo: 9_000 } };
  assert.deepEqual(troubles(cut), ['renewals: NATS acknowledged the last renewal of m1 9 s ago']);
});

test('what an older member does not say is not known, and no trouble', () => {
  const { nats: _nats, slotMap: _slotMap, versions: _versions, ...older } = wellCluster;
  const states = new Map(clusterFindings(older, ready).map(({ check, state }) => [check, state]));
  assert.deepEqual(
    [states.get('ring'), states.get('renewals'), states.get('buckets'), states.get('stored form')],
    ['unknown', 'unknown', 'unknown', 'unknown'],
  );
  assert.deepEqual(troubles(older), []);
});
