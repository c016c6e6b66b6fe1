/**
 * Erasing games while other things go on: other requests, freezes, handoffs, another erasure.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { held, type WriteFault } from '../../../support/faulty-bucket.ts';
import { Lab } from '../lab.ts';
import {
  act,
  end,
  erase,
  erased,
  handOver,
  kept,
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

const through: WriteFault = (land) => land();

test('frozen, it waits; after the thaw it goes on, or is sent on to the next owner', async () => {
  for (const thaws of [true, false]) {
    lab = new Lab();
    const owner = await owning(lab);
    await owner.tells(end(1));
    await lab.finish(owner.slot.freeze(400));
    const asked = owner.watch(erase());
    await lab.clock.advance(500);
    assert.deepEqual([asked.told, kept(lab).length], [null, 2]);
    if (thaws) owner.slot.unfreeze();
    const next = new Owner(lab, 2);
    if (!thaws) handOver(owner, next);
    await lab.until('the answer', () => asked.told !== null);
    assert.equal(asked.told, thaws ? '204' : 'moved');
    if (!thaws) assert.equal(await next.tells(erase()), '204');
    await erased(thaws ? owner : next);
  }
});

for (const stuck of ['sessions', 'archive'] as const) {
  for (const lands of ['before the next owner looks', 'after it has looked', 'when it has erased it too'] as const) {
    test(`a handoff while the deletion from ${stuck} is being written, which lands ${lands}`, async () => {
      const owner = await owning(lab);
      await owner.tells(end(1));
      const slow = held();
      // In the archive two barriers come before it.
      if (stuck === 'sessions') owner.sessions.writeFaults = [slow.fault];
      else owner.archive.writeFaults = [through, through, slow.fault];
      const asked = owner.watch(erase());
      await lab.clock.advance(50);
      await lab.finish(owner.slot.freeze(400));
      const next = new Owner(lab, 2);
      handOver(owner, next);
      if (lands.startsWith('before')) slow.release();
      await lab.clock.advance(10);
      const found = await next.tells(read());
      assert.equal(found, stuck === 'archive' || lands.startsWith('before') ? '404 game_not_alive' : '200');
      if (lands.startsWith('after')) slow.release();
      await lab.clock.advance(100);
      assert.equal(await next.tells(erase()), '204');
      assert.equal(await next.tells(start({})), '201');
      assert.equal(await next.tells(end(1)), '200');
      slow.release();
      await lab.until('the answer', () => asked.told !== null);
      assert.equal(asked.told, 'moved, uncertain');
      await lab.clock.advance(3_000);
      assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`, `archive ${SLOT}.G.1`], 'what is new is left alone');
      assert.equal(await next.tells(read()), '200');
    });
  }
}

test('whoever asks for the game waits until its marker is there, then nobody but a creation, which makes a new one', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  for (const bucket of ['sessions', 'archive'] as const) {
    const slow = held();
    if (bucket === 'sessions') owner.sessions.writeFaults = [slow.fault];
    else owner.archive.writeFaults = [through, through, slow.fault];
    const asked = owner.watch(erase());
    await lab.clock.advance(50);
    const waiting = [read(), act(), start(null)].map((operation) => owner.watch(operation));
    const made = owner.watch(start({ round: 1 }));
    await lab.clock.advance(200);
    assert.deepEqual([asked.told, made.told], [null, null], bucket);
    assert.deepEqual(
      waiting.map(({ told }) => told),
      Array(3).fill(bucket === 'sessions' ? null : '404 game_not_alive'),
      bucket,
    );
    slow.release();
    await lab.until('all', () => [asked, ...waiting, made].every(({ told }) => told !== null));
    assert.deepEqual([asked.told, made.told], ['204', '201']);
    for (const { told } of waiting) assert.ok(told === '404 game_not_alive' || told === '200', `${told}`);
    assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`]);
    assert.equal(await owner.tells(end(1)), '200');
    assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`, `archive ${SLOT}.G.1`], 'nothing of the new game is erased');
  }
});

test('two at once go one after the other: what is made comes after both', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  const slow = held();
  const remove = owner.archive.remove.bind(owner.archive);
  let removals = 0;
  owner.archive.remove = (key, removal) => {
    removals += 1;
    // The record, two that might be on their way, and the last state; then those of the second.
    return removals <= 4 ? remove(key, removal) : slow.fault(() => remove(key, removal));
  };
  const both = [owner.watch(erase()), owner.watch(erase())];
  await lab.until('the first', () => both[0]?.told === '204');
  const made = owner.watch(start({ round: 1 }));
  await lab.clock.advance(500);
  assert.deepEqual([both[1]?.told, made.told], [null, null]);
  slow.release();
  await lab.until('all', () => made.told !== null);
  assert.deepEqual([both[1]?.told, made.told], ['204', '201']);
  assert.equal(await owner.tells(end(1)), '200');
  assert.deepEqual(kept(lab), [`sessions ${SLOT}.G`, `archive ${SLOT}.G.1`]);
});

test('one that begins while a creation reads the archive comes first', async () => {
  const owner = await owning(lab, 1, null);
  let look: () => void = () => undefined;
  const looked = new Promise<void>((resolve) => {
    look = resolve;
  });
  owner.archive.readFaults = [(read) => looked.then(read)];
  const made = owner.watch(start({ round: 1 }));
  await lab.clock.advance(10);
  const slow = held();
  owner.archive.writeFaults = [through, through, slow.fault];
  const asked = owner.watch(erase());
  await lab.clock.advance(50);
  look();
  await lab.clock.advance(100);
  assert.deepEqual([made.told, asked.told, await storedGame(lab)], [null, null, null]);
  slow.release();
  await lab.until('both', () => made.told !== null && asked.told !== null);
  assert.deepEqual([made.told, asked.told], ['201', '204']);
});

test('while the archive is out and the game is being erased, it is 404', async () => {
  const owner = await owning(lab);
  await owner.tells(end(1));
  owner.archive.remove = async () => ({ kind: 'unavailable' });
  const asked = owner.watch(erase());
  await lab.until('the marker', () => owner.slot.items.get('G')?.deleted === true);
  for (const operation of [read(), act(), start(null), state()]) {
    assert.equal(await owner.tells(operation), '404 game_not_alive', operation.kind);
  }
  assert.equal(asked.told, null);
});
