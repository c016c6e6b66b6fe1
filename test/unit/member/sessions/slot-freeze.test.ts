/**
 * Freezing a slot, exporting it, adopting it elsewhere: nothing is begun meanwhile, nothing is lost.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { held, refused } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import { act, handOver, Owner, owning, read, SLOT, start, storedGame } from './slot-lab.ts';

let lab: Lab;

beforeEach(() => {
  lab = new Lab();
});

/** The slot is frozen while a creation is under way in it, which lands once it is released. */
async function frozenWhileCreating(owner: Owner): Promise<ReturnType<typeof held>> {
  const slow = held();
  owner.sessions.writeFaults = [slow.fault];
  owner.watch(start());
  await lab.clock.advance(1);
  await lab.finish(owner.slot.freeze(400));
  return slow;
}

test('while frozen nothing begins; after the thaw it goes on', async () => {
  const owner = await owning(lab);
  await lab.finish(owner.slot.freeze(400));
  const asked = [read(), act(), start(null), start({}, {}, 'New')].map((operation) => owner.watch(operation));
  const { length } = owner.sessions.sent;
  await lab.clock.advance(900);
  assert.deepEqual(
    asked.map((one) => one.told),
    [null, null, null, null],
  );
  assert.deepEqual([owner.slot.readNow(read()), owner.sessions.sent.length], [null, length]);
  owner.slot.unfreeze();
  await lab.until('answers', () => asked.every((one) => one.told !== null));
  assert.deepEqual(
    asked.map((one) => one.told),
    ['200', '200', '200', '201'],
  );
});

test('frozen and then closed, those who wait are sent on', async () => {
  const owner = await owning(lab);
  await lab.finish(owner.slot.freeze(400));
  const asked = [read(), act()].map((operation) => owner.watch(operation));
  await lab.clock.advance(10);
  owner.slot.close();
  await lab.clock.advance(10);
  assert.deepEqual(
    asked.map((one) => one.told),
    ['moved', 'moved'],
  );
});

test('a read that waits for the lease while the slot freezes is not answered from it', async () => {
  const owner = await owning(lab);
  owner.valid = false;
  let renewed: (valid: boolean) => void = () => undefined;
  owner.renewal = () =>
    new Promise((resolve) => {
      renewed = resolve;
    });
  const asked = owner.watch(read());
  await lab.clock.advance(10);
  await lab.finish(owner.slot.freeze(400));
  renewed(true);
  await lab.clock.advance(10);
  assert.equal(asked.told, 'moved');
});

test('it waits for writes in flight, but not for ever', async () => {
  const owner = await owning(lab);
  const [short, long] = [held(), held()];
  owner.sessions.writeFaults = [short.fault, long.fault];
  const first = owner.watch(act());
  await lab.clock.advance(1);
  const freezing = owner.slot.freeze(400);
  await lab.clock.advance(100);
  short.release();
  await lab.finish(freezing);
  assert.ok(lab.clock.monotonic() < 200);
  assert.equal(first.told, '200', 'what was begun is answered');
  owner.slot.unfreeze();

  owner.watch(act());
  await lab.clock.advance(1);
  const since = lab.clock.monotonic();
  await lab.finish(owner.slot.freeze(400));
  const took = lab.clock.monotonic() - since;
  assert.ok(took >= 400 && took < 450, `${took} ms`);
  long.release();
});

test('the round trip: the next owner serves at once, without reading or writing', async () => {
  const owner = await owning(lab);
  const once = act(undefined, { id: 'once' });
  assert.equal(await owner.tells(once), '200');
  await lab.finish(owner.slot.freeze(400));
  const next = new Owner(lab, 2);
  handOver(owner, next);
  for (const operation of [read(), start(null)]) assert.equal(await next.tells(operation), '200');
  assert.deepEqual([next.sessions.reads, next.sessions.sent.length], [0, 0]);
  assert.equal(await next.tells(once), '200', 'and knows what was answered');
  assert.equal(await next.tells(read('nowhere')), '404 game_not_alive', 'the handoff was the list');
  assert.equal(await next.tells(act()), '200');
  const { version, stamp } = (await storedGame(lab)) ?? {};
  assert.deepEqual([version, stamp?.epoch], [3, 2]);
});

test('a chain of handoffs loses nothing', async () => {
  let owner = await owning(lab);
  for (let epoch = 2; epoch < 6; epoch += 1) {
    assert.equal(await owner.tells(act({ type: 'end_round', round: epoch - 1 })), '200');
    await lab.finish(owner.slot.freeze(400));
    const next = new Owner(lab, epoch);
    handOver(owner, next);
    owner = next;
  }
  assert.equal((await storedGame(lab))?.state.round, 5);
  assert.equal(await owner.tells(read()), '200');
});

