/**
 * A game that NATS lost, and nothing else: it is said once, and the game can be made again.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Entry } from '../../../../src/ports/store.ts';
import { Lab } from '../lab.ts';
import { act, erase, FOREVER, type Owner, owning, read, SLOT, start, storedGame } from './slot-lab.ts';

let lab: Lab;
let owner: Owner;

beforeEach(async () => {
  lab = new Lab();
  owner = await owning(lab, 1);
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic());
  (lab.buckets.content('sessions').entries as Map<string, Entry>).delete(`${SLOT}.G`);
});

const losses = () => owner.notes.filter((note) => note.startsWith('rolledBack')).length;

test('the first touch finds out and says so; the next ones cost nothing and raise no alarm', async () => {
  assert.equal(await owner.tells(read()), '404 game_not_alive');
  assert.equal(losses(), 1);
  for (const operation of [read(), act(), start(null)]) {
    const since = lab.clock.monotonic();
    assert.equal(await owner.tells(operation), '404 game_not_alive');
    assert.equal(lab.clock.monotonic() - since, 0);
  }
  assert.deepEqual([losses(), owner.slot.index.size, owner.slot.items.size], [1, 0, 0]);
});

test('it can be made again under its id, from a document, at the first try', async () => {
  const made = await owner.ask(start({ round: 4 }), FOREVER);
  assert.equal(made.kind === 'answer' && made.status, 201);
  assert.equal((await storedGame(lab))?.state.round, 4);
  assert.equal(await owner.tells(read()), '200');
  assert.deepEqual([losses(), owner.slot.index.size], [1, 1]);
  await owner.list();
  assert.equal(await owner.tells(act()), '200');
});

const entries = (): Map<string, Entry> => lab.buckets.content('sessions').entries as Map<string, Entry>;

/** What is stored there from now on is what was stored there once. */
function setBack(entry: Entry | undefined): void {
  assert.ok(entry);
  entries().set(entry.key, entry);
}

test('a list finds out, of a game that nobody touches, and says so once', async () => {
  for (let times = 0; times < 2; times += 1) {
    await owner.list();
    assert.deepEqual([losses(), owner.slot.index.size, owner.slot.items.size], [1, 0, 0]);
  }
  assert.equal(await owner.tells(start({ round: 4 })), '201');
});

for (const isInMemory of [true, false]) {
  test(`a list that shows an older state decides, whether the newer one is in memory (${isInMemory}) or not`, async () => {
    assert.equal(await owner.tells(start({}, {}, 'H')), '201');
    const older = entries().get(`${SLOT}.H`);
    assert.equal(await owner.tells(act(undefined, {}, 'H')), '200');
    if (!isInMemory) owner.slot.evictIdle(lab.clock.monotonic() + 1);
    setBack(older);
    await owner.list();
    assert.equal(owner.notes.filter((note) => note === 'rolledBack H').length, 1);
    assert.equal(owner.slot.items.get('H')?.revision, older?.revision);
    const since = lab.clock.monotonic();
    assert.equal(await owner.tells(act(undefined, {}, 'H')), '200');
    assert.ok(lab.clock.monotonic() - since < 100, 'nobody waits for what is lost');
    assert.equal((await storedGame(lab, 'H'))?.version, 2);
  });
}

test('a deletion that was lost brings the game back', async () => {
  assert.equal(await owner.tells(start({}, {}, 'H')), '201');
  const older = entries().get(`${SLOT}.H`);
  assert.equal(await owner.tells(erase('H')), '204');
  setBack(older);
  assert.equal(await owner.tells(read('H')), '404 game_not_alive');
  await owner.list();
  assert.equal(await owner.tells(read('H')), '200');
});

test('what is written, read or made while the list runs is not taken for lost', async () => {
  assert.equal(await owner.tells(start({}, {}, 'H')), '201');
  assert.equal(await owner.tells(start({}, {}, 'I')), '201');
  const known = owner.slot.known();
  const listing = await owner.listing();
  assert.equal(await owner.tells(act(undefined, {}, 'H')), '200');
  assert.equal(await owner.tells(start({}, {}, 'J')), '201');
  assert.equal(await owner.tells(erase('I')), '204');
  owner.slot.adoptListed(listing, known);
  assert.deepEqual(
    owner.notes.filter((note) => /rolledBack [HIJ]/.test(note)),
    [],
  );
  for (const [gameId, expected] of Object.entries({ H: '200', I: '404 game_not_alive', J: '200' })) {
    assert.equal(await owner.tells(read(gameId)), expected, gameId);
  }
});

test('whoever writes finds out by that, not by a list', async () => {
  assert.equal(await owner.tells(start({}, {}, 'H')), '201');
  const older = entries().get(`${SLOT}.H`);
  assert.equal(await owner.tells(act(undefined, {}, 'H')), '200');
  setBack(older);
  const asked = owner.watch(act(undefined, {}, 'H'));
  await lab.clock.advance(10);
  await owner.list();
  assert.deepEqual([asked.told, owner.notes.filter((note) => note === 'rolledBack H').length], [null, 0]);
  await lab.until('the answer', () => asked.told !== null, 10_000);
  assert.equal(asked.told, 'moved, uncertain');
});

test('a slot is certain once it is listed, and again after each doubt: one that comes during a list outlasts it', async () => {
  const { slot } = owner;
  assert.equal(slot.certain, true);
  slot.doubt();
  assert.equal(slot.certain, false);
  const known = slot.known();
  slot.doubt();
  slot.adoptListed(await owner.listing(), known);
  assert.equal(slot.certain, false);
  await owner.list();
  assert.equal(slot.certain, true);
});
