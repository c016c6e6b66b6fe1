/**
 * Games whose erasure was given up half way: gone for everybody from the first marker on, and finished by whoever comes next.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ERASED, ERASING } from '../../../../src/session/snapshot.ts';
import { held, refused } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import {
  act,
  concluded,
  end,
  erase,
  erased,
  events,
  kept,
  nextOwner,
  Owner,
  owning,
  read,
  SLOT,
  start,
} from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

const statusOfMarker = () => lab.buckets.content('sessions').entries.get(`${SLOT}.G`)?.headers['Minotaur-Status'];

/** Which game it was, what is left of it, and its owner. */
const games = {
  over: () => concluded(lab),
  'over, whose marker is purged': async () => {
    const owner = await concluded(lab);
    await lab.finish(owner.slot.purge(await owner.listing(), -1));
    return owner;
  },
  alive: async () => {
    const owner = await owning(lab);
    assert.equal(await owner.tells(end(1)), '200');
    return owner;
  },
};

/** Its owner gives up while it erases the archive. */
async function halfErased(game: keyof typeof games): Promise<Owner> {
  const owner = await games[game]();
  owner.archive.writeFaults = Array.from({ length: 10 }, () => refused);
  assert.equal(await owner.tells(erase()), 'moved, uncertain');
  assert.notDeepEqual(kept(lab), [], 'something is left');
  assert.equal(statusOfMarker(), ERASING);
  owner.archive.writeFaults = [];
  return owner;
}

for (const game of Object.keys(games) as (keyof typeof games)[]) {
  for (const how of ['keeps', 'lists', 'is handed it'] as const) {
    test(`a game that was ${game}: the owner ${how}`, async () => {
      const owner = await halfErased(game);
      const next = how === 'keeps' ? owner : await nextOwner(lab, owner, how);
      for (const operation of [read(), events(), act(), start(null)]) {
        assert.equal(await next.tells(operation), '404 game_not_alive', operation.kind);
      }
      assert.equal(statusOfMarker(), ERASING, 'to look erases nothing');
      assert.equal(await next.tells(start({ round: 4 })), '201', 'what is left is erased first');
      assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`]);
    });
  }

  test(`a game that was ${game} is erased when its slot is listed next; its marker is not purged before`, async () => {
    const owner = await nextOwner(lab, await halfErased(game), 'lists');
    const listing = await owner.listing();
    owner.archive.writeFaults = Array.from({ length: 10 }, () => refused);
    await lab.finish(Promise.all([owner.slot.purge(listing, -1), owner.slot.finishErasing()]));
    assert.deepEqual([statusOfMarker(), owner.notes.at(-1)], [ERASING, 'unerased G'], 'operators hear of it');
    owner.archive.writeFaults = [];
    await lab.finish(owner.slot.finishErasing());
    assert.deepEqual([statusOfMarker(), kept(lab)], [ERASED, []]);
    assert.deepEqual(
      owner.notes.filter((note) => note.startsWith('unerased')),
      ['unerased G'],
    );
    await erased(owner);
  });
}

test('while it cannot be erased it is not made anew', async () => {
  const owner = await halfErased('over');
  owner.archive.writeFaults = Array.from({ length: 10 }, () => refused);
  assert.equal(await owner.tells(start({ round: 4 })), 'moved');
  assert.equal(statusOfMarker(), ERASING);
  assert.equal(await owner.tells(erase()), 'moved, uncertain');
  owner.archive.writeFaults = [];
  assert.equal(await owner.tells(erase()), '204');
  await erased(owner);
});

test('an owner of before that finishes late leaves alone the game that was made since, though a list has shown it', async () => {
  const before = await owning(lab);
  const slow = held();
  const remove = before.archive.remove.bind(before.archive);
  // What it deletes in the archive is deleted at once; it hears of that late.
  before.archive.remove = async (key, removal) => {
    const outcome = await remove(key, removal);
    return slow.fault(async () => outcome);
  };
  const asked = before.watch(erase());
  await lab.until('the marker', () => statusOfMarker() === ERASING);
  const next = new Owner(lab, 2);
  await next.list();
  assert.equal(await next.tells(start({ round: 4 })), '201');
  await before.list();
  slow.release();
  await lab.until('the answer', () => asked.told !== null);
  assert.equal(asked.told, 'moved, uncertain');
  assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`]);
  assert.equal(await next.tells(end(4)), '200');
});

test('a frozen slot begins no erasure and purges no marker; thawed it does, once however often it is asked', async () => {
  const owner = await nextOwner(lab, await halfErased('over'), 'lists');
  assert.equal(await owner.tells(start({}, {}, 'Gone')), '201');
  assert.equal(await owner.tells(erase('Gone')), '204');
  const listing = await owner.listing();
  await lab.finish(owner.slot.freeze(400));
  const before = [owner.sessions.sent.length, owner.archive.sent.length];
  await lab.finish(Promise.all([owner.slot.purge(listing, -1), owner.slot.finishErasing()]));
  assert.deepEqual([owner.sessions.sent.length, owner.archive.sent.length], before);
  assert.ok(lab.buckets.content('sessions').entries.has(`${SLOT}.Gone`));
  owner.slot.unfreeze();
  const twice = [owner.slot.finishErasing(), owner.slot.finishErasing()];
  await lab.finish(Promise.all([...twice, owner.slot.purge(listing, -1)]));
  assert.deepEqual([statusOfMarker(), kept(lab)], [ERASED, []]);
  assert.equal(owner.sessions.sent.filter(({ key, value }) => key === `${SLOT}.G` && value === null).length, 1);
  assert.ok(!lab.buckets.content('sessions').entries.has(`${SLOT}.Gone`));
});

test('frozen between two of them, it begins the second no more', async () => {
  const owner = await halfErased('alive');
  assert.equal(await owner.tells(start({}, {}, 'G2')), '201');
  owner.archive.writeFaults = Array.from({ length: 10 }, () => refused);
  assert.equal(await owner.tells(erase('G2')), 'moved, uncertain');
  const slow = held();
  owner.archive.writeFaults = [slow.fault];
  const finishing = owner.slot.finishErasing();
  await lab.clock.advance(50);
  const freezing = owner.slot.freeze(400);
  slow.release();
  await lab.finish(Promise.all([finishing, freezing]));
  const statusOf = (gameId: string) => lab.buckets.content('sessions').entries.get(`${SLOT}.${gameId}`)?.headers;
  assert.deepEqual(
    ['G', 'G2'].map((gameId) => statusOf(gameId)?.['Minotaur-Status']),
    [ERASED, ERASING],
  );
});
