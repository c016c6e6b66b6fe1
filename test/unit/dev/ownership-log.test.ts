import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnershipLog } from '../../../src/dev/ownership-log.ts';
import type { ClusterReport } from '../../../src/member/contract/gateway.ts';

function report(slots: Readonly<Record<string, number>>, total = 256): ClusterReport {
  const members = Object.entries(slots).map(([id, count]) => ({
    id,
    incarnation: 'i',
    status: 'active' as const,
    slots: count,
    sessions: 0,
    version: '0',
  }));
  return { self: 'm1', revision: 1, members, slots: total, unowned: 0 };
}

test('a distribution is told once it has come to rest, and only once', () => {
  const log = new OwnershipLog();
  assert.deepEqual(log.report(report({ m1: 256 }), 0), []);
  assert.deepEqual(log.report(report({ m1: 200, m2: 56 }), 900), []);
  assert.deepEqual(log.report(report({ m1: 128, m2: 128 }), 1_200), []);
  assert.deepEqual(log.report(report({ m1: 128, m2: 128 }), 2_100), []);
  assert.deepEqual(log.report(report({ m1: 128, m2: 128 }), 2_200), ['slots: m1 128, m2 128']);
  assert.deepEqual(log.report(report({ m1: 128, m2: 128 }), 9_000), []);
});

test('a departure is told with its time and with who gained, once every slot has an owner', () => {
  const log = new OwnershipLog();
  log.report(report({ m1: 86, m2: 85, m3: 85 }), 0);
  log.departs('m2', 10_000);
  assert.deepEqual(log.report(report({ m1: 86, m2: 85, m3: 85 }), 10_100), []);
  assert.deepEqual(log.report(report({ m1: 100, m3: 90 }), 10_300), [], 'slots are still on their way');
  assert.deepEqual(log.report(report({ m1: 128, m3: 128 }), 10_620), [
    'the 85 slots of m2 have new owners after 0.6 s: m1 +42, m3 +43',
  ]);
  assert.deepEqual(log.report(report({ m1: 128, m3: 128 }), 20_000), [], 'what was told is not told again');
});

test('a member that is back in time has not departed', () => {
  const log = new OwnershipLog();
  log.report(report({ m1: 128, m2: 128 }), 0);
  log.departs('m2', 1_000);
  log.returns('m2');
  assert.deepEqual(log.report(report({ m1: 128, m2: 128 }), 1_100), ['slots: m1 128, m2 128']);
});

test('a member without slots has nothing to hand over', () => {
  const log = new OwnershipLog();
  log.report(report({ m1: 256, m2: 0 }), 0);
  log.departs('m2', 100);
  assert.deepEqual(log.report(report({ m1: 256 }), 200), []);
});
