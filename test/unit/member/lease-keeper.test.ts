/**
 * Renewals and the lease that they give: one in flight, never resent, and a read is served only by what was sent after it.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Lease } from '../../../src/cluster/lease.ts';
import { LeaseKeeper } from '../../../src/member/lease-keeper.ts';
import { WRITE_ID } from '../../../src/member/settle.ts';
import {
  busy,
  type FaultyBucket,
  held,
  lost,
  noAnswer,
  shows,
  stale,
  unavailable,
  unheard,
} from '../../support/faulty-bucket.ts';
import { bytes, Lab } from './lab.ts';

const KEY = 'm1.i1';
const HEARTBEAT_MS = 100;
const LEASE_MS = 50;
const GONE_MS = 250;

let lab: Lab;
let members: FaultyBucket;
let other: FaultyBucket;
let keeper: LeaseKeeper;
let connected: boolean;
let acks: number[];
let expulsions: string[];

beforeEach(async () => {
  lab = new Lab();
  members = lab.bucket('members');
  other = lab.bucket('members');
  connected = true;
  acks = [];
  expulsions = [];
  await lab.finish(other.write(KEY, { value: bytes('joined'), expected: 0, timeoutMs: 100 }));
});

/** Begins to renew. Nothing has been renewed yet when it returns. */
function start(): void {
  keeper = new LeaseKeeper(
    {
      ...lab.writing,
      members,
      key: KEY,
      heartbeatMs: HEARTBEAT_MS,
      leaseMs: LEASE_MS,
      goneMs: GONE_MS,
      connected: () => connected,
      record: () => bytes('renewed'),
      acknowledged: ({ revision }) => acks.push(revision),
      expelled: (reason) => expulsions.push(reason),
    },
    new Lease(LEASE_MS),
    1,
  );
}

/** Renewed once, and so long ago that the lease has lapsed. (To ask whether it is valid would renew it.) */
async function lapsed(): Promise<void> {
  start();
  await lab.until('the first renewal', () => acks.length > 0);
  await lab.clock.advance(LEASE_MS);
}

/** What a wait has come to so far. */
function watching(wait: boolean | Promise<boolean>): { outcome: boolean | null } {
  const state: { outcome: boolean | null } = { outcome: null };
  void Promise.resolve(wait).then((outcome) => {
    state.outcome = outcome;
  });
  return state;
}

