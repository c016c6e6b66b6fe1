/**
 * Joining, being seen, leaving: what one incarnation may assume about itself and about others.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { encodeMemberRecord, type MemberRecord } from '../../../../src/cluster/view.ts';
import { ClusterTime } from '../../../../src/member/contract/cluster-time.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { StartRefused } from '../../../../src/member/membership/cluster-key.ts';
import { Membership } from '../../../../src/member/membership/membership.ts';
import type { Entry } from '../../../../src/ports/store.ts';
import type { MemoryLink } from '../../../support/memory-broker.ts';
import { MemoryBus, MemoryMessaging } from '../../../support/memory-messaging.ts';
import { silentMeter } from '../../../support/meters.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { Lab } from '../lab.ts';

const settings = { heartbeatMs: 100, leaseMs: 50, goneMs: 250, suspectMs: 2_500 };
const announcement = {
  addresses: ['m1:1'],
  version: '1.0.0',
  stateVersions: { min: 1, max: 1 },
  protocol: { min: 1, max: 1 },
};

let lab: Lab;
let bus: MemoryBus;
let link: MemoryLink;
let incidents: Incidents;
let expulsions: string[];
let time: ClusterTime;
/** Revisions at which the watch showed the record of the cluster. */
let records: number[] = [];

beforeEach(() => {
  lab = new Lab(1);
  bus = new MemoryBus();
  link = lab.broker.attach();
  incidents = new Incidents(silentLog);
  expulsions = [];
  records = [];
});

function membership(incarnation = 'i1', id = 'm1'): Membership {
  time = new ClusterTime(lab.clock, incidents, () => undefined);
  return new Membership({
    self: { id, incarnation },
    store: lab.store(link),
    messaging: new MemoryMessaging(bus, link),
    clock: lab.clock,
    random: lab.random,
    log: silentLog,
    incidents,
    meter: silentMeter,
    time,
    settings,
    announcement,
    viewChanged: () => undefined,
    clusterSeen: (entry) => records.push(entry.revision),
    expelled: (reason) => expulsions.push(reason),
  });
}

async function joined(incarnation = 'i1', id = 'm1'): Promise<Membership> {
  const one = membership(incarnation, id);
  await lab.finish(one.join(lab.writing));
  return one;
}

async function stored(key: string): Promise<Entry | null> {
  return lab.finish(lab.bucket('members').read(key, 100));
}

/** Writes a member's key by hand. */
async function put(key: string, parts: Partial<MemberRecord> = {}, expected = 0): Promise<number> {
  const startedAt = new Date(lab.clock.wall()).toISOString();
  const record: MemberRecord = {
    status: 'active',
    startedAt,
    createdRevision: 0,
    leaseMs: 50,
    ...announcement,
    ...parts,
  };
  const outcome = await lab.finish(
    lab.bucket('members').write(key, { value: encodeMemberRecord(record), expected, timeoutMs: 100 }),
  );
  assert.ok(outcome.kind === 'landed');
  return outcome.revision;
}

test('it has joined once it sees itself, and everybody who was there before', async () => {
  await put('m0.i0');
  const one = await joined();
  assert.deepEqual([...one.view.members.keys()].sort(), ['m0.i0', 'm1.i1']);
  assert.equal(one.leaving, false);
  assert.ok(one.activeSince('m0.i0') <= lab.clock.monotonic());
  assert.equal(one.activeSince('nobody'), Number.POSITIVE_INFINITY);
  await lab.finish(one.leave(true));
});

test('an incarnation that was declared dead can never join', async () => {
  await lab.finish(lab.bucket('members').remove('m1.i1', { expected: 0, timeoutMs: 100 }));
  await assert.rejects(lab.finish(joined()), /could not join: conflict/);
  assert.equal((await stored('m1.i1'))?.deleted, true);
});

test('its key is renewed, and says since when it is there', async () => {
  const one = await joined();
  const first = (await stored('m1.i1'))?.revision ?? 0;
  await lab.clock.advance(500);
  const later = await stored('m1.i1');
  assert.ok((later?.revision ?? 0) > first);
  const record = JSON.parse(new TextDecoder().decode(later?.value)) as MemberRecord;
  assert.deepEqual([record.createdRevision > 0, record.leaseMs, record.addresses], [true, 50, ['m1:1']]);
  await lab.finish(one.leave(true));
});

test('another living process with its id is refused; a dead or leaving one is not', async () => {
  await put('m1.i0');
  bus.addresses.set('m1:1', { kind: 'answered', id: 'm1', incarnation: 'i0' });
  await assert.rejects(lab.finish(joined()), StartRefused);
  assert.equal(await stored('m1.i1'), null, 'it has written nothing');
  bus.addresses.set('m1:1', { kind: 'answered', id: 'm1', incarnation: 'i1' });
  const one = await joined('i2');
  await lab.finish(one.leave(true));
});

