/**
 * Renewals that go wrong: never resent, found out about, and over when the end comes.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { WRITE_ID } from '../../../../src/member/store/settle.ts';
import { busy, held, lost, noAnswer, shows, stale, unavailable, unheard } from '../../../support/faulty-bucket.ts';
import { bytes } from '../lab.ts';
import { GONE_MS, HEARTBEAT_MS, KEY, KeeperWorld, watching } from './keeper-world.ts';

let world: KeeperWorld;

beforeEach(async () => {
  world = await KeeperWorld.make();
});

test('a renewal in doubt is not resent: the key is read, then renewed anew', async () => {
  for (const fault of [lost, unheard, busy, unavailable, stale]) {
    world = await KeeperWorld.make();
    world.members.writeFaults = [fault];
    world.start();
    await world.lab.clock.advance(60);
    assert.equal(world.members.reads, 1);
    const [first, second] = world.members.sent;
    assert.notEqual(second?.headers[WRITE_ID], first?.headers[WRITE_ID]);
    assert.equal(second?.expected, fault === unheard ? 2 : 1, 'at the revision that the key shows');
    assert.equal(world.keeper.keyRevision, fault === unheard ? 3 : 2);
    assert.deepEqual(world.expulsions, []);
    await world.keeper.end();
  }
});

test('an unacknowledged renewal gives no lease, though it landed', async () => {
  world.members.writeFaults = [unheard, lost, lost, lost];
  world.start();
  await world.lab.clock.advance(40);
  assert.deepEqual([world.keeper.valid(), world.acks], [false, []]);
});

test('a deletion marker means that it was expelled', async () => {
  await world.lapsed();
  await world.lab.finish(world.other.remove(KEY, { expected: world.keeper.keyRevision, timeoutMs: 100 }), 50);
  await world.lab.until('the news', () => world.expulsions.length > 0, 1_000);
  assert.equal(world.expulsions[0], 'expelled');
  assert.equal(world.keeper.valid(), false);
});

const older = { key: KEY, revision: 1, value: bytes(''), headers: {}, deleted: false, writtenAt: 0 };
for (const [what, shown] of [
  ['an older key', older],
  ['no key', null],
] as const) {
  test(`a store that shows ${what} for seconds was rolled back; one look is no proof`, async () => {
    await world.lapsed();
    world.members.writeFaults = [stale, stale];
    world.members.readFaults = [shows(shown), shows(shown)];
    await world.lab.clock.advance(4_000);
    assert.deepEqual(world.expulsions, [], 'it went on after that');
    world.members.writeFaults = Array.from({ length: 1_000 }, () => stale);
    world.members.readFaults = Array.from({ length: 1_000 }, () => shows(shown));
    await world.lab.clock.advance(2_900);
    assert.deepEqual(world.expulsions, []);
    await world.lab.until('the verdict', () => world.expulsions.length > 0, 500);
    assert.equal(world.expulsions[0], 'rolledBack');
  });
}

test('silence is no proof of anything', async () => {
  await world.lapsed();
  world.members.writeFaults = Array.from({ length: 1_000 }, () => lost);
  world.members.readFaults = Array.from({ length: 1_000 }, () => noAnswer);
  await world.lab.clock.advance(8_000);
  assert.deepEqual(world.expulsions, []);
});

test('without a connection nothing is sent; with one it goes on', async () => {
  await world.lapsed();
  world.connected = false;
  await world.lab.clock.advance(HEARTBEAT_MS);
  const { length } = world.members.sent;
  const wait = watching(world.keeper.ensure());
  await world.lab.clock.advance(5_000);
  assert.deepEqual([world.members.sent.length, wait.outcome], [length, null]);
  world.connected = true;
  await world.lab.clock.advance(40);
  assert.equal(wait.outcome, true);
});

test('the gate: open while renewals are acknowledged, else it waits for the next one', async () => {
  const first = held();
  world.members.writeFaults = [first.fault];
  world.start();
  const beforeAny = watching(world.keeper.gate());
  await world.lab.clock.advance(50);
  assert.equal(beforeAny.outcome, null, 'nothing is acknowledged yet');
  first.release();
  await world.lab.clock.advance(0);
  assert.equal(beforeAny.outcome, true);
  assert.equal(world.keeper.gate(), true);

  world.connected = false;
  const offline = watching(world.keeper.gate());
  await world.lab.clock.advance(GONE_MS);
  world.connected = true;
  const tooOld = watching(world.keeper.gate());
  assert.deepEqual([offline.outcome, tooOld.outcome], [null, null]);
  await world.lab.clock.advance(40);
  assert.deepEqual([offline.outcome, tooOld.outcome], [true, true]);
});

test('the gate opens however slow the store is', async () => {
  await world.lapsed();
  const slow = held();
  world.members.writeFaults = [slow.fault];
  await world.lab.clock.advance(2 * GONE_MS);
  const wait = watching(world.keeper.gate());
  assert.equal(wait.outcome, null);
  await world.lab.clock.advance(GONE_MS);
  slow.release();
  await world.lab.clock.advance(0);
  assert.equal(wait.outcome, true);
});

test('a dropped lease shuts the gate until a renewal that was sent after that is acknowledged, and begins it', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  const [before, after] = [held(), held()];
  world.members.writeFaults = [before.fault, after.fault];
  void world.keeper.renew();
  await world.lab.clock.advance(5);
  assert.equal(world.keeper.gate(), true, 'the one before is young');
  world.keeper.drop();
  const gate = watching(world.keeper.gate());
  before.release();
  await world.lab.clock.advance(5);
  assert.deepEqual([gate.outcome, world.members.sent.length], [null, 3], 'the next is under way');
  after.release();
  await world.lab.clock.advance(0);
  assert.deepEqual([gate.outcome, world.keeper.gate()], [true, true]);
});

test('it never opens where the store has lost the key that is renewed', async () => {
  world.start();
  await world.lab.until('a lease', () => world.keeper.valid());
  await world.lab.clock.advance(2 * HEARTBEAT_MS);
  world.lab.buckets.content('members').rollBack(world.lab.clock.monotonic() - HEARTBEAT_MS - 1);
  world.keeper.drop();
  const gate = watching(world.keeper.gate());
  await world.lab.until('its expulsion', () => world.expulsions.length > 0);
  assert.deepEqual([gate.outcome, world.expulsions[0]], [null, 'rolledBack']);
});

test('after the end there is no lease, no renewal, and everybody was told', async () => {
  await world.lapsed();
  const slow = held();
  world.members.writeFaults = [slow.fault];
  world.connected = true;
  const read = watching(world.keeper.ensure());
  await world.lab.clock.advance(GONE_MS);
  const write = watching(world.keeper.gate());
  const { length } = world.members.sent;
  let isOver = false;
  void world.keeper.end().then(() => {
    isOver = true;
  });
  await world.lab.clock.advance(0);
  assert.deepEqual([read.outcome, write.outcome, world.keeper.valid(), isOver], [false, false, false, false]);
  assert.deepEqual(
    [await world.keeper.ensure(), await world.keeper.renew(), world.keeper.gate()],
    [false, false, false],
  );
  const revision = world.keeper.keyRevision;
  slow.release();
  await world.lab.clock.advance(0);
  assert.deepEqual([isOver, world.keeper.keyRevision], [true, revision + 1], 'it knows where the last one landed');
  await world.lab.clock.advance(1_000);
  assert.deepEqual([world.members.sent.length, world.keeper.valid(), world.acks.length], [length, false, 1]);
});

test('an end while it sleeps takes no time', async () => {
  await world.lapsed();
  const before = world.lab.clock.monotonic();
  await world.lab.finish(Promise.all([world.keeper.end(), world.keeper.end()]));
  assert.equal(world.lab.clock.monotonic(), before);
});
