/**
 * Erasing games: nothing is left, nothing comes back, and the id is free again.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { type Caller, PUBLIC } from '../../../../src/session/permission.ts';
import { delayed, held, noAnswer, refused, shows, unheard, type WriteFault } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import {
  act,
  ada,
  create,
  end,
  erase,
  erased,
  kept,
  leaving,
  Owner,
  owning,
  read,
  SLOT,
  start,
  storedGame,
} from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

const through: WriteFault = (land) => land();
test('in memory, with rounds behind it', async () => {
  const owner = await owning(lab);
  for (const round of [1, 2, 3]) assert.equal(await owner.tells(end(round)), '200');
  assert.equal(kept(lab).length, 4);
  assert.equal(await owner.tells(erase()), '204');
  assert.deepEqual(kept(lab), [], 'by the time of the answer');
  await erased(owner);
});

test('not in memory, or never seen by this owner', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic());
  assert.equal(await owner.tells(erase()), '204');
  await erased(owner);

  const next = new Owner(lab, 2);
  assert.equal(await next.tells(erase()), '204', 'found by a read, before the slot is listed');
  await next.list();
  await erased(next);
});

test('although its snapshot cannot be read', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  const revision = owner.slot.items.get('G')?.revision ?? 0;
  const damage = { value: new Uint8Array([123]), expected: revision, timeoutMs: 100 };
  await lab.finish(owner.sessions.write(`${SLOT}.G`, damage));

  const next = new Owner(lab, 2);
  assert.equal(await next.tells(read()), '500 internal');
  assert.equal(await next.tells(erase()), '204');
  await next.list();
  await erased(next);
});

test('other games are left alone, also those whose ids begin alike', async () => {
  const owner = await owning(lab);
  assert.equal(await owner.tells(start({}, {}, 'G1')), '201');
  assert.equal(await owner.tells(act({ type: 'end_round', round: 1 }, {}, 'G1')), '200');
  assert.equal(await owner.tells(erase()), '204');
  assert.deepEqual(kept(lab), [`sessions ${SLOT}.G1`, `archive ${SLOT}.G1.1`]);
  assert.equal(await owner.tells(read('G1')), '200');
});

test('what was never there, or is gone already, is erased; twice as well, also at once', async () => {
  const owner = await owning(lab, 1, null);
  assert.deepEqual([await owner.tells(erase()), owner.slot.index.size], ['204', 0]);
  assert.equal(await owner.tells(start()), '201');
  await owner.tells(end(1));
  const both = [owner.watch(erase()), owner.watch(erase())];
  await lab.until('both', () => both.every((one) => one.told === '204'));
  assert.equal(await owner.tells(erase()), '204');
  await erased(owner);
});

test('only an administrator may, where that is asked for', async () => {
  const owner = await owning(lab);
  const host: Caller = { kind: 'player', playerId: 'h', nonce: 'n', generation: 1 };
  const by = (caller: Caller, may: 'admin' | 'host') =>
    owner.tells({ ...erase(), caller, may: [may] } as RoutedOperation);
  assert.equal(await by(PUBLIC, 'admin'), '401 unauthorized');
  assert.equal(await by(host, 'admin'), '403 forbidden');
  assert.equal(await by(host, 'host'), '403 forbidden');
  assert.equal(await by({ kind: 'admin' }, 'host'), '403 forbidden');
  assert.ok((await storedGame(lab)) !== null);
});

for (const lands of [true, false]) {
  test(`while a command is being written, which ${lands ? 'lands' : 'never does'}`, async () => {
    const owner = await owning(lab);
    const slow = held();
    owner.sessions.writeFaults = [slow.fault];
    const sent = owner.watch(end(1));
    await lab.clock.advance(5);
    const unsent = owner.watch(act());
    const asked = owner.watch(erase());
    await lab.clock.advance(100);
    assert.deepEqual([sent.told, unsent.told], ['moved, uncertain', 'moved'], 'nobody waits for a game that goes');
    assert.equal(asked.told, null, 'its fate is not known yet');
    if (!lands) owner.sessions.writeFaults = [async () => ({ kind: 'unavailable' })];
    slow.release();
    await lab.until('the answer', () => asked.told !== null);
    assert.equal(asked.told, '204');
    await erased(owner);
  });
}

test('while a record is being archived: it does not come later', async () => {
  const owner = await owning(lab);
  const slow = held();
  owner.archive.writeFaults = [slow.fault];
  owner.watch(end(1));
  await lab.clock.advance(5);
  const asked = owner.watch(erase());
  await lab.clock.advance(100);
  assert.equal(asked.told, null);
  slow.release();
  await lab.until('the answer', () => asked.told === '204');
  await erased(owner);
});

for (const marked of [false, true]) {
  test(`while it is being made${marked ? ' where there was one before' : ''}: what is made goes as well`, async () => {
    const owner = await owning(lab, 1, marked ? {} : null);
    if (marked) assert.equal(await owner.tells(erase()), '204');
    const slow = held();
    owner.sessions.writeFaults = [slow.fault];
    const made = owner.watch(start());
    await lab.clock.advance(5);
    const asked = owner.watch(erase());
    await lab.clock.advance(100);
    assert.deepEqual([made.told, asked.told], ['moved, uncertain', null]);
    slow.release();
    await lab.until('the answer', () => asked.told === '204');
    await erased(owner);
  });
}

test('late copies of its writes land nowhere', async () => {
  const owner = await owning(lab, 1, null);
  const [creation, command, record] = [delayed(), delayed(), delayed()];
  owner.sessions.writeFaults = [creation.fault, through, command.fault];
  owner.archive.writeFaults = [record.fault];
  assert.equal(await owner.tells(start()), '201');
  assert.equal(await owner.tells(end(1)), '200');
  assert.equal(await owner.tells(erase()), '204');
  for (const copy of [creation, command, record]) assert.equal((await lab.finish(copy.land())).kind, 'stale');
  await erased(owner);
});

test('a game that is over and archived', async () => {
  const owner = await owning(lab, 1, ada);
  assert.equal(await owner.tells(act(leaving)), '204');
  await lab.until('the deletion', () => owner.slot.items.get('G')?.deleted === true);
  assert.deepEqual(kept(lab), [`archive ${SLOT}.G.1`, `archive ${SLOT}.G`]);
  assert.equal(await owner.tells(erase()), '204');
  await erased(owner);
});

for (const stuck of ['its last state is being archived', 'it is being deleted'] as const) {
  test(`a game that is over, while ${stuck}`, async () => {
    const owner = await owning(lab, 1, ada);
    const slow = held();
    if (stuck === 'it is being deleted') owner.sessions.writeFaults = [through, slow.fault];
    else owner.archive.writeFaults = [through, slow.fault];
    assert.equal(await owner.tells(act(leaving)), '204');
    await lab.clock.advance(50);
    const asked = owner.watch(erase());
    await lab.clock.advance(1_000);
    slow.release();
    await lab.until('the answer', () => asked.told === '204');
    await erased(owner);
  });
}

test('what an owner of before still archives does not come back, neither where something was nor where nothing was', async () => {
  for (const heard of [true, false]) {
    lab = new Lab();
    const zombie = await owning(lab, 1, ada);
    const late = held();
    zombie.archive.writeFaults = heard ? [through, unheard, late.fault] : [through, late.fault];
    assert.equal(await zombie.tells(act(leaving)), '204');
    await lab.clock.advance(50);
    const next = new Owner(lab, 2);
    await next.list();
    // It does not get so far as to conclude the game itself.
    next.archive.writeFaults = [async () => ({ kind: 'unavailable' })];
    assert.equal(await next.tells(erase()), '204');
    late.release();
    await lab.clock.advance(5_000);
    assert.deepEqual(kept(lab), [], 'the zombie repeats what was refused, and is refused again');
    await erased(next);
  }
});

test('a replica of the archive that lags does not hide what is to be erased', async () => {
  const owner = await owning(lab, 1, ada);
  assert.equal(await owner.tells(act(leaving)), '204');
  await lab.until('the deletion', () => owner.slot.items.get('G')?.deleted === true);
  owner.archive.readFaults = [shows(null), shows(null)];
  assert.equal(await owner.tells(erase()), '204');
  await erased(owner);
});

test('while the archive does not answer it is not said to be erased; asked again it is', async () => {
  const owner = await owning(lab, 1, ada);
  assert.equal(await owner.tells(act(leaving)), '204');
  await lab.until('the deletion', () => owner.slot.items.get('G')?.deleted === true);
  owner.archive.readFaults = [noAnswer];
  const told = await owner.tells(erase());
  assert.ok(told === '204' || told === 'moved, uncertain', told);
  if (told !== '204') assert.equal(await owner.tells(erase()), '204');
  await erased(owner);
});

test('given up when writes are: nobody is told that it is done, and nothing spins', async () => {
  const owner = await owning(lab);
  owner.sessions.writeFaults = [
    async () => {
      lab.open = false;
      return { kind: 'unknown' };
    },
  ];
  assert.equal(await owner.tells(erase()), 'moved, uncertain');
});

test('a deletion that the store refuses is not said to be done', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  owner.sessions.writeFaults = [refused];
  assert.equal(await owner.tells(erase()), 'moved, uncertain');
  assert.equal(kept(lab).length, 2);
  assert.equal(await owner.tells(erase()), '204');
});

test('under a lease that is over nobody is told that it is done', async () => {
  const owner = await owning(lab);
  owner.valid = false;
  owner.renewal = async () => false;
  assert.equal(await owner.tells(erase()), 'moved, uncertain');
});

test('a creation after an erased creation has no memory of it', async () => {
  const owner = await owning(lab, 1, null);
  const creation = create({ id: 'once' });
  assert.equal(await owner.tells(creation), '201');
  assert.equal(await owner.tells(erase()), '204');
  assert.equal(await owner.tells(create({ id: 'once', fingerprint: 'g' })), '201');
});
