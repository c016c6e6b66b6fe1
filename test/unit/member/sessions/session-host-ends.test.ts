/**
 * Games that end, seen from their host: concluded without anyone asking, in no list and no count, their markers purged in the end.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RoutedOperation } from '../../../../src/member/contract/rpc.ts';
import { held, type WriteFault } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { type Hosting, holding, hosting, stashOf, tells } from './host-lab.ts';
import { act, ada, anew, deleted, erase, FOREVER, leaving, read, SLOT, start, told } from './slot-lab.ts';

const HOUR_MS = 3_600_000;
const all = { status: null, listedOnly: false, limit: 10, cursor: null };
const through: WriteFault = (land) => land();

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

const ask = (owner: Hosting, operation: RoutedOperation): Promise<string> => tells(lab, owner, SLOT, operation);
const holdingSlot = (name: string, epoch: number, idleMs?: number): Promise<Hosting> =>
  holding(lab, name, epoch, [SLOT], idleMs);

/** What the store has under the game's key. */
const marker = () => lab.buckets.content('sessions').entries.get(`${SLOT}.G`);

/** A host of a game that is over, whose last state waits to be archived. */
async function nearlyConcluded(): Promise<{ owner: Hosting; archive: ReturnType<typeof held> }> {
  const owner = await holdingSlot('m1', 1);
  assert.equal(await ask(owner, start(ada)), '201');
  const archive = held();
  owner.archive.writeFaults = [through, archive.fault];
  assert.equal(await ask(owner, act(leaving)), '204');
  return { owner, archive };
}

test('a game that is over leaves lists and counts when it is archived; it can still be read', async () => {
  const { owner, archive } = await nearlyConcluded();
  assert.deepEqual(
    owner.host.page(all).games.map(({ id, status, roundEndTime }) => [id, status, roundEndTime]),
    [['G', 'concluded', null]],
  );
  assert.deepEqual(owner.updated, ['G', 'G'], 'watchers hear of its last state');
  archive.release();
  await deleted(lab);
  await lab.clock.advance(10);
  assert.deepEqual([owner.host.page(all).games, owner.host.sessionCount], [[], 0]);
  assert.equal(await ask(owner, read()), '200');
});

test('after a takeover it is concluded without anyone asking', async () => {
  const { owner } = await nearlyConcluded();
  owner.host.stop();
  await holdingSlot('m2', 2);
  await deleted(lab);
});

test('so it is after a handoff, with its bytes or without', async () => {
  for (const evicted of [false, true]) {
    lab = new Lab();
    const { owner, archive } = await nearlyConcluded();
    await lab.clock.advance(10);
    await lab.finish(owner.host.get(SLOT)?.freeze(400) ?? Promise.resolve());
    const stash = stashOf(owner, SLOT);
    owner.host.close(SLOT);
    const next = hosting(lab, 'm2');
    next.host.open(SLOT, 2, evicted ? { ...stash, stored: new Map() } : stash);
    await deleted(lab);
    archive.release();
    await lab.clock.advance(1_000);
    assert.deepEqual([next.host.sessionCount, await ask(next, read())], [0, '200']);
  }
});

test('a game that is over is not evicted before it is archived', async () => {
  const owner = await holdingSlot('m1', 1, 1_000);
  assert.equal(await ask(owner, start(ada)), '201');
  const archive = held();
  owner.archive.writeFaults = [through, archive.fault];
  assert.equal(await ask(owner, act(leaving)), '204');
  await lab.clock.advance(5_000);
  archive.release();
  await deleted(lab);
});

test('deletion markers are purged when they are an hour old, and not before; the archive stays', async () => {
  const { owner, archive } = await nearlyConcluded();
  archive.release();
  await deleted(lab);
  await lab.clock.advance(HOUR_MS - 1_000);
  assert.equal(marker()?.deleted, true);
  await lab.clock.advance(301_000);
  assert.deepEqual([marker(), owner.host.get(SLOT)?.items.has('G')], [undefined, false]);
  assert.equal(await ask(owner, read()), '200');
  for (const operation of anew()) assert.equal(await ask(owner, operation), '409 game_concluded');
});

