/**
 * Taking slots and letting go of them: only unowned ones, served from an acknowledged record on.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { held, lost, shows, stale, unheard } from '../../../support/faulty-bucket.ts';
import { AgentWorld, SLOTS, short } from './agent-world.ts';

let world: AgentWorld;

beforeEach(() => {
  world = new AgentWorld();
});

test('alone, it takes every slot: epoch 1, and serves from the acknowledgement on', async () => {
  const slow = held();
  world.slots.writeFaults = [slow.fault];
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(50);
  assert.equal(world.open.size, SLOTS - 1, 'the one that is not acknowledged is not served');
  assert.deepEqual([world.agent.heldSlots, world.agent.involvedSlots], [SLOTS - 1, SLOTS], 'nor is it counted as held');
  slow.release();
  await world.lab.clock.advance(10);
  assert.deepEqual([...world.open.values()], ['1', '1', '1', '1']);
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await world.stored(slot)), 'm1 1 initial');
  assert.ok(world.agent.holds([0, 1, 2, 3]));
});

test('a record says from whom the slot came, and when', async () => {
  await world.write(1, { owner: 'm9', incarnation: 'i9', epoch: 4 });
  world.gone('m9.i9');
  await world.alone();
  for (const [slot, previous] of [
    [0, null],
    [1, 'm9'],
  ] as const) {
    const { previousOwner, takenAt = 0 } = (await world.stored(slot)) ?? {};
    assert.equal(previousOwner, previous);
    assert.ok(Math.abs(takenAt - world.lab.timing.time.now()) < 60_000, `${takenAt}`);
  }
  const [slot = -1] = await world.withPeer();
  await world.lab.until('it is handed over', () => !world.open.has(slot));
  const { owner, previousOwner } = (await world.stored(slot)) ?? {};
  assert.deepEqual([owner, previousOwner], ['m2', 'm1']);
});

test('it takes nothing before it is started, though it sees itself among the members', async () => {
  world.present('m1.i1');
  await world.lab.clock.advance(3_000);
  world.agent.viewChanged();
  await world.lab.clock.advance(3_000);
  assert.equal(world.slots.sent.length, 0);
  world.agent.start();
  await world.lab.until('all slots', () => world.open.size === SLOTS, 100);
});

test('what is handed to it before it is started is held when it starts: others may see its key first', async () => {
  await world.write(2, { owner: 'm1', incarnation: 'i1', epoch: 3, acquired: 'handoff', transferId: 't1' });
  await world.lab.finish(world.agent.refresh(2));
  assert.equal(world.open.size, 0);
  world.present('m1.i1');
  world.agent.start();
  await world.lab.until('all slots', () => world.open.size === SLOTS, 100);
  assert.equal(short(await world.stored(2)), 'm1 3 handoff', 'not retaken');
});

test('in doubt it asks until it knows, and does nothing else with that slot', async () => {
  world.slots.writeFaults = [unheard, lost, lost, unheard];
  await world.alone();
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await world.stored(slot)), 'm1 1 initial');
});

test('the watch may bring its own record before the acknowledgement: it is opened once', async () => {
  let opened = 0;
  const { open: opener } = world.host;
  world.host.open = (...given) => {
    opened += 1;
    return opener(...given);
  };
  world.slots.writeFaults = [
    async (land) => {
      const outcome = await land();
      await new Promise<void>((resolve) => world.lab.clock.after(100, resolve));
      return outcome;
    },
  ];
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(50);
  assert.equal(world.open.size, SLOTS - 1);
  await world.lab.clock.advance(100);
  world.host.open = opener;
  assert.deepEqual([world.open.size, opened], [SLOTS, SLOTS]);
});

test('a slot of somebody who is there is left alone', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, { owner: 'm2' });
  world.present('m2.i2');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(5_000);
  assert.equal(world.open.size, 0);
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await world.stored(slot)), 'm2 1 initial');
});

test('it takes over once it has seen the owner’s deletion marker, and not before', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, { owner: 'm2', epoch: 7 });
  world.present('m2.i2');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(3_000);
  assert.equal(short(await world.stored(0)), 'm2 7 initial');
  world.gone('m2.i2');
  await world.lab.until('the takeover', () => world.open.size === SLOTS, 100);
  assert.equal(short(await world.stored(0)), 'm1 8 takeover');
  assert.deepEqual(world.verified, []);
});

test('absence proves nothing: an owner that nobody knows is verified first', async () => {
  await world.write(0, { owner: 'm9', incarnation: 'i9' });
  world.present('m1.i1');
  world.agent.start();
  await world.lab.until('all slots', () => world.open.size === SLOTS);
  assert.deepEqual(world.verified, ['m9.i9']);
  assert.equal(short(await world.stored(0)), 'm1 2 takeover');
});

test('another’s record ends its own holding at once', async () => {
  await world.alone();
  const mine = await world.stored(2);
  world.present('m2.i2');
  world.activeSince = Number.POSITIVE_INFINITY;
  await world.write(2, { owner: 'm2', epoch: 2 }, mine?.revision);
  await world.lab.clock.advance(10);
  assert.deepEqual(
    [world.open.has(2), world.open.size, world.agent.holds([2])],
    [false, SLOTS - 1, world.agent.ring.owner(2) !== 'm1'],
  );
});

test('a conflict in taking means that somebody else was first', async () => {
  world.present('m1.i1');
  world.agent.viewChanged();
  world.slots.writeFaults = [
    async (land) => {
      await world.write(0, { owner: 'm2', epoch: 1 });
      world.present('m2.i2');
      return land();
    },
  ];
  world.activeSince = Number.POSITIVE_INFINITY;
  world.agent.start();
  await world.lab.clock.advance(500);
  assert.deepEqual([world.open.has(0), short(await world.stored(0))], [false, 'm2 1 initial']);
});

test('a slot that is its own by the record, but not held, is retaken', async () => {
  await world.alone();
  world.agent.fenced(1, 1);
  assert.equal(world.open.has(1), false, 'not served from the moment it is doubted');
  await world.lab.until('it is back', () => world.open.has(1));
  assert.equal(short(await world.stored(1)), 'm1 2 retake');
});

test('a slot in which something of a higher epoch is stored is retaken above that, if the store forgot who had it', async () => {
  await world.alone();
  world.agent.fenced(1, 7);
  world.agent.fenced(1, 5);
  await world.lab.until('it is back', () => world.open.has(1));
  assert.equal(short(await world.stored(1)), 'm1 8 retake');
  const mine = await world.stored(2);
  world.present('m2.i2');
  await world.write(2, { owner: 'm2', epoch: 7 }, mine?.revision);
  world.agent.fenced(2, 7);
  await world.lab.clock.advance(500);
  assert.deepEqual([world.open.has(2), (await world.stored(2))?.epoch], [false, 7], 'whose owner it is keeps it');
});

test('a store that forgot a record is told about, loudly', async () => {
  await world.alone();
  const record = await world.lab.finish(world.lab.bucket('slots').read('1', 100));
  world.slots.writeFaults = [stale];
  world.slots.readFaults = [async (look) => look(), ...Array.from({ length: 1_000 }, () => shows(record))];
  world.agent.fenced(1, 1);
  await world.lab.until('the verdict', () => world.rolledBack > 0, 10_000);
  assert.equal(world.incidents.counts().get('rollbacks'), 1);
});

test('a record whose epoch went back is a fork: reported, not believed, and a reason to begin anew', async () => {
  await world.alone();
  const mine = await world.stored(2);
  await world.write(2, { epoch: 1 }, mine?.revision);
  await world.lab.clock.advance(10);
  assert.deepEqual([world.incidents.counts().get('rollbacks'), world.agent.table.get(2)?.owner], [1, 'm1']);
  assert.equal(world.rolledBack, 1);
});

test('what is no record is reported and changes nothing', async () => {
  await world.alone();
  const mine = await world.stored(2);
  const bad = { value: new Uint8Array([1]), expected: mine?.revision ?? 0, timeoutMs: 100 };
  await world.lab.finish(world.lab.bucket('slots').write('2', bad));
  await world.lab.clock.advance(10);
  assert.deepEqual([world.incidents.counts().get('unreadable'), world.open.has(2)], [1, true]);
});

test('a waiter hears of the next record, of a change in the view, of its time being up, or that it is over', async () => {
  await world.alone();
  const outcomes: string[] = [];
  const wait = (name: string, ms = 60_000) => {
    const change = world.agent.nextChange(1, ms);
    void change.happened.then(() => outcomes.push(name));
    return change;
  };
  wait('record');
  world.agent.fenced(1, 1);
  await world.lab.until('retaken', () => world.open.has(1));
  assert.deepEqual(outcomes, ['record']);
  wait('view');
  world.activeSince = Number.POSITIVE_INFINITY;
  world.present('m2.i2');
  await world.lab.clock.advance(0);
  wait('time', 30);
  await world.lab.clock.advance(29);
  assert.deepEqual(outcomes, ['record', 'view']);
  await world.lab.clock.advance(1);
  wait('cancel').cancel();
  wait('end');
  await world.lab.clock.advance(0);
  world.agent.stop();
  await world.lab.clock.advance(0);
  assert.deepEqual(outcomes, ['record', 'view', 'time', 'cancel', 'end']);
});

test('after stop nothing is taken, held or written', async () => {
  await world.alone();
  world.agent.stop();
  const { length } = world.slots.sent;
  assert.deepEqual([world.agent.heldSlots, world.agent.involvedSlots, world.agent.holds([0, 1, 2, 3])], [0, 0, false]);
  world.agent.fenced(0, 1);
  world.gone('m2.i2');
  await world.lab.clock.advance(20_000);
  assert.equal(world.slots.sent.length, length);
});

test('an unowned slot whose first in line does not act is taken by the next, after a second', async () => {
  world.reply = () => ({ kind: 'timeout' });
  world.present('m0.i0');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(900);
  const own = [0, 1, 2, 3].filter((slot) => world.agent.ring.owner(slot) === 'm1');
  assert.deepEqual([...world.open.keys()].sort(), own);
  await world.lab.until('the others as well', () => world.open.size === SLOTS, 1_500);
});

test('a record that says in a way of a later release how it came about is as good as any', async () => {
  await world.write(1, { owner: 'm2', incarnation: 'i2', acquired: 'inheritance' });
  world.present('m2.i2');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(100);
  assert.deepEqual([world.agent.table.get(1)?.owner, world.incidents.counts().get('unreadable')], ['m2', undefined]);
});

test('a slot whose record cannot be read is left alone, and reported once, until it can be read again', async () => {
  const write = { value: new Uint8Array([1]), expected: 0, timeoutMs: 100 };
  const outcome = await world.lab.finish(world.lab.bucket('slots').write('2', write));
  assert.ok(outcome.kind === 'landed');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(30_000);
  const tries = world.slots.sent.filter(({ key }) => key === '2').length;
  assert.ok(tries <= 1, 'one perhaps, before it was seen');
  assert.equal(world.open.size, SLOTS - 1);
  assert.equal(world.incidents.counts().get('unreadable'), 1);
  await world.write(2, { owner: 'm0', incarnation: 'i0', epoch: 5 }, outcome.revision);
  await world.lab.until('it is taken', () => world.open.has(2), 2_000);
});

test('a step that comes to nothing is tried again, ever more slowly', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, {});
  world.onVerify = () => undefined;
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(60_000);
  const { length } = world.verified;
  assert.ok(length >= 4 * 5 && length <= 4 * 15, `${length} looks at four slots in a minute`);
  world.onVerify = (ownerKey) => world.gone(ownerKey);
  await world.lab.until('all slots', () => world.open.size === SLOTS, 12_000);
});

test('a step that throws leaves its slot free', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, {});
  let throws = 4;
  world.onVerify = (ownerKey) => {
    throws -= 1;
    if (throws >= 0) throw new Error('a step failed');
    world.gone(ownerKey);
  };
  world.present('m1.i1');
  world.agent.start();
  await world.lab.until('all slots', () => world.open.size === SLOTS, 12_000);
  assert.equal(world.incidents.counts().get('failures'), 4);
});

test('a slot whose sessions cannot be opened is not held, and is taken again', async () => {
  const { open } = world.host;
  let throws = 1;
  world.host.open = (slot, epoch, stash) => {
    throws -= 1;
    if (throws >= 0) throw new Error('no room');
    return open(slot, epoch, stash);
  };
  await world.alone();
  assert.equal(world.incidents.counts().get('failures'), 1);
});

test('the map of slots is as new as records, members and the ring, and made only when one of them changed', async () => {
  await world.alone();
  const before = world.agent.map;
  assert.deepEqual([before.owners, before.unowned, world.agent.map === before], [Array(SLOTS).fill('m1'), 0, true]);
  world.present('m0.i0');
  const joined = world.agent.map;
  assert.deepEqual([joined.owners, joined.desiredOwners.includes('m0')], [before.owners, true]);
  await world.lab.until('m0 was handed its share', () => world.agent.map.owners.includes('m0'), 30_000);
  world.gone('m0.i0');
  const { owners, unowned } = world.agent.map;
  assert.ok(unowned > 0 && owners.filter((owner) => owner === null).length === unowned);
});
