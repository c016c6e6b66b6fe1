/**
 * A game that NATS lost, and nothing else: it is said once, and the game can be made again.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Entry } from '../../../src/ports/store.ts';
import { Lab } from './lab.ts';
import { act, FOREVER, type Owner, owning, read, SLOT, start, storedGame } from './slot-lab.ts';

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