test('by whichever owner lists the slot; what is erased can be made again, before and after', async () => {
  const first = await holdingSlot('m1', 1);
  for (const round of [1, 2]) {
    assert.equal(await ask(first, start({ round })), '201');
    assert.equal(await ask(first, erase()), '204');
  }
  first.host.stop();
  await lab.clock.advance(HOUR_MS + 1_000);
  assert.equal(marker()?.deleted, true);
  const next = await holdingSlot('m2', 2);
  await lab.until('the purge', () => marker() === undefined);
  assert.equal(await ask(next, start({ round: 3 })), '201');
});

test('a game that is made again over an old marker is not purged', async () => {
  const owner = await holdingSlot('m1', 1);
  assert.equal(await ask(owner, start()), '201');
  assert.equal(await ask(owner, erase()), '204');
  await lab.clock.advance(HOUR_MS - 1_000);
  assert.equal(await ask(owner, start()), '201');
  await lab.clock.advance(HOUR_MS + 301_000);
  assert.equal(marker()?.deleted, false);
  assert.equal(await ask(owner, read()), '200');
});

test('a creation waits for a purge that is under way, and is written where nothing is', async () => {
  const owner = await holdingSlot('m1', 1);
  assert.equal(await ask(owner, start()), '201');
  assert.equal(await ask(owner, erase()), '204');
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const purge = owner.sessions.purge.bind(owner.sessions);
  owner.sessions.purge = (key, revision) => released.then(() => purge(key, revision));
  await lab.clock.advance(HOUR_MS + 301_000);
  const made = owner.host.execute(SLOT, start(), FOREVER);
  await lab.clock.advance(100);
  release();
  assert.equal(told(await lab.finish(made)), '201');
  assert.deepEqual([owner.sessions.sent.at(-1)?.expected, marker()?.deleted], [0, false]);
});

test('a purge that fails is said, and tried again', async () => {
  const owner = await holdingSlot('m1', 1);
  assert.equal(await ask(owner, start()), '201');
  assert.equal(await ask(owner, erase()), '204');
  const purge = owner.sessions.purge.bind(owner.sessions);
  owner.sessions.purge = async () => {
    owner.sessions.purge = purge;
    throw new Error('not today');
  };
  await lab.clock.advance(HOUR_MS + 301_000);
  assert.ok([...owner.incidents.counts().values()].some((count) => count > 0));
  await lab.clock.advance(301_000);
  assert.equal(marker(), undefined);
  assert.equal(await ask(owner, start()), '201');
});

test('markers are purged one after another; while the store takes none only one is tried in five minutes', async () => {
  const owner = await holdingSlot('m1', 1);
  const ids = Array.from({ length: 40 }, (_, index) => `P${index}`);
  for (const gameId of ids) {
    assert.equal(await ask(owner, start({}, {}, gameId)), '201');
    assert.equal(await ask(owner, erase(gameId)), '204');
  }
  const purge = owner.sessions.purge.bind(owner.sessions);
  let isSick = true;
  let tries = 0;
  let running = 0;
  owner.sessions.purge = async (key, revision) => {
    tries += 1;
    running += 1;
    assert.equal(running, 1, 'one at a time');
    await new Promise<void>((resolve) => lab.clock.after(5, resolve));
    running -= 1;
    if (isSick) throw new Error('no answer');
    return purge(key, revision);
  };
  await lab.clock.advance(2 * HOUR_MS);
  assert.ok(tries >= 10 && tries <= 13, `${tries} tries in an hour`);
  assert.equal(owner.incidents.counts().get('unreadable'), undefined);
  isSick = false;
  await lab.clock.advance(301_000);
  assert.equal([...lab.buckets.content('sessions').entries.values()].filter(({ deleted }) => deleted).length, 0);
});

test('a marker that is younger than the one in the list is kept', async () => {
  const owner = await holdingSlot('m1', 1);
  assert.equal(await ask(owner, start()), '201');
  assert.equal(await ask(owner, erase()), '204');
  const { revision = 0 } = marker() ?? {};
  assert.equal(await ask(owner, start()), '201');
  const listing = { status: '', listed: false, suspended: false, playedAt: null, deadline: null, epoch: 1, commit: 1 };
  const listed = new Map([['G', { revision, deleted: true, listing, writtenAt: 0 }]]);
  for (const isMarker of [false, true]) {
    if (isMarker) assert.equal(await ask(owner, erase()), '204');
    owner.host.get(SLOT)?.purge(listed, Number.POSITIVE_INFINITY);
    await lab.clock.advance(100);
    assert.equal(marker()?.deleted, isMarker);
  }
});
