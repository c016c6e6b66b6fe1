/**
 * The checkers that look into the cluster while it runs: a correct one gives no violation, each rule reports what breaks it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFound, CalmWorld, heldBy, inside, statesOf } from './calm-world.ts';

const nobody = { owner: 'm9', incarnation: 'x' };

test('members that join, drain, crash and come back keep every rule', async () => {
  const world = await CalmWorld.of('m0', 'm1', 'm2');
  const { room } = world.stage;
  room.terminate('m1');
  await world.run(3_000);
  assert.deepEqual(world.unsettled(), []);
  room.start('m1');
  await world.run(3_000);
  room.crash('m2', 0);
  await world.run(3_000);
  assert.deepEqual(world.unsettled(), []);
  room.start('m2');
  await world.run(3_000);
  await world.host('m0').member.setDrain('m0', true);
  await world.run(3_000);
  assert.deepEqual(world.unsettled({ cordoned: ['m0'] }), []);
  // A process that stands still for long is expelled, and comes back as another incarnation.
  const before = world.belief('m1');
  world.host('m1').process.stall(6_000);
  world.isUnreachable = true;
  await world.run(12_000);
  assert.notEqual(world.belief('m1').key, before.key);
  assert.ok(before.ended);
  assert.deepEqual(world.unsettled({ cordoned: ['m0'] }), []);
  assert.deepEqual(world.found(), []);
});

test('a belief in words', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  const text = world.beliefs.describe(world.host('m0'));
  assert.match(text, /^m0#1\/\w{12} active lease \d+ ms holds [\d,-]+ \(0 sessions\)$/);
  world.host('m0').process.stall(1_000);
  assert.match(world.beliefs.describe(world.host('m0')), /no lease .* stands still$/);
  world.stage.room.crash('m0', 0);
  assert.match(world.beliefs.describe(world.host('m0')), / dead$/);
});

test('an epoch that leaps or falls', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  const { epoch } = world.record(slot);
  world.write(slot, { epoch: epoch + 2 });
  assertFound(world.found(), new RegExp(`^I4: slot ${slot} at .*epoch ${epoch} became ${epoch + 2}`));
  world.write(slot, { epoch: epoch + 2 });
  assertFound(world.found(), new RegExp(`^I4: .*epoch ${epoch + 2} became ${epoch + 2}`));
});

test('a slot that is taken from the living', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  const slot = heldBy(world, 'm0');
  world.write(slot, nobody);
  assertFound(
    world.found(),
    /^I5: .*m9\.x \(takeover.* took it from m0\..*no deletion marker ever landed \(m0#1/,
    /^I5: .*m9\.x .* landed while m0#1\/.* still serves it under a valid lease/,
  );
});

test('a takeover from an owner that stands still is none of these', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  world.isUnreachable = true;
  world.host('m0').process.stall(3_000);
  await world.run(200);
  world.expel('m0');
  world.write(slot, nobody);
  assert.deepEqual(world.found(), []);
});

test('a record that is handed over while its owner still serves the slot', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  const { self } = world.host('m1').member;
  world.write(slot, { owner: self.id, incarnation: self.incarnation, acquired: 'handoff' });
  assertFound(world.found(), /^I4: .*m1\.\w+ \(handoff.* landed while m0#1\/.* still serves it$/);
});

test('a slot that is held no longer, but whose sessions still answer', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  const slot = heldBy(world, 'm0');
  statesOf(world, 'm0')[slot] = 'taking';
  world.write(slot, { acquired: 'retake' });
  assertFound(world.found(), /^I4: .*\(retake.* landed while m0#1\/.* still serves it$/);
});

test('a way to a slot that was not open', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  for (const acquired of ['initial', 'retake'] as const) {
    world.write(slot, { owner: 'm9', incarnation: acquired, acquired });
    assertFound(world.found(), new RegExp(`^I4: .* cannot become m9\\.${acquired}`));
  }
  world.write(slot, { acquired: 'handoff' });
  assertFound(world.found(), /^I4: .* cannot become m9\.retake \(handoff/);
});

test('two that serve a slot under valid leases', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0', 'm1');
  const slot = heldBy(world, 'm0');
  openAt(world, 'm1', slot);
  world.look();
  world.look();
  const found = world.found();
  assertFound(
    found,
    /^I4: slot .*two serve it: m0#1\/.* and m1#1\//,
    /^I4: slot .*m1#1\/.* serves it at epoch 9, but the record in the store is m0\./,
  );
  assert.equal(found.length, 2, 'each is told once');
});

test('a slot that is served at an epoch that is over', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  const slot = heldBy(world, 'm0');
  inside<{ epoch: number }>(world.belief('m0').open.get(slot) ?? {}, 'stamp').epoch = 0;
  world.look();
  assertFound(world.found(), /^I4: slot .*m0#1\/.* serves it at epoch 0, but the record in the store is m0\./);
});

test('whoever serves without a lease is not an owner', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  world.isUnreachable = true;
  world.stage.room.disconnect('m1', {});
  await world.run(200);
  openAt(world, 'm1', slot);
  world.look();
  assert.deepEqual(world.found(), []);
});

test('a slot that is held and answers nothing', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  const slot = heldBy(world, 'm0');
  void world.belief('m0').open.get(slot)?.freeze(0);
  statesOf(world, 'm1')[slot] = 'serving';
  world.look();
  assertFound(
    world.found().sort(),
    /^liveness: slot .*m0#1\/.* holds it, but its sessions are frozen or closed/,
    /^liveness: slot .*m1#1\/.* holds it, but its sessions are frozen or closed/,
  );
});

test('after the store lost writes, those that relied on them are not judged', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  const slot = heldBy(world, 'm0');
  world.ownership.storeRolledBack();
  world.leases.storeRolledBack();
  world.write(slot, { ...nobody, epoch: world.record(slot).epoch + 3 });
  world.look();
  assert.deepEqual(world.found(), []);
  world.write(slot, { epoch: 1 });
  assertFound(world.found(), /^I4: .*epoch 4 became 1/);
  world.expel('m0');
  assert.ok(world.belief('m0').leaseValid);
  assert.deepEqual(
    world.found().filter((what) => /believes in its lease/.test(what)),
    [],
  );
});

test('a lease that outlives its renewals', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  world.isUnreachable = true;
  world.stage.room.disconnect('m0', {});
  await world.run(300);
  assert.deepEqual(world.found(), []);
  const { monotonic, wall } = world.belief('m0');
  grant(world, 'm0', monotonic, wall);
  world.look();
  assertFound(world.found(), /^I5: at .*m0#1\/.* believes in its lease, but no renewal of it landed .* landed at \d/);
});

test('a lease whose holder slept, unless its wall clock was set back as well', async () => {
  for (const isSetBack of [false, true]) {
    const world = await CalmWorld.of('m0', 'm1');
    const { process } = world.host('m0');
    const { machine } = process;
    world.isUnreachable = true;
    await world.leased('m0');
    machine.sleep();
    process.stall(300);
    if (isSetBack) machine.wallOffsetMs -= 300;
    else grant(world, 'm0', world.belief('m0').monotonic + 1e-6, world.belief('m0').wall);
    assert.ok(world.belief('m0').leaseValid);
    await world.run(200);
    world.expel('m0');
    world.write(heldBy(world, 'm0'), nobody);
    const found = world.found();
    const isOver = [/^I5: .* believes in its lease, but no renewal of it landed/, /^I5: .* landed while m0#1/];
    if (isSetBack) assert.deepEqual(found, []);
    else assertFound(found, ...isOver);
  }
});

test('an expulsion before the lease is over', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  await world.leased('m0');
  world.isUnreachable = true;
  world.expel('m0');
  assertFound(
    world.found(),
    /^I5: at .* m0#1\/.* was expelled .* ms after its last renewal landed: it announced a lease of 100 ms/,
    /^I5: at .* m0#1\/.* believes in its lease, but its key is a deletion marker/,
  );
});

test('an expulsion of somebody who could be reached and was not silent', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  world.stage.room.disconnect('m0', {});
  await world.run(300);
  world.expel('m0');
  const found = world.found();
  assertFound(found, /^liveness: at .* m0#1\/.* was expelled .* though it could be reached/);
  assert.equal(found.length, 1);
});

test('an expulsion of somebody when nobody could renew', async () => {
  const world = await CalmWorld.of('m0', 'm1', 'm2');
  for (const id of ['m0', 'm1', 'm2']) world.stage.room.disconnect(id, {});
  await world.run(4_000);
  world.expel('m0');
  const found = world.found();
  assertFound(
    found,
    /^liveness: at .* m0#1\/.* was expelled .*: since then no member renewed its own key more than \d times/,
  );
  assert.equal(found.length, 1);
});

test('an expulsion of somebody who was silent, or could not be reached, is right', async () => {
  const silent = await CalmWorld.of('m0', 'm1');
  silent.stage.room.disconnect('m0', {});
  await silent.run(4_000);
  const hidden = await CalmWorld.of('m0', 'm1');
  hidden.stage.room.disconnect('m0', {});
  hidden.isUnreachable = true;
  await hidden.run(300);
  hidden.expel('m0');
  assert.deepEqual([...silent.found(), ...hidden.found()], []);
  assert.equal(silent.stage.buckets.content('members').entries.get(silent.belief('m0').key)?.deleted, true);
});

test('a crashed member that is expelled before its lease is over', async () => {
  const world = await CalmWorld.of('m0', 'm1');
  world.stage.room.crash('m0', 0);
  world.expel('m0');
  assertFound(world.found(), /^I5: at .* m0#1\/.* was expelled/);
});

/** The sessions of the slot, as if the member had taken it at epoch 9. */
function openAt(world: CalmWorld, id: string, slot: number): void {
  inside<{ open(...of: unknown[]): void }>(world.host(id).member, 'incarnation', 'host').open(slot, 9, null);
}

/** As if a renewal that was sent then had been acknowledged. */
function grant(world: CalmWorld, id: string, monotonic: number, wall: number): void {
  const term = inside<{ granted(monotonic: number, wall: number): void; droppedAt: number }>(
    world.host(id).member,
    'incarnation',
    'membership',
    'keeper',
    'term',
  );
  term.droppedAt = Number.NEGATIVE_INFINITY;
  term.granted(monotonic, wall);
}
