/**
 * Markers of members that are gone: purged by one, forgotten by all, kept while a record names them.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { applyMemberEntry, emptyView, forgetDeparted, type View } from '../../../../src/cluster/view.ts';
import { startJanitor } from '../../../../src/member/membership/janitor.ts';
import type { FaultyBucket } from '../../../support/faulty-bucket.ts';
import { noAnswer } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';

const ROUND_MS = 600_000;

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

interface Cleaning {
  readonly members: FaultyBucket;
  view: View;
  onDuty: boolean;
}

let named: Set<string>;

/** A member that knows these keys to be gone. */
function cleaning(keys: readonly string[], onDuty: boolean): Cleaning {
  named = new Set();
  const all: Cleaning = { members: lab.bucket('members'), view: emptyView(), onDuty };
  for (const key of keys) {
    const revision = lab.buckets.content('members').entries.get(key)?.revision ?? 0;
    all.view = applyMemberEntry(all.view, { key, revision, deleted: true, record: null });
  }
  startJanitor({
    clock: lab.clock,
    ageOf: (writtenAt) => lab.clock.wall() - writtenAt,
    members: all.members,
    view: () => all.view,
    isOnDuty: () => all.onDuty,
    isNamedByRecord: (key) => named.has(key),
    forget: (keys) => {
      all.view = forgetDeparted(all.view, keys);
    },
    failed: (error) => assert.fail(String(error)),
  });
  return all;
}

async function markers(count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `c.i${index}`);
  const bucket = lab.bucket('members');
  for (const key of keys) await lab.finish(bucket.remove(key, { expected: 0, timeoutMs: 100 }));
  return keys;
}

const left = () => lab.buckets.content('members').entries.size;

test('an hour later one member has purged them, and every member has forgotten them', async () => {
  const keys = await markers(12);
  const [one, other] = [cleaning(keys, true), cleaning(keys, false)];
  await lab.clock.advance(3_600_000 - ROUND_MS);
  assert.deepEqual([one.view.departed.size, other.view.departed.size, left()], [12, 12, 12]);
  await lab.clock.advance(3 * ROUND_MS);
  assert.deepEqual([one.view.departed.size, other.view.departed.size, left()], [0, 0, 0]);
  const { reads } = other.members;
  await lab.clock.advance(10 * ROUND_MS);
  assert.equal(other.members.reads, reads, 'nothing is left to look for');
});

test('while nobody is on duty none is purged, and none forgotten', async () => {
  const one = cleaning(await markers(3), false);
  await lab.clock.advance(10 * ROUND_MS);
  assert.deepEqual([one.view.departed.size, left()], [3, 3]);
  one.onDuty = true;
  await lab.clock.advance(ROUND_MS);
  assert.deepEqual([one.view.departed.size, left()], [0, 0]);
});

test('who is named by a record is kept by all', async () => {
  const keys = await markers(3);
  const [one, other] = [cleaning(keys, true), cleaning(keys, false)];
  named.add('c.i1');
  await lab.clock.advance(10 * ROUND_MS);
  assert.deepEqual([[...one.view.departed.keys()], [...other.view.departed.keys()], left()], [['c.i1'], ['c.i1'], 1]);
});

test('a store that does not answer is asked once a round', async () => {
  const one = cleaning(await markers(50), true);
  one.members.readFaults = Array.from({ length: 1_000 }, () => noAnswer);
  await lab.clock.advance(10 * ROUND_MS);
  assert.deepEqual([one.members.reads, one.view.departed.size], [10, 50]);
});