test('it may be handed on before anything was written', async () => {
  const owner = await owning(lab);
  await lab.finish(owner.slot.freeze(400));
  const second = new Owner(lab, 2);
  handOver(owner, second);
  await lab.finish(second.slot.freeze(400));
  const third = new Owner(lab, 3);
  handOver(second, third);
  assert.equal(await third.tells(read()), '200');
  assert.deepEqual([third.sessions.reads, third.sessions.sent.length], [0, 0]);
});

test('a session whose write is in doubt goes by id, and is claimed with whatever became of it', async () => {
  for (const lands of [true, false]) {
    lab = new Lab();
    const owner = await owning(lab);
    const slow = held();
    owner.sessions.writeFaults = [slow.fault];
    const asked = owner.watch(act());
    await lab.clock.advance(1);
    await lab.finish(owner.slot.freeze(400));
    const [exported] = owner.slot.export();
    assert.deepEqual([exported?.value, exported?.unsettled], [null, true]);
    const next = new Owner(lab, 2);
    handOver(owner, next);
    if (lands) slow.release();
    await lab.clock.advance(10);
    assert.equal(asked.told, 'moved, uncertain');
    assert.equal(next.slot.hasDoubts, true, 'no list tells of it as it was handed over');
    assert.equal(await next.tells(read()), '200');
    assert.equal(next.slot.hasDoubts, false);
    slow.release();
    await lab.clock.advance(10);
    const { version, stamp } = (await storedGame(lab)) ?? {};
    assert.deepEqual([version, stamp?.epoch], [lands ? 2 : 1, 2]);
  }
});

for (const [when, found] of [
  ['not before the next owner has looked: then it never can', '404 game_not_alive'],
  ['before the next owner looks', '200'],
  ['after it has looked, and before it has seen to that', '200'],
] as const) {
  test(`a creation in doubt that lands ${when}`, async () => {
    const owner = await owning(lab, 1, null);
    const slow = held();
    owner.sessions.writeFaults = [slow.fault];
    const asked = owner.watch(start());
    await lab.clock.advance(1);
    await lab.finish(owner.slot.freeze(400));
    const next = new Owner(lab, 2);
    handOver(owner, next);
    if (when.startsWith('before')) slow.release();
    await lab.clock.advance(10);
    if (when.startsWith('after')) {
      next.sessions.writeFaults = [
        async (land) => {
          slow.release();
          await new Promise<void>((resolve) => lab.clock.after(10, resolve));
          return land();
        },
      ];
    }
    assert.equal(await next.tells(read()), found);
    slow.release();
    await lab.clock.advance(10);
    assert.equal(asked.told, 'moved, uncertain');
    assert.equal(next.slot.hasDoubts, false);
    assert.deepEqual((await storedGame(lab))?.stamp.epoch, found === '200' ? 2 : undefined);
    assert.equal(await next.tells(start()), found === '200' ? '200' : '201');
  });
}

test('a session that left memory goes by id; it is settled all the same', async () => {
  const owner = await owning(lab);
  await lab.clock.advance(1_000);
  owner.slot.evictIdle(lab.clock.monotonic());
  await lab.finish(owner.slot.freeze(400));
  const [exported] = owner.slot.export();
  assert.deepEqual(
    [exported?.value, exported?.unsettled, exported?.revision],
    [null, false, owner.slot.items.get('G')?.revision],
  );
  const next = new Owner(lab, 2);
  handOver(owner, next);
  assert.equal(await next.tells(act()), '200');
});

test('bytes that cannot be used are not: the session is read when it is touched', async () => {
  const owner = await owning(lab);
  await lab.finish(owner.slot.freeze(400));
  const [exported] = owner.slot.export();
  assert.ok(exported !== undefined);
  owner.slot.close();
  const next = new Owner(lab, 2);
  const found = { revision: exported.revision, deleted: false, listing: exported.listing };
  next.slot.adopt(new Map([['G', found]]), {
    stored: new Map([['G', new Uint8Array([1, 2, 3])]]),
    unsettled: new Set(),
    clocks: new Map(),
  });
  assert.equal(await next.tells(read()), '200');
  assert.equal((await storedGame(lab))?.stamp.epoch, 2, 'and claimed');
});

test('a list that comes later does not undo what happened since', async () => {
  const owner = await owning(lab);
  const entry = await lab.finish(owner.sessions.read(`${SLOT}.G`, 100));
  assert.equal(await owner.tells(act()), '200');
  const listing = {
    status: 'active',
    listed: false,
    suspended: false,
    playedAt: null,
    deadline: null,
    epoch: 1,
    commit: 1,
  };
  owner.slot.adopt(new Map([['G', { revision: entry?.revision ?? 0, deleted: true, listing }]]));
  await lab.clock.advance(100);
  owner.slot.evictIdle(lab.clock.monotonic());
  assert.equal(await owner.tells(read()), '200');
});

