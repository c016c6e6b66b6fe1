/**
 * How sessions come to their owner: found by a complete list, read and claimed, fenced off from whoever had them before.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { held, noAnswer, refused, shows } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { act, FOREVER, Owner, owning, read, SLOT, start, storedGame, told } from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

test('not alive is said only once the slot is listed', async () => {
  const owner = new Owner(lab, 1);
  const asked = [read(), act(), start(null)].map((operation) => owner.watch(operation));
  await lab.clock.advance(5_000);
  assert.deepEqual(
    asked.map((one) => one.told),
    [null, null, null],
  );
  await owner.list();
  await lab.clock.advance(50);
  assert.deepEqual(
    asked.map((one) => one.told),
    Array(3).fill('404 game_not_alive'),
  );
});

test('a game that is to be read is under way until it is found, or the slot is another’s', async () => {
  await owning(lab, 1, { round: 5 });
  const underWay = () => [...lab.progress.of('claim').keys()];
  assert.deepEqual(underWay(), []);
  const next = new Owner(lab, 2);
  await next.list();
  next.sessions.readFaults = Array(20).fill(noAnswer);
  const asked = next.watch(read());
  await lab.clock.advance(1_000);
  assert.deepEqual(underWay(), [`${SLOT}.G`]);
  await lab.until('the answer', () => asked.told !== null, 60_000);
  assert.deepEqual(underWay(), []);
  const last = new Owner(lab, 3);
  await last.list();
  last.sessions.readFaults = Array(1_000).fill(noAnswer);
  last.watch(read());
  await lab.clock.advance(1_000);
  assert.deepEqual(underWay(), [`${SLOT}.G`]);
  last.slot.close();
  await lab.clock.advance(1_000);
  assert.deepEqual(underWay(), []);
});

test('nor is it under way once a list shows that it was deleted', async () => {
  await owning(lab);
  const owner = new Owner(lab, 2);
  owner.sessions.readFaults = Array.from({ length: 100 }, () => noAnswer);
  const reading = owner.watch(read());
  await lab.until('the load', () => lab.progress.of('claim').size > 0);
  const { revision } = lab.buckets.content('sessions').entries.get(`${SLOT}.G`) ?? assert.fail('it is not stored');
  await lab.finish(lab.bucket('sessions').remove(`${SLOT}.G`, { expected: revision, timeoutMs: 100 }));
  owner.slot.adopt(await new Owner(lab, 3).listing());
  await lab.until('the answer', () => reading.told !== null);
  assert.deepEqual([reading.told, [...lab.progress.of('claim').keys()]], ['404 game_not_alive', []]);
});

test('nor is a game made before that', async () => {
  await owning(lab, 1, { round: 5 });
  const next = new Owner(lab, 2);
  next.sessions.readFaults = [shows(null)];
  const asked = next.watch(start({ round: 1 }));
  await lab.clock.advance(1_000);
  assert.equal(asked.told, null, 'a read that shows nothing proves nothing');
  await next.list();
  await lab.until('the answer', () => asked.told !== null);
  assert.equal(asked.told, '200');
  assert.equal((await storedGame(lab))?.state.round, 5);
});

test('a game whose key was deleted is not alive, and can be made anew', async () => {
  const owner = await owning(lab);
  const entry = await lab.finish(owner.sessions.read(`${SLOT}.G`, 100));
  await lab.finish(owner.sessions.remove(`${SLOT}.G`, { expected: entry?.revision ?? 0, timeoutMs: 100 }));
  const next = new Owner(lab, 2);
  const early = next.watch(read());
  await lab.clock.advance(100);
  assert.equal(early.told, null, 'the marker alone does not say that the slot is its own');
  await next.list();
  await lab.until('the answer', () => early.told === '404 game_not_alive');
  assert.equal(await next.tells(start()), '201');
  await lab.clock.advance(100);
  next.slot.evictIdle(lab.clock.monotonic());
  assert.equal(await next.tells(read()), '200');
});

test('after a takeover what is touched is read and claimed at once, before the slot is listed', async () => {
  await (await owning(lab)).tells(act());
  const next = new Owner(lab, 2);
  assert.equal(await next.tells(read()), '200');
  const { stamp, version } = (await storedGame(lab)) ?? {};
  assert.deepEqual([stamp, version], [{ owner: 'm2', incarnation: 'i', epoch: 2 }, 2]);
});

test('nothing is answered from a session before its claim has landed', async () => {
  await owning(lab);
  const next = new Owner(lab, 2);
  const slow = held();
  next.sessions.writeFaults = [slow.fault];
  const first = next.watch(read());
  await lab.clock.advance(100);
  const asked = [first, ...[read(), act(), start(null)].map((operation) => next.watch(operation))];
  await lab.clock.advance(2_000);
  assert.deepEqual(
    asked.map((one) => one.told),
    [null, null, null, null],
  );
  assert.equal(next.slot.readNow(read()), null);
  slow.release();
  await lab.until('answers', () => asked.every((one) => one.told === '200'));
});

test('after a claim no write of the former owner lands; what it had in flight is uncertain', async () => {
  const zombie = await owning(lab);
  const slow = held();
  zombie.sessions.writeFaults = [slow.fault];
  const late = zombie.watch(act());
  await lab.clock.advance(10);
  const next = new Owner(lab, 2);
  assert.equal(await next.tells(act()), '200');
  slow.release();
  await lab.until('the zombie’s answer', () => late.told !== null);
  assert.equal(late.told, 'moved, uncertain');
  assert.ok(zombie.notes.includes('fenced'), 'a higher epoch tells it that the slot is not its own');
  assert.equal(await zombie.tells(read()), 'moved');
  assert.equal((await storedGame(lab))?.version, 2, 'the zombie’s command is not in it');
});

test('what a former owner writes before the claim lands is taken over with it, however often that happens', async () => {
  const zombie = await owning(lab);
  const next = new Owner(lab, 2);
  // Each lands between a read and a claim.
  next.sessions.writeFaults = [1, 2, 3].map(() => async (land) => {
    assert.equal(told(await zombie.slot.execute(act(), FOREVER)), '200');
    return land();
  });
  assert.equal(await next.tells(read()), '200');
  const { version, stamp } = (await storedGame(lab)) ?? {};
  assert.deepEqual([version, stamp?.epoch], [4, 2]);
});

test('a stored epoch above ours ends it: the slot has another owner', async () => {
  await owning(lab, 5);
  const old = new Owner(lab, 4);
  assert.equal(await old.tells(read()), 'moved');
  assert.deepEqual(old.notes, ['fenced']);
  assert.equal((await storedGame(lab))?.stamp.epoch, 5);
});

test('commands that share a write when it fails: uncertain those that were sent, certainly not applied the others', async () => {
  const zombie = await owning(lab);
  const slow = held();
  zombie.sessions.writeFaults = [slow.fault];
  const sent = zombie.watch(act());
  await lab.clock.advance(1);
  const unsent = zombie.watch(act());
  await new Owner(lab, 2).tells(read());
  slow.release();
  await lab.until('both', () => sent.told !== null && unsent.told !== null);
  assert.deepEqual([sent.told, unsent.told], ['moved, uncertain', 'moved']);
});

test('a write that fails for good drops the session; the next touch reads what is stored', async () => {
  const owner = await owning(lab);
  owner.sessions.writeFaults = [refused];
  assert.equal(await owner.tells(act()), '413 game_not_storable');
  assert.deepEqual(owner.notes.slice(-2), ['broken G', 'dropped G']);
  assert.equal(await owner.tells(act()), '200');
  assert.equal((await storedGame(lab))?.version, 2);
});

test('what cannot be read is an error, loudly, and leaves the rest alone', async () => {
  const owner = await owning(lab);
  const write = { value: new Uint8Array([123]), expected: 0, timeoutMs: 100 };
  await lab.finish(owner.sessions.write(`${SLOT}.broken`, write));
  const next = new Owner(lab, 2);
  assert.equal(await next.tells(read('broken')), '500 internal');
  assert.equal(await next.tells(read('broken')), '500 internal');
  assert.deepEqual(next.notes, ['broken broken', 'dropped broken'], 'told once');
  assert.equal(await next.tells(read()), '200');
});

test('a read that shows less than is known is repeated; if it stays so, NATS lost a write and we say so (I9)', async () => {
  const owner = await owning(lab);
  const old = await lab.finish(owner.sessions.read(`${SLOT}.G`, 100));
  await owner.tells(act());
  const next = new Owner(lab, 2);
  await next.list();
  next.sessions.readFaults = [noAnswer, ...Array.from({ length: 14 }, (_, index) => shows(index % 2 ? old : null))];
  assert.equal(await next.tells(read()), '200');
  assert.deepEqual(next.notes, ['committed G']);
  assert.equal((await storedGame(lab))?.version, 2);

  const third = new Owner(lab, 3);
  await third.list();
  third.sessions.readFaults = Array.from({ length: 16 }, () => shows(old));
  assert.equal(await third.tells(read()), '200');
  assert.ok(third.notes.includes('rolledBack G'));

  const fourth = new Owner(lab, 4);
  await fourth.list();
  fourth.sessions.readFaults = Array.from({ length: 16 }, () => shows(null));
  assert.equal(await fourth.tells(read()), '404 game_not_alive');
  assert.deepEqual(fourth.notes, ['rolledBack G']);
});

test('a commit number that went down is said loudly', async () => {
  const owner = await owning(lab);
  await owner.tells(act());
  const next = new Owner(lab, 2);
  const entry = await lab.finish(owner.sessions.read(`${SLOT}.G`, 100));
  const listing = {
    status: 'active',
    listed: false,
    suspended: false,
    playedAt: null,
    deadline: null,
    epoch: 1,
    commit: 9,
  };
  next.slot.adopt(new Map([['G', { revision: entry?.revision ?? 0, deleted: false, listing }]]));
  assert.equal(await next.tells(read()), '200');
  assert.ok(next.notes.includes('rolledBack G'));
});
