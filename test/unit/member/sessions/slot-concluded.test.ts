/**
 * Games that are in the archive: found there by every owner, however it comes to the slot and whatever its reads show.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { CONCLUDED, ERASED } from '../../../../src/session/snapshot.ts';
import { held, noAnswer, shows } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import {
  act,
  ada,
  anew,
  concluded,
  create,
  erase,
  events,
  handOver,
  leaving,
  nextOwner,
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
  const second = await nextOwner(lab, owner, 'lists');
  const third = await nextOwner(lab, second, 'is handed it');
  const fourth = await nextOwner(lab, third, 'is handed it');
  for (const by of [owner, fourth]) {
    for (const operation of [read(), events(), start({}), create(), act()]) {
      by.archive.readFaults = [shows(null), shows(null), shows(null)];
      const expected = operation.kind === 'read' || operation.kind === 'events' ? '200' : '409';
      assert.equal((await by.tells(operation)).slice(0, 3), expected, operation.kind);
    }
  }
  assert.equal(await storedGame(lab), null);
});

for (const how of ['lists', 'is handed it'] as const) {
  test(`while nothing is shown of it for long it is neither gone nor made anew: the next owner ${how}`, async () => {
    const next = await nextOwner(lab, await over(), how);
    const faults = [read(), state(), events(), ...anew()].map((operation) => ({ operation, reads: 15 }));
    for (const { operation, reads } of faults) {
      next.archive.readFaults = Array.from({ length: reads }, () => shows(null));
      assert.equal(await next.tells(operation), 'moved', operation.kind);
      assert.deepEqual(next.archive.readFaults, [], 'it is looked for as often as what lags');
    }
    assert.equal(await storedGame(lab), null);
    assert.deepEqual([await next.tells(read()), await next.tells(start({}))], ['200', '409 game_concluded']);
    assert.ok(next.notes.includes('broken G'), 'operators are told');
  });
}

/** What the deletion marker of the game G tells. */
const statusOfMarker = () => lab.buckets.content('sessions').entries.get(`${SLOT}.G`)?.headers['Minotaur-Status'];

/** The next owner of the game G: its last write landed, and what this one leads to was done, while the handoff was on its way. */
async function endedMeanwhile(ends: RoutedOperation, status: string): Promise<Owner> {
  const owner = await owning(lab, 1, ada);
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  owner.watch(ends);
  await lab.clock.advance(10);
  await lab.finish(owner.slot.freeze(50));
  const exported = owner.slot.export();
  assert.equal(exported[0]?.unsettled, true);
  slow.release();
  await lab.until('the end', () => statusOfMarker() === status);
  const next = new Owner(lab, 2);
  handOver(owner, next, exported);
  return next;
}

for (const operation of [read(), start({ round: 4 })]) {
  test(`a game that ends while it is handed over stays concluded, whatever the archive shows: ${operation.kind}`, async () => {
    const next = await endedMeanwhile(act(leaving), CONCLUDED);
    const last = new Owner(lab, 3);
    for (const by of [next, last]) {
      if (by === last) await last.list();
      by.archive.readFaults = [shows(null)];
      assert.equal(await by.tells(operation), operation.kind === 'read' ? '200' : '409 game_concluded');
    }
    assert.equal(await storedGame(lab), null);
  });
}

test('a game that is erased while it is handed over leaves a marker that goes on saying so', async () => {
  const next = await endedMeanwhile(erase(), ERASED);
  assert.equal(await next.tells(read()), '404 game_not_alive');
  assert.equal(statusOfMarker(), ERASED);
});

for (const how of ['keeps', 'lists', 'is handed it'] as const) {
  test(`a game that was made anew and is over is not shown as the one that was erased: the owner ${how}`, async () => {
    const owner = await over();
    const atKey = () => lab.buckets.content('archive').entries.get(`${SLOT}.G`) ?? null;
    const before = atKey();
    assert.equal(await owner.tells(erase()), '204');
    const gone = atKey();
    assert.equal(await owner.tells(start({ ...ada, round: 9 })), '201');
    assert.equal(await owner.tells(act(leaving)), '204');
    await lab.until('the end', () => statusOfMarker() === CONCLUDED);
    const next = how === 'keeps' ? owner : await nextOwner(lab, owner, how);
    next.archive.readFaults = [shows(before), shows(gone)];
    const answer = await next.ask(read());
    assert.ok(answer.kind === 'answer');
    assert.equal((JSON.parse(answer.body) as { game: { round: number } }).game.round, 9);
    assert.deepEqual(next.archive.readFaults, [], 'both were read');
    next.archive.readFaults = Array.from({ length: 15 }, () => shows(gone));
    assert.equal(await next.tells(read()), 'moved', 'nor is it gone');
  });
}

test('nor is it made anew where no marker is known: the write meets it', async () => {
  await over();
  const next = new Owner(lab, 2);
  next.slot.adopt(new Map());
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

test('when its archive has expired the game never was: its marker was purged long before', async () => {
  const owner = await over();
  const { revision } = lab.buckets.content('archive').entries.get(`${SLOT}.G`) ?? { revision: 0 };
  await lab.finish(lab.bucket('archive').purge(`${SLOT}.G`, revision));
  assert.equal(await owner.tells(read()), 'moved');
  await lab.finish(owner.slot.purge(await owner.listing(), -1));
  assert.equal(await owner.tells(read()), '404 game_not_alive');
  assert.equal(await owner.tells(start({ round: 4 })), '201');
  assert.equal((await storedGame(lab))?.state.round, 4);
});

test('a marker that was handed over while its game was being erased does not outlast the erasure', async () => {
  const owner = await over();
  const next = await nextOwner(lab, owner, 'is handed it');
  const third = new Owner(lab, 3);
  await third.list();
  assert.equal(await third.tells(erase()), '204');
  assert.equal(await next.tells(read()), '404 game_not_alive', 'the archive says so');
});

/** How the game comes to its end: erased alive, erased once it is over, or when its marker was purged long ago. */
const erasures: Record<string, () => Promise<Owner>> = {
  alive: () => owning(lab, 1, ada),
  'that is over': over,
  'that was over long ago': async () => {
    const owner = await over();
    await lab.finish(owner.slot.purge(await owner.listing(), -1));
    assert.equal(owner.slot.items.size, 0);
    return owner;
  },
};
for (const [which, make] of Object.entries(erasures)) {
  test(`a game ${which} is gone once it is erased, whatever a replica of the archive still shows, and for every owner`, async () => {
    await over();
    const shown = lab.buckets.content('archive').entries.get(`${SLOT}.G`);
    assert.ok(shown);
    lab = new Lab();
    const owner = await make();
    assert.equal(await owner.tells(erase()), '204');
    const second = await nextOwner(lab, owner, 'lists');
    const third = await nextOwner(lab, second, 'is handed it');
    const fourth = new Owner(lab, 9);
    await fourth.list();
    for (const by of [third, fourth]) {
      by.archive.readFaults = [shows(shown)];
      assert.equal(await by.tells(read()), '404 game_not_alive');
    }
    assert.equal(await fourth.tells(start({ round: 4 })), '201', 'and it can be made anew');
    assert.equal((await storedGame(lab))?.state.round, 4);
  });
}