test('a change of status is announced, and counts for itself at once', async () => {
  const one = await joined();
  const announced = one.setStatus('leaving');
  assert.deepEqual([one.leaving, one.view.members.get('m1.i1')?.record.status], [true, 'leaving']);
  assert.equal(await lab.finish(announced), true);
  assert.match(new TextDecoder().decode((await stored('m1.i1'))?.value), /"leaving"/);
  await lab.finish(one.leave(true));
  assert.equal(await lab.finish(one.setStatus('active')), false);
});

test('it leaves with its key deleted, and no renewal after that', async () => {
  const one = await joined();
  await lab.finish(one.leave(true));
  const marker = await stored('m1.i1');
  assert.equal(marker?.deleted, true);
  await lab.clock.advance(1_000);
  assert.equal((await stored('m1.i1'))?.revision, marker?.revision);
  assert.deepEqual([one.keeper?.valid(), expulsions], [false, []]);
});

for (const [how, removesKey] of [
  ['leaves', true],
  ['dies', false],
] as const) {
  test(`when the only member ${how} while the clock of NATS is wrong, the next one goes on from its time`, async () => {
    const one = await joined();
    await lab.clock.advance(6_000);
    lab.clock.jumpWall(3_600_000);
    await lab.clock.advance(2_000);
    const before = time;
    const aheadMs = before.now() - lab.clock.monotonic();
    await lab.finish(one.leave(removesKey));
    await lab.clock.advance(5_000);
    const next = await joined('i2');
    assert.notEqual(time, before);
    const differenceMs = time.now() - lab.clock.monotonic() - aheadMs;
    assert.ok(Math.abs(differenceMs) < 200, `${differenceMs} ms`);
    await lab.finish(next.leave(true));
  });
}

for (const [when, removesKey] of [
  ['leaves before', true],
  ['is killed after', false],
] as const) {
  test(`when it ${when} the first renewal after NATS was silent is stamped, its word is there all the same`, async () => {
    const one = await joined();
    await lab.clock.advance(6_000);
    lab.clock.jumpWall(3_600_000);
    await lab.clock.advance(2_000);
    const aheadMs = time.now() - lab.clock.monotonic();
    link.cut();
    await lab.clock.advance(4_000);
    const before = lab.buckets.content('members').entries.get(one.key)?.revision;
    link.restore();
    const renewed = () => lab.buckets.content('members').entries.get(one.key)?.revision !== before;
    if (!removesKey) await lab.until('a renewal', renewed);
    await lab.finish(one.leave(removesKey));
    if (removesKey) assert.equal((await stored(one.key))?.deleted, true);
    await lab.clock.advance(5_000);
    const next = await joined('i2');
    const differenceMs = time.now() - lab.clock.monotonic() - aheadMs;
    assert.ok(Math.abs(differenceMs) < 200, `${differenceMs} ms`);
    await lab.finish(next.leave(true));
  });
}

test('it leaves with its key deleted though a renewal is under way', async () => {
  for (let after = 0; after < 8; after += 1) {
    const one = await joined(`i${after}`, `m${after}`);
    await lab.clock.advance(95 + after);
    await lab.finish(one.leave(true));
    assert.equal((await stored(`m${after}.i${after}`))?.deleted, true, `after ${95 + after} ms`);
  }
});

test('one that was dropped, and does not remove its key, just falls silent', async () => {
  const one = await joined();
  await lab.finish(one.leave(false));
  const before = await stored('m1.i1');
  await lab.clock.advance(1_000);
  const after = await stored('m1.i1');
  assert.deepEqual([after?.deleted, after?.revision], [false, before?.revision]);
});

test('its own deletion marker tells it that it was expelled, and the lease is over', async () => {
  const one = await joined();
  await lab.clock.advance(60);
  const key = await stored('m1.i1');
  await lab.finish(lab.bucket('members').remove('m1.i1', { expected: key?.revision ?? 0, timeoutMs: 100 }));
  await lab.clock.advance(200);
  assert.equal(expulsions[0], 'expelled');
  assert.equal(one.keeper?.valid(), false);
  await lab.finish(one.leave(false));
});

for (const less of [0, 1]) {
  test(`expelled at ${less === 0 ? 'the' : 'a lower'} revision than was acknowledged to it: a loss is ${less === 0 ? 'not ' : ''}told`, async () => {
    const one = await joined();
    await lab.clock.advance(60);
    const expected = (await stored('m1.i1'))?.revision ?? 0;
    const headers = { 'Minotaur-Removed-At': String(expected - less) };
    await lab.finish(lab.bucket('members').remove('m1.i1', { expected, headers, timeoutMs: 100 }));
    await lab.clock.advance(50);
    assert.equal(incidents.counts().has('rollbacks'), less > 0);
    await lab.finish(one.leave(false));
  });
}

