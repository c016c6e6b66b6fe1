/**
 * Games that are in the archive: found there by every owner, however it comes to the slot and whatever its reads show.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { noAnswer, shows } from '../../support/faulty-bucket.ts';
import { Lab } from './lab.ts';
import {
  act,
  ada,
  anew,
  concluded,
  create,
  erase,
  events,
  handOver,
  Owner,
  owning,
  read,
  SLOT,
  start,
  state,
  storedGame,
} from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

const over = (): Promise<Owner> => concluded(lab);

test('nothing is said of it under a lease that is over', async () => {
  const owner = await over();
  owner.valid = false;
  assert.equal(await owner.tells(read()), '200');
  assert.equal(owner.renewals, 1);
  owner.renewal = async () => false;
  for (const operation of [read(), state(), events(), ...anew()]) {
    assert.equal(await owner.tells(operation), 'moved', operation.kind);
  }
});

test('while the archive does not answer nothing is said, and nothing made', async () => {
  const owner = await over();
  for (const operation of [read(), start({}), create(), act(), start({}, {}, 'Other')]) {
    owner.archive.readFaults = [noAnswer];
    assert.equal(await owner.tells(operation), 'moved', operation.kind);
  }
  assert.equal(await storedGame(lab, 'Other'), null);
});

test('a replica of the archive that lags hides nothing: the deletion marker tells that there is something', async () => {
  const owner = await over();
  const next = new Owner(lab, 2);
  await next.list();
  for (const by of [owner, next]) {
    for (const operation of [read(), events(), start({}), create(), act()]) {
      by.archive.readFaults = [shows(null), shows(null), shows(null)];
      const expected = operation.kind === 'read' || operation.kind === 'events' ? '200' : '409';
      assert.equal((await by.tells(operation)).slice(0, 3), expected, operation.kind);
    }
  }
  assert.equal(await storedGame(lab), null);
});

test('nor is it made anew where a handoff brought no marker: the write meets it', async () => {
  const owner = await over();
  await lab.finish(owner.slot.freeze(400));
  const next = new Owner(lab, 2);
  handOver(owner, next);
  next.archive.readFaults = [shows(null), shows(null)];
  assert.equal(await next.tells(start({})), '409 game_concluded');
  assert.equal(await storedGame(lab), null);
});

test('while a lagging archive is looked at again the slot may freeze or close', async () => {
  for (const closes of [true, false]) {
    lab = new Lab();
    const owner = await over();
    owner.archive.readFaults = Array.from({ length: 12 }, () => shows(null));
    const asked = owner.watch(start({}));
    await lab.clock.advance(100);
    if (closes) owner.slot.close();
    else await lab.finish(owner.slot.freeze(400));
    await lab.clock.advance(100);
    const { reads } = owner.archive;
    await lab.clock.advance(500);
    assert.deepEqual([asked.told, owner.archive.reads], [closes ? 'moved' : null, reads]);
    owner.slot.unfreeze();
    await lab.until('the answer', () => asked.told !== null);
    assert.equal(asked.told, closes ? 'moved' : '409 game_concluded');
  }
});

test('when its archive has expired the game never was', async () => {
  const owner = await over();
  const { revision } = lab.buckets.content('archive').entries.get(`${SLOT}.G`) ?? { revision: 0 };
  await lab.finish(lab.bucket('archive').purge(`${SLOT}.G`, revision));
  assert.equal(await owner.tells(read()), '404 game_not_alive');
  assert.equal(await owner.tells(start({ round: 4 })), '201');
  assert.equal((await storedGame(lab))?.state.round, 4);
});

test('an erased game is not taken for a concluded one', async () => {
  for (const make of [() => owning(lab, 1, ada), over]) {
    lab = new Lab();
    const owner = await make();
    assert.equal(await owner.tells(erase()), '204');
    const next = new Owner(lab, 2);
    await next.list();
    for (const by of [owner, next]) {
      const { reads } = by.archive;
      assert.equal(await by.tells(read()), '404 game_not_alive');
      assert.equal(by.archive.reads, reads + 1, 'nothing is to be expected there');
    }
  }
});