test('a round that is due while the slot is frozen ends when it has thawed', async () => {
  const roundEndTime = new Date(lab.clock.wall() + 100).toISOString();
  const owner = await owning(lab, 1, { roundEndTime });
  await lab.clock.advance(100);
  await lab.finish(owner.slot.freeze(400));
  void owner.slot.ring('G', 0);
  await lab.clock.advance(100);
  assert.equal((await storedGame(lab))?.state.round, 1);
  owner.slot.unfreeze();
  await lab.clock.advance(50);
  assert.equal((await storedGame(lab))?.state.round, 2);
});

test('who waits for the thaw looks again for a session that left memory meanwhile', async () => {
  const owner = await owning(lab);
  await lab.finish(owner.slot.freeze(400));
  const waited = [owner.watch(act()), owner.watch(read())];
  await lab.clock.advance(10);
  owner.slot.evictIdle(lab.clock.monotonic());
  assert.equal(owner.slot.items.get('G')?.live, null);
  const asked = [...waited, owner.watch(act()), owner.watch(read())];
  await lab.clock.advance(10);
  owner.slot.unfreeze();
  await lab.until('answers', () => asked.every((one) => one.told !== null));
  assert.deepEqual(
    asked.map((one) => one.told),
    ['200', '200', '200', '200'],
  );
  assert.equal((await storedGame(lab))?.version, 3);
});

test('a round that is due ends though its session leaves memory before the thaw', async () => {
  const roundEndTime = new Date(lab.clock.wall() + 100).toISOString();
  const owner = await owning(lab, 1, { roundEndTime });
  await lab.clock.advance(100);
  await lab.finish(owner.slot.freeze(400));
  void owner.slot.ring('G', 0);
  await lab.clock.advance(10);
  owner.slot.evictIdle(lab.clock.monotonic());
  owner.slot.unfreeze();
  await lab.clock.advance(50);
  assert.equal((await storedGame(lab))?.state.round, 2);
});

test('a creation in doubt over a deletion marker cannot land after it was said that there is no game', async () => {
  const owner = await owning(lab, 1, null);
  // As forestalling leaves it.
  await lab.finish(lab.bucket('sessions').remove(`${SLOT}.G`, { expected: 0, timeoutMs: 100 }));
  await owner.list();
  const slow = await frozenWhileCreating(owner);
  const next = new Owner(lab, 2);
  handOver(owner, next);
  assert.equal(await next.tells(read()), '404 game_not_alive');
  slow.release();
  await lab.clock.advance(10);
  assert.equal(await storedGame(lab), null);
});

test('nothing is said of a creation in doubt while the store refuses what would keep it from landing', async () => {
  const owner = await owning(lab, 1, null);
  const slow = await frozenWhileCreating(owner);
  const next = new Owner(lab, 2);
  handOver(owner, next);
  next.sessions.writeFaults = [refused];
  assert.equal(await next.tells(read()), 'moved');
  slow.release();
  await lab.clock.advance(1_000);
  assert.equal(await next.tells(read()), '200');
});

test('a creation in doubt that is handed on before anyone looked for it is forestalled by the last one', async () => {
  const owner = await owning(lab, 1, null);
  const slow = await frozenWhileCreating(owner);
  const second = new Owner(lab, 2);
  handOver(owner, second);
  await lab.finish(second.slot.freeze(400));
  const third = new Owner(lab, 3);
  handOver(second, third);
  assert.equal(await third.tells(read()), '404 game_not_alive');
  slow.release();
  await lab.clock.advance(10);
  assert.equal(await storedGame(lab), null);
});

test('while frozen no session is read and claimed, however many are asked for; it waits only for what had begun', async () => {
  const slow = new Lab(5);
  const owner = await owning(slow, 1);
  const games = Array.from({ length: 20 }, (_, index) => `C${index}`);
  for (const gameId of games) await owner.tells(start({}, {}, gameId));
  await slow.clock.advance(1_000);
  owner.slot.evictIdle(slow.clock.monotonic());
  const [first = '', ...others] = games;
  const early = owner.watch(read(first));
  await slow.clock.advance(1);
  const frozenAt = slow.clock.monotonic();
  const freezing = owner.slot.freeze(400);
  const late = others.map((gameId) => owner.watch(read(gameId)));
  await slow.finish(freezing);
  assert.ok(slow.clock.monotonic() - frozenAt < 100, `${slow.clock.monotonic() - frozenAt} ms`);
  const { length } = owner.sessions.sent;
  const { reads } = owner.sessions;
  await slow.clock.advance(1_000);
  assert.deepEqual([owner.sessions.sent.length, owner.sessions.reads], [length, reads]);
  owner.slot.unfreeze();
  await slow.until('answers', () => [early, ...late].every(({ told }) => told === '200'));
});