test('the marker that is written for a key that the store lost tells its owner of the loss', async () => {
  const one = await joined();
  const other = await joined('i2', 'm2');
  await lab.clock.advance(60);
  lab.buckets.content('members').entries.delete('m1.i1');
  await lab.finish(other.verify('m1.i1', lab.writing));
  await lab.clock.advance(50);
  assert.ok((incidents.counts().get('rollbacks') ?? 0) > 0);
  await lab.finish(Promise.allSettled([one.leave(false), other.leave(false)]));
});

test('while it is still joining, too', async () => {
  const one = membership();
  const joining = one.join(lab.writing);
  await lab.until('its key', () => lab.buckets.content('members').entries.has('m1.i1'));
  const { revision } = lab.buckets.content('members').entries.get('m1.i1') ?? { revision: 0 };
  await lab.finish(lab.bucket('members').remove('m1.i1', { expected: revision, timeoutMs: 100 }));
  await lab.until('the news', () => expulsions.length > 0, 2_000);
  await lab.finish(Promise.allSettled([joining, one.leave(false)]));
});

test('an end in the middle of joining rejects the join', async () => {
  const one = membership();
  const joining = assert.rejects(one.join(lab.writing), /ended while it was joining/);
  await lab.clock.advance(1);
  await lab.finish(one.leave(false));
  await lab.finish(joining);
});

test('a watch that lost its way is listed again, before and after its key is written', async () => {
  for (const when of ['before', 'after']) {
    const one = membership(`i-${when}`, when);
    const joining = one.join(lab.writing);
    if (when === 'after') await lab.until('its key', () => lab.buckets.content('members').entries.has(one.key));
    for (const follow of link.follows) follow.die();
    await lab.finish(joining, 11_000);
    assert.ok(one.view.members.has(one.key));
    await lab.finish(one.leave(true));
  }
});

test('verify: a key that never was becomes a marker, so that it can never be', async () => {
  const one = await joined();
  await lab.finish(one.verify('m9.i9', lab.writing));
  assert.ok(one.view.departed.has('m9.i9'));
  assert.equal((await stored('m9.i9'))?.deleted, true);
  await lab.finish(one.leave(true));
});

test('a key that was lost departs when its lease is over, for whoever wrote the marker and for whoever is shown it', async () => {
  const one = await joined();
  const other = await joined('i2', 'm2');
  await lab.clock.advance(60);
  for (const [key, isKnown] of [
    ['m9.i9', false],
    ['m3.i3', true],
  ] as const) {
    if (isKnown) {
      await put(key);
      await lab.until('it is seen', () => one.view.members.has(key) && other.view.members.has(key));
      lab.buckets.content('members').entries.delete(key);
    }
    const from = lab.clock.monotonic();
    const verifying = one.verify(key, lab.writing);
    await lab.until('the marker', () => lab.buckets.content('members').entries.get(key)?.deleted === true);
    await lab.until('it departs', () => one.view.departed.has(key) && other.view.departed.has(key));
    const tookMs = lab.clock.monotonic() - from;
    assert.ok(
      tookMs >= 1.25 * settings.leaseMs && tookMs < 1.25 * settings.leaseMs + 60,
      `${key} departed after ${tookMs} ms`,
    );
    await lab.finish(verifying);
  }
  await lab.finish(Promise.allSettled([one.leave(false), other.leave(false)]));
});

test('verify: a key that is there is found there', async () => {
  const one = await joined();
  link.cut();
  await put('m9.i9');
  link.restore();
  await lab.finish(one.verify('m9.i9', lab.writing));
  assert.ok(one.view.members.has('m9.i9') && !one.view.departed.has('m9.i9'));
  assert.equal((await stored('m9.i9'))?.deleted, false);
  await lab.finish(one.leave(true));
});

test('a new pass over the members drops the lease until the next renewal', async () => {
  const one = await joined();
  await lab.until('a lease', () => one.keeper?.valid() === true);
  link.cut();
  link.restore();
  await lab.clock.advance(2);
  assert.equal(one.keeper?.valid(), false);
  await lab.until('it is back', () => one.keeper?.valid() === true, 500);
  await lab.finish(one.leave(true));
});

test('a clock that differs from that of NATS is reported, once, also where it differs now more and now less', async ({
  mock,
}) => {
  let aheadMs = 0;
  mock.method(lab.broker.weather, 'storeAheadMs', () => aheadMs);
  // So acknowledgements come first: they show whether NATS' clock is behind.
  mock.method(lab.broker.weather, 'followLagMs', () => 5);
  const one = await joined();
  const after = async (ms: number) => {
    aheadMs = ms;
    await lab.clock.advance(300);
    return incidents.counts().get('clockSkew') ?? 0;
  };
  const told: number[] = [];
  for (const ms of [450, 510, 490, 510, 260, 510, 200, 490, 510]) told.push(await after(ms));
  assert.deepEqual(told, [0, 1, 1, 1, 1, 1, 1, 1, 2]);
  await lab.finish(one.leave(true));
});