test('idle, it renews once a heartbeat, each time at the revision before', async () => {
  start();
  await lab.clock.advance(10 * HEARTBEAT_MS);
  assert.deepEqual(
    members.sent.map(({ expected }) => expected),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  assert.deepEqual([acks.length, keeper.keyRevision], [11, 12]);
  assert.equal(new Set(members.sent.map(({ headers }) => headers[WRITE_ID])).size, 11, 'each a write of its own');
});

test('a lease counts from when its renewal was sent', async () => {
  const slow = held();
  members.writeFaults = [slow.fault, lost];
  start();
  await lab.clock.advance(LEASE_MS - 10);
  assert.equal(keeper.valid(), false, 'nothing is acknowledged yet');
  slow.release();
  await lab.clock.advance(0);
  assert.deepEqual([keeper.valid(), keeper.renewedAt], [true, 0]);
  await lab.clock.advance(9);
  assert.equal(keeper.valid(), true);
  await lab.clock.advance(1);
  assert.equal(keeper.valid(), false);
});

test('both clocks have to agree that it is valid', async () => {
  start();
  await lab.until('a lease', () => keeper.valid());
  lab.clock.jumpWall(LEASE_MS);
  assert.equal(keeper.valid(), false, 'a suspended machine');
  lab.clock.jumpWall(-LEASE_MS - 1);
  assert.equal(keeper.valid(), false, 'a wall clock set back');
});

test('with a valid lease nobody waits and nothing is sent', async () => {
  start();
  await lab.until('a lease', () => keeper.valid());
  const { length } = members.sent;
  assert.equal(await keeper.ensure(), true);
  assert.equal(members.sent.length, length);
});

test('while it is in use it is renewed ahead', async () => {
  start();
  await lab.until('a lease', () => keeper.valid());
  const since = lab.clock.monotonic();
  while (lab.clock.monotonic() - since < 5 * LEASE_MS) {
    assert.equal(keeper.valid(), true);
    await lab.clock.advance(1);
  }
  const renewals = members.sent.length;
  assert.ok(renewals <= 12, `no more often than twice a lease: ${renewals}`);
});

test('after it lapsed a read renews at once; reads that wait share that renewal', async () => {
  await lapsed();
  const { length } = members.sent;
  const waits = [keeper.ensure(), keeper.ensure(), keeper.ensure()].map(watching);
  await lab.clock.advance(0);
  assert.deepEqual(
    waits.map(({ outcome }) => outcome),
    [true, true, true],
  );
  assert.equal(members.sent.length, length + 1);
});

test('a renewal that was sent before the read came does not serve it', async () => {
  for (const laterMs of [0, 10]) {
    await lapsed();
    const [first, second] = [held(), held()];
    members.writeFaults = [first.fault, second.fault];
    const early = watching(keeper.ensure());
    await lab.clock.advance(laterMs);
    const late = watching(keeper.ensure());
    await lab.clock.advance(LEASE_MS + 10);
    first.release();
    await lab.clock.advance(0);
    assert.deepEqual([early.outcome, late.outcome], [true, null], `a read ${laterMs} ms after the renewal was sent`);
    second.release();
    await lab.clock.advance(0);
    assert.equal(late.outcome, true);
    await keeper.end();
    lab = new Lab();
    members = lab.bucket('members');
    await lab.finish(members.write(KEY, { value: bytes('joined'), expected: 0, timeoutMs: 100 }));
  }
});

test('but if it makes the lease valid, that serves whoever came meanwhile', async () => {
  await lapsed();
  const slow = held();
  members.writeFaults = [slow.fault];
  void keeper.ensure();
  await lab.clock.advance(10);
  const late = watching(keeper.ensure());
  const { length } = members.sent;
  slow.release();
  await lab.clock.advance(0);
  assert.deepEqual([late.outcome, members.sent.length], [true, length]);
});

test('a renewal that takes longer than the lease still serves the reads that it was sent for', async () => {
  await lapsed();
  const slow = held();
  members.writeFaults = [slow.fault];
  const wait = watching(keeper.ensure());
  await lab.clock.advance(3 * LEASE_MS);
  slow.release();
  await lab.clock.advance(0);
  assert.deepEqual([wait.outcome, keeper.valid()], [true, false]);
});

test('renew waits for a new one even while the lease is valid', async () => {
  start();
  await lab.until('a lease', () => keeper.valid());
  const { length } = members.sent;
  await lab.clock.advance(1);
  assert.equal(await lab.finish(keeper.renew()), true);
  assert.equal(members.sent.length, length + 1);
});

test('nor does one that was in flight already do for renew, though it makes the lease valid', async () => {
  const [first, second] = [held(), held()];
  members.writeFaults = [first.fault, second.fault];
  start();
  await lab.clock.advance(1);
  const wait = watching(keeper.renew());
  first.release();
  await lab.clock.advance(1);
  assert.deepEqual([keeper.valid(), wait.outcome], [true, null]);
  second.release();
  await lab.clock.advance(1);
  assert.deepEqual([wait.outcome, members.sent.length], [true, 2]);
});

test('one renewal is in flight, however many ask', async () => {
  await lapsed();
  const slow = held();
  members.writeFaults = [slow.fault];
  const { length } = members.sent;
  for (let read = 0; read < 5; read += 1) {
    void keeper.ensure();
    await lab.clock.advance(20);
  }
  assert.equal(members.sent.length, length + 1);
  slow.release();
});

test('a renewal in doubt is not resent: the key is read, then renewed anew', async () => {
  for (const fault of [lost, unheard, busy, unavailable, stale]) {
    lab = new Lab();
    members = lab.bucket('members');
    await lab.finish(members.write(KEY, { value: bytes('joined'), expected: 0, timeoutMs: 100 }));
    members.sent.length = 0;
    members.writeFaults = [fault];
    start();
    await lab.clock.advance(60);
    assert.equal(members.reads, 1);
    const [first, second] = members.sent;
    assert.notEqual(second?.headers[WRITE_ID], first?.headers[WRITE_ID]);
    assert.equal(second?.expected, fault === unheard ? 2 : 1, 'at the revision that the key shows');
    assert.equal(keeper.keyRevision, fault === unheard ? 3 : 2);
    assert.deepEqual(expulsions, []);
    await keeper.end();
  }
});

test('an unacknowledged renewal gives no lease, though it landed', async () => {
  members.writeFaults = [unheard, lost, lost, lost];
  start();
  await lab.clock.advance(40);
  assert.deepEqual([keeper.valid(), acks], [false, []]);
});

test('a deletion marker means that it was expelled', async () => {
  await lapsed();
  await lab.finish(other.remove(KEY, { expected: keeper.keyRevision, timeoutMs: 100 }), 50);
  await lab.until('the news', () => expulsions.length > 0, 1_000);
  assert.equal(expulsions[0], 'expelled');
  assert.equal(keeper.valid(), false);
});

const older = { key: KEY, revision: 1, value: bytes(''), headers: {}, deleted: false, writtenAt: 0 };
for (const [what, shown] of [
  ['an older key', older],
  ['no key', null],
] as const) {
  test(`a store that shows ${what} for seconds was rolled back; one look is no proof`, async () => {
    await lapsed();
    members.writeFaults = [stale, stale];
    members.readFaults = [shows(shown), shows(shown)];
    await lab.clock.advance(4_000);
    assert.deepEqual(expulsions, [], 'it went on after that');
    members.writeFaults = Array.from({ length: 1_000 }, () => stale);
    members.readFaults = Array.from({ length: 1_000 }, () => shows(shown));
    await lab.clock.advance(2_900);
    assert.deepEqual(expulsions, []);
    await lab.until('the verdict', () => expulsions.length > 0, 500);
    assert.equal(expulsions[0], 'rolledBack');
  });
}

test('silence is no proof of anything', async () => {
  await lapsed();
  members.writeFaults = Array.from({ length: 1_000 }, () => lost);
  members.readFaults = Array.from({ length: 1_000 }, () => noAnswer);
  await lab.clock.advance(8_000);
  assert.deepEqual(expulsions, []);
});

test('without a connection nothing is sent; with one it goes on', async () => {
  await lapsed();
  connected = false;
  await lab.clock.advance(HEARTBEAT_MS);
  const { length } = members.sent;
  const wait = watching(keeper.ensure());
  await lab.clock.advance(5_000);
  assert.deepEqual([members.sent.length, wait.outcome], [length, null]);
  connected = true;
  await lab.clock.advance(40);
  assert.equal(wait.outcome, true);
});

test('a dropped lease comes back only with a renewal that was sent after that', async () => {
  start();
  await lab.until('a lease', () => keeper.valid());
  const slow = held();
  members.writeFaults = [slow.fault];
  void keeper.renew();
  await lab.clock.advance(5);
  keeper.drop();
  assert.equal(keeper.valid(), false);
  slow.release();
  await lab.clock.advance(0);
  assert.equal(keeper.valid(), false, 'that one was sent before');
  await lab.clock.advance(HEARTBEAT_MS);
  assert.equal(keeper.valid(), true);
});

test('the gate: open while renewals are acknowledged, else it waits for the next one', async () => {
  const first = held();
  members.writeFaults = [first.fault];
  start();
  const beforeAny = watching(keeper.gate());
  await lab.clock.advance(50);
  assert.equal(beforeAny.outcome, null, 'nothing is acknowledged yet');
  first.release();
  await lab.clock.advance(0);
  assert.equal(beforeAny.outcome, true);
  assert.equal(keeper.gate(), true);

  connected = false;
  const offline = watching(keeper.gate());
  await lab.clock.advance(GONE_MS);
  connected = true;
  const tooOld = watching(keeper.gate());
  assert.deepEqual([offline.outcome, tooOld.outcome], [null, null]);
  await lab.clock.advance(40);
  assert.deepEqual([offline.outcome, tooOld.outcome], [true, true]);
});

test('the gate opens however slow the store is', async () => {
  await lapsed();
  const slow = held();
  members.writeFaults = [slow.fault];
  await lab.clock.advance(2 * GONE_MS);
  const wait = watching(keeper.gate());
  assert.equal(wait.outcome, null);
  await lab.clock.advance(GONE_MS);
  slow.release();
  await lab.clock.advance(0);
  assert.equal(wait.outcome, true);
});

test('after the end there is no lease, no renewal, and everybody was told', async () => {
  await lapsed();
  const slow = held();
  members.writeFaults = [slow.fault];
  connected = true;
  const read = watching(keeper.ensure());
  await lab.clock.advance(GONE_MS);
  const write = watching(keeper.gate());
  const { length } = members.sent;
  let isOver = false;
  void keeper.end().then(() => {
    isOver = true;
  });
  await lab.clock.advance(0);
  assert.deepEqual([read.outcome, write.outcome, keeper.valid(), isOver], [false, false, false, false]);
  assert.deepEqual([await keeper.ensure(), await keeper.renew(), keeper.gate()], [false, false, false]);
  const revision = keeper.keyRevision;
  slow.release();
  await lab.clock.advance(0);
  assert.deepEqual([isOver, keeper.keyRevision], [true, revision + 1], 'it knows where the last one landed');
  await lab.clock.advance(1_000);
  assert.deepEqual([members.sent.length, keeper.valid(), acks.length], [length, false, 1]);
});

test('an end while it sleeps takes no time', async () => {
  await lapsed();
  const before = lab.clock.monotonic();
  await lab.finish(Promise.all([keeper.end(), keeper.end()]));
  assert.equal(lab.clock.monotonic(), before);
});
