/**
 * The lease: counted from when its renewal was sent, and a read is served only by what was sent after it.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { WRITE_ID } from '../../../../src/member/store/settle.ts';
import { held, lost } from '../../../support/faulty-bucket.ts';
import { HEARTBEAT_MS, KeeperWorld, LEASE_MS, watching } from './keeper-world.ts';

let world: KeeperWorld;

beforeEach(async () => {
  world = await KeeperWorld.make();
});

test('idle, it renews once a heartbeat, each time at the revision before', async () => {
  world.start();
  await world.lab.clock.advance(10 * HEARTBEAT_MS);
  assert.deepEqual(
    world.members.sent.map(({ expected }) => expected),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
  assert.deepEqual([world.acks.length, world.keeper.keyRevision], [11, 12]);
  assert.equal(new Set(world.members.sent.map(({ headers }) => headers[WRITE_ID])).size, 11, 'each a write of its own');
});

test('a lease counts from when its renewal was sent', async () => {
  const slow = held();
  world.members.writeFaults = [slow.fault, lost];
  world.start();
  await world.lab.clock.advance(LEASE_MS - 10);
  assert.equal(world.keeper.valid(), false, 'nothing is acknowledged yet');
  slow.release();
  await world.lab.clock.advance(0);
  assert.deepEqual([world.keeper.valid(), world.keeper.renewedAt], [true, 0]);
  await world.lab.clock.advance(9);
  assert.equal(world.keeper.valid(), true);
  await world.lab.clock.advance(1);
  assert.equal(world.keeper.valid(), false);
});

test('both clocks have to agree that it is valid', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  world.lab.clock.jumpWall(LEASE_MS);
  assert.equal(world.keeper.valid(), false, 'a suspended machine');
  world.lab.clock.jumpWall(-LEASE_MS - 1);
  assert.equal(world.keeper.valid(), false, 'a wall clock set back');
});

test('with a valid lease nobody waits and nothing is sent', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  const { length } = world.members.sent;
  assert.equal(await world.keeper.ensure(), true);
  assert.equal(world.members.sent.length, length);
});

test('while it is in use it is renewed ahead', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  const since = world.lab.clock.monotonic();
  while (world.lab.clock.monotonic() - since < 5 * LEASE_MS) {
    assert.equal(world.keeper.valid(), true);
    await world.lab.clock.advance(1);
  }
  const renewals = world.members.sent.length;
  assert.ok(renewals <= 12, `no more often than twice a lease: ${renewals}`);
});

test('after it lapsed a read renews at once; reads that wait share that renewal', async () => {
  await world.lapsed();
  const { length } = world.members.sent;
  const waits = [world.keeper.ensure(), world.keeper.ensure(), world.keeper.ensure()].map(watching);
  await world.lab.clock.advance(0);
  assert.deepEqual(
    waits.map(({ outcome }) => outcome),
    [true, true, true],
  );
  assert.equal(world.members.sent.length, length + 1);
});

test('a renewal that was sent before the read came does not serve it', async () => {
  for (const laterMs of [0, 10]) {
    await world.lapsed();
    const [first, second] = [held(), held()];
    world.members.writeFaults = [first.fault, second.fault];
    const early = watching(world.keeper.ensure());
    await world.lab.clock.advance(laterMs);
    const late = watching(world.keeper.ensure());
    await world.lab.clock.advance(LEASE_MS + 10);
    first.release();
    await world.lab.clock.advance(0);
    assert.deepEqual([early.outcome, late.outcome], [true, null], `a read ${laterMs} ms after the renewal was sent`);
    second.release();
    await world.lab.clock.advance(0);
    assert.equal(late.outcome, true);
    await world.keeper.end();
    world = await KeeperWorld.make();
  }
});

test('but if it makes the lease valid, that serves whoever came meanwhile', async () => {
  await world.lapsed();
  const slow = held();
  world.members.writeFaults = [slow.fault];
  void world.keeper.ensure();
  await world.lab.clock.advance(10);
  const late = watching(world.keeper.ensure());
  const { length } = world.members.sent;
  slow.release();
  await world.lab.clock.advance(0);
  assert.deepEqual([late.outcome, world.members.sent.length], [true, length]);
});

test('a renewal that takes longer than the lease still serves the reads that it was sent for', async () => {
  await world.lapsed();
  const slow = held();
  world.members.writeFaults = [slow.fault];
  const wait = watching(world.keeper.ensure());
  await world.lab.clock.advance(3 * LEASE_MS);
  slow.release();
  await world.lab.clock.advance(0);
  assert.deepEqual([wait.outcome, world.keeper.valid()], [true, false]);
});

test('renew waits for a new one even while the lease is valid', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  const { length } = world.members.sent;
  await world.lab.clock.advance(1);
  assert.equal(await world.lab.finish(world.keeper.renew()), true);
  assert.equal(world.members.sent.length, length + 1);
});

test('nor does one that was in flight already do for renew, though it makes the lease valid', async () => {
  const [first, second] = [held(), held()];
  world.members.writeFaults = [first.fault, second.fault];
  world.start();
  await world.lab.clock.advance(1);
  const wait = watching(world.keeper.renew());
  first.release();
  await world.lab.clock.advance(1);
  assert.deepEqual([world.keeper.valid(), wait.outcome], [true, null]);
  second.release();
  await world.lab.clock.advance(1);
  assert.deepEqual([wait.outcome, world.members.sent.length], [true, 2]);
});

test('one renewal is in flight, however many ask', async () => {
  await world.lapsed();
  const slow = held();
  world.members.writeFaults = [slow.fault];
  const { length } = world.members.sent;
  for (let read = 0; read < 5; read += 1) {
    void world.keeper.ensure();
    await world.lab.clock.advance(20);
  }
  assert.equal(world.members.sent.length, length + 1);
  slow.release();
});

test('a dropped lease comes back only with a renewal that was sent after that', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  const slow = held();
  world.members.writeFaults = [slow.fault];
  void world.keeper.renew();
  await world.lab.clock.advance(5);
  world.keeper.drop();
  assert.equal(world.keeper.valid(), false);
  slow.release();
  await world.lab.clock.advance(0);
  assert.equal(world.keeper.valid(), false, 'that one was sent before');
  await world.lab.clock.advance(HEARTBEAT_MS);
  assert.equal(world.keeper.valid(), true);
});