for (const [what, value] of [
  ['garbage', new Uint8Array([1])],
  ['no object', Buffer.from('7')],
  ['a status of a later release', Buffer.from(JSON.stringify({ status: 'draining', ...announcement, leaseMs: 20 }))],
] as const) {
  test(`a member whose record is ${what} is there, is given nothing, and is reported once`, async () => {
    const one = await joined();
    const members = lab.bucket('members');
    for (let expected = 0, renewals = 0; renewals < 5; renewals += 1) {
      const outcome = await lab.finish(members.write('m9.i9', { value, expected, timeoutMs: 100 }));
      expected = outcome.kind === 'landed' ? outcome.revision : assert.fail();
      await lab.clock.advance(100);
    }
    const { record } = one.view.members.get('m9.i9') ?? assert.fail();
    assert.equal(record.status, 'leaving');
    assert.equal(record.leaseMs, what.startsWith('a status') ? 20 : 60_000, 'none that it could have is shorter');
    assert.equal(incidents.counts().get('unreadable'), 1);
    await lab.finish(one.leave(true));
  });
}

test('a renewal that says nothing new is not read anew; its revision counts', async ({ mock }) => {
  const startedAt = '2030-01-01T00:00:00Z';
  const first = await put('m0.i0', { startedAt });
  const one = await joined();
  await lab.clock.advance(150);
  const parse = mock.method(JSON, 'parse');
  const second = await put('m0.i0', { startedAt }, first);
  await lab.clock.advance(150);
  assert.equal(parse.mock.callCount(), 0);
  assert.equal(one.view.members.get('m0.i0')?.revision, second);
  await put('m0.i0', { startedAt, version: '1.0.1' }, second);
  await lab.clock.advance(10);
  assert.equal(one.view.members.get('m0.i0')?.record.version, '1.0.1', 'however alike they are');
  await lab.finish(one.leave(true));
});

/** One that sees a peer of which the store has forgotten the newest renewal; and that peer’s two entries. */
async function forgetful() {
  const { entries } = lab.buckets.content('members');
  const first = await put('m0.i0');
  const older = entries.get('m0.i0');
  await put('m0.i0', {}, first);
  const newer = entries.get('m0.i0');
  assert.ok(older !== undefined && newer !== undefined);
  const one = await joined();
  entries.set('m0.i0', older);
  return { one, entries, older, newer };
}

test('a store that shows only older renewals of a peer for 5 s has lost writes: loudly, a reason to begin anew', async () => {
  const { one } = await forgetful();
  await lab.clock.advance(5_000);
  assert.deepEqual([expulsions, incidents.counts().get('rollbacks')], [[], undefined], 'it may be a replica that lags');
  await lab.clock.advance(600);
  assert.deepEqual([expulsions[0], (incidents.counts().get('rollbacks') ?? 0) > 0], ['rolledBack', true]);
  assert.ok(one.view.members.has('m0.i0'), 'it was not expelled for that');
  await lab.finish(one.leave(true));
});

test('so has one that shows nothing of it', async () => {
  const { one, entries } = await forgetful();
  entries.delete('m0.i0');
  await lab.clock.advance(5_600);
  assert.equal(expulsions[0], 'rolledBack');
  await lab.finish(one.leave(true));
});

test('one that shows a newer renewal in between has not: the 5 s begin anew', async () => {
  const { one, entries, older, newer } = await forgetful();
  await lab.clock.advance(4_000);
  const renewed = { ...newer, revision: newer.revision + 1_000 };
  entries.set('m0.i0', renewed);
  await lab.until('it is seen', () => one.view.members.get('m0.i0')?.revision === renewed.revision);
  entries.set('m0.i0', older);
  await lab.clock.advance(5_000);
  assert.deepEqual(expulsions, []);
  await lab.clock.advance(700);
  assert.equal(expulsions[0], 'rolledBack');
  await lab.finish(one.leave(true));
});

test('the watch shows the record of the cluster: what was written before the own key, before the join ends; and every later one', async () => {
  const members = lab.bucket('members');
  const write = (expected: number) =>
    members.write('cluster', { value: new TextEncoder().encode('{}'), expected, timeoutMs: 100 });
  const first = await lab.finish(write(0));
  assert.ok(first.kind === 'landed');
  await joined();
  assert.deepEqual(records, [first.revision]);
  const second = await lab.finish(write(first.revision));
  assert.ok(second.kind === 'landed');
  await lab.until('the watch shows it', () => records.includes(second.revision));
});
