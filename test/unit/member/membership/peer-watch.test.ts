/**
 * Expelling peers: whatever becomes of the deletion of a key, it is tried again for as long as there is reason to.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Member } from '../../../../src/cluster/view.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { PeerWatch } from '../../../../src/member/membership/peer-watch.ts';
import type { Messaging } from '../../../../src/ports/messaging.ts';
import type { Bucket, WriteOutcome } from '../../../../src/ports/store.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { until } from '../../../support/manual-time.ts';
import { silentLog } from '../../../support/silent-log.ts';

const range = { min: 1, max: 1 };
const record = { status: 'active', startedAt: '', createdRevision: 1, addresses: ['m2:1'], leaseMs: 50 } as const;
const peer: Member = {
  id: 'm2',
  incarnation: 'i2',
  record: { ...record, version: '1', stateVersions: range, protocol: range },
  revision: 7,
  createdRevision: 1,
};

/** A watch of one peer that was heard once and is silent since; the deletions of its key end as told. */
async function silentPeer(outcomes: ((clock: ManualClock) => Promise<WriteOutcome>)[]) {
  const clock = new ManualClock();
  const incidents = new Incidents(silentLog);
  let removals = 0;
  const learnt: number[] = [];
  const members: Pick<Bucket, 'remove' | 'read'> = {
    remove: () => {
      removals += 1;
      return outcomes.shift()?.(clock) ?? Promise.resolve({ kind: 'landed', revision: 8 });
    },
    read: async () => null,
  };
  const messaging: Pick<Messaging, 'call' | 'probe'> = {
    call: async () => ({ kind: 'timeout' }),
    probe: async () => ({ kind: 'silent' }),
  };
  const watch = new PeerWatch({
    clock,
    messaging: messaging as Messaging,
    members: members as Bucket,
    settings: { heartbeatMs: 100, goneMs: 250, suspectMs: 1_000 },
    log: silentLog,
    incidents,
    member: () => peer,
    isHealthy: () => true,
    learnt: ({ revision }) => {
      learnt.push(revision);
      watch.forget('m2.i2');
    },
    rolledBack: () => assert.fail('nothing went back'),
  });
  const acknowledge = () => {
    watch.ownRenewalAcknowledged();
    clock.after(100, acknowledge);
  };
  acknowledge();
  watch.renewalSeen('m2.i2', 50);
  watch.start();
  await until(clock, 'it is expelled', () => learnt.length > 0, 20_000);
  watch.stop();
  return { removals, incidents, learnt };
}

test('a deletion without an answer is tried again', async () => {
  const { removals, learnt } = await silentPeer([async () => ({ kind: 'unknown' })]);
  assert.deepEqual([removals, learnt], [2, [8]]);
});

test('deletions that come to nothing at once pause longer each time, and never for so long that a loss would not be noticed', async () => {
  const at: number[] = [];
  const refuses = Array.from({ length: 40 }, () => async (clock: ManualClock): Promise<WriteOutcome> => {
    at.push(clock.monotonic());
    return { kind: 'unavailable' };
  });
  const { removals } = await silentPeer(refuses);
  const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  assert.equal(removals, 41);
  assert.ok(
    at.every((time) => at.filter((other) => other >= time && other < time + 1_000).length <= 10),
    `not more than ten in a second: ${pauses}`,
  );
  assert.ok(Math.max(...pauses) < 400, `${pauses}`);
});

test('a deletion that fails is reported, ends nothing, and is tried again', async () => {
  const { removals, incidents } = await silentPeer([() => Promise.reject(new Error('no bucket'))]);
  assert.deepEqual([removals, incidents.counts().get('failures')], [2, 1]);
});
