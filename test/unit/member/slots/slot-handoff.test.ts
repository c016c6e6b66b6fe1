/**
 * Handing slots over: served here until the record of the next owner is sent, there from that record on.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { RpcRequest } from '../../../../src/member/contract/rpc.ts';
import { held, unheard } from '../../../support/faulty-bucket.ts';
import { AgentWorld, SLOTS, short } from './agent-world.ts';

let world: AgentWorld;

beforeEach(() => {
  world = new AgentWorld();
});

/** All of an empty slot, on its way to the record of epoch 2. */
function receiveEmpty(slot: number, transferId: string): void {
  const whole = { epoch: 2, attempt: 1, total: 0 };
  assert.equal(world.agent.stashes.add({ slot, transferId, whole, sessions: [] }, new Uint8Array(0)), null);
}

test('a record that names it, not written by it: handed over, with the stash that it names', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, {});
  world.present('m2.i2');
  world.present('m1.i1');
  world.activeSince = Number.POSITIVE_INFINITY;
  world.agent.start();
  await world.lab.clock.advance(10);
  const mine = [0, 1, 2, 3].filter((slot) => world.agent.ring.owner(slot) === 'm1');
  const [first, second] = mine;
  assert.ok(first !== undefined && second !== undefined);
  const { length } = world.slots.sent;
  receiveEmpty(first, 't1');
  receiveEmpty(second, 'another');
  for (const slot of [first, second]) {
    const handedOver = { owner: 'm1', incarnation: 'i1', epoch: 2, acquired: 'handoff', transferId: 't1' } as const;
    await world.write(slot, handedOver, (await world.stored(slot))?.revision);
  }
  await world.lab.clock.advance(10);
  assert.deepEqual([world.open.get(first), world.open.get(second)], ['2 stash', '2']);
  assert.equal(world.slots.sent.length, length, 'nothing has to be written');
});

test('it forgets offers whose record does not come', async () => {
  await world.alone();
  receiveEmpty(0, 't1');
  await world.lab.clock.advance(17_000);
  assert.equal(world.agent.stashes.redeem(0, 't1'), null);
});

for (const first of ['the watch', 'the write']) {
  test(`a take that loses against a record that hands the slot to it holds it, with its stash: ${first} shows it`, async () => {
    // A watch that is behind: what it misses it never shows.
    let isBehind = false;
    const follow = world.slots.follow.bind(world.slots);
    world.slots.follow = (options) =>
      follow({ ...options, onEntry: (entry) => (isBehind ? undefined : options.onEntry(entry)) });
    for (const slot of [0, 1, 2, 3]) await world.write(slot, {});
    world.present('m2.i2');
    world.present('m1.i1');
    world.agent.start();
    await world.lab.clock.advance(10);
    const revision = (await world.stored(0))?.revision;
    world.slots.writeFaults = [
      async (land) => {
        isBehind = first === 'the write';
        const handedOver = { owner: 'm1', incarnation: 'i1', epoch: 2, acquired: 'handoff', transferId: 't1' } as const;
        await world.write(0, handedOver, revision);
        await new Promise<void>((resolve) => world.lab.clock.after(20, resolve));
        isBehind = false;
        return land();
      },
    ];
    receiveEmpty(0, 't1');
    world.gone('m2.i2');
    await world.lab.until('all slots', () => world.open.size === SLOTS, 500);
    assert.deepEqual([world.open.get(0), world.open.get(1)], ['2 stash', '2']);
    await world.lab.clock.advance(3_000);
    assert.equal(short(await world.stored(0)), 'm1 2 handoff', 'it is not taken once more');
  });
}

test('handoff: offered, frozen, transferred, recorded; then it is the other’s', async () => {
  const theirs = await world.withPeer();
  await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)));
  for (const slot of theirs) assert.equal(short(await world.stored(slot)), 'm2 2 handoff');
  assert.notEqual((await world.stored(theirs[0] ?? 0))?.transferId, null);
  assert.equal(world.requests.filter((type) => type === 'offer').length, theirs.length);
  assert.equal(world.requests.filter((type) => type === 'transfer').length, theirs.length);
  assert.equal(world.open.size, SLOTS - theirs.length);
});

test('a slot that another one refuses, and one that another one keeps, are under way until they have moved', async () => {
  const underWay = (kind: 'handoff' | 'slot') => [...world.lab.progress.of(kind).keys()].map(Number);
  world.reply = () => ({ type: 'refused', reason: 'no room' });
  const theirs = await world.withPeer();
  assert.deepEqual(underWay('slot'), []);
  await world.lab.clock.advance(5_000);
  assert.deepEqual(underWay('handoff'), theirs);
  world.reply = () => ({ type: 'ok' });
  await world.lab.until('the handoffs', () => theirs.every((slot) => !world.open.has(slot)), 60_000);
  await world.lab.clock.advance(1_500);
  assert.deepEqual(underWay('handoff'), []);
  // Nobody takes them there: when the other one goes, they are ours, and taken.
  world.gone('m2.i2');
  await world.lab.until('all slots', () => world.open.size === SLOTS);
  assert.deepEqual(underWay('slot'), []);
});

test('a slot of somebody who is there and does not hand it over is under way', async () => {
  for (const slot of [0, 1, 2, 3]) await world.write(slot, { owner: 'm2' });
  world.present('m2.i2');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(5_000);
  const ours = [0, 1, 2, 3].filter((slot) => world.agent.ring.owner(slot) === 'm1');
  assert.ok(ours.length > 0);
  assert.deepEqual([...world.lab.progress.of('slot').keys()].map(Number), ours);
});

test('from sending the record until its acknowledgement nothing is served', async () => {
  const slow = held();
  const [slot] = await world.withPeer();
  assert.ok(slot !== undefined);
  world.slots.writeFaults = [slow.fault];
  await world.lab.clock.advance(500);
  assert.ok(world.frozen.size > 0);
  const [waiting] = world.frozen;
  await world.lab.clock.advance(5_000);
  assert.ok(world.frozen.has(waiting ?? -1), 'however long that takes');
  slow.release();
  await world.lab.clock.advance(10);
  assert.equal(world.open.has(waiting ?? -1), false);
});

test('a record write in doubt is cleared up before the slot is touched again', async () => {
  const theirs = await world.withPeer();
  world.slots.writeFaults = theirs.map(() => unheard);
  await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)));
  for (const slot of theirs) assert.equal(short(await world.stored(slot)), 'm2 2 handoff');
});

test('a slot that is not listed yet goes without a stash', async () => {
  world.listed = false;
  const [slot] = await world.withPeer();
  await world.lab.until('it is handed over', () => !world.open.has(slot ?? -1));
  assert.deepEqual([world.requests.includes('transfer'), (await world.stored(slot ?? 0))?.transferId], [false, null]);
});

for (const [what, answer] of [
  ['the offer', (request: RpcRequest) => request.type === 'offer'],
  ['the transfer', (request: RpcRequest) => request.type === 'transfer'],
] as const) {
  test(`if ${what} fails it keeps the slot, thawed, and tries again after a pause`, async () => {
    world.reply = (request) => (answer(request) ? { kind: 'timeout' } : { type: 'ok' });
    const theirs = await world.withPeer();
    await world.lab.clock.advance(100);
    assert.deepEqual([world.open.size, world.frozen.size], [SLOTS, 0]);
    for (const slot of theirs)
      assert.equal(short(await world.stored(slot)), 'm1 1 initial', 'without letting go in between');
    const tries = world.requests.length;
    await world.lab.clock.advance(800);
    assert.equal(world.requests.length, tries, 'not before a second has passed');
    world.reply = () => ({ type: 'ok' });
    await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)), 3_000);
  });
}

test('if the record had changed meanwhile, the slot goes to whom it names', async () => {
  const [slot] = await world.withPeer();
  assert.ok(slot !== undefined);
  world.present('m3.i3');
  const mine = await world.stored(slot);
  world.slots.writeFaults = [
    async (land) => {
      for (const other of [0, 1, 2, 3]) {
        const record = await world.stored(other);
        if (record?.revision === mine?.revision) {
          await world.write(other, { owner: 'm3', incarnation: 'i3', epoch: 2 }, record?.revision);
        }
      }
      return land();
    },
  ];
  await world.lab.clock.advance(500);
  assert.ok(!world.open.has(slot));
  assert.match(short(await world.stored(slot)), /^m[23] 2/);
});

test('a handoff waits for the delay, unless it is leaving', async () => {
  world.activeSince = 0;
  const theirs = await world.withPeer();
  await world.lab.clock.advance(900);
  assert.equal(world.open.size, SLOTS);
  world.leaving = true;
  world.see('m1.i1', { status: 'leaving' });
  await world.lab.until('all are handed over', () => world.open.size === 0, 90);
  assert.ok(theirs.length > 0);
});

test('a slot that is taken only to be handed on is handed on once, one step after the other', async () => {
  world.present('m0.i0');
  world.present('m1.i1');
  world.agent.start();
  await world.lab.clock.advance(500);
  const own = [...world.open.keys()];
  // The one who should have had it is slow, but there: it is handed on at once.
  await world.lab.clock.advance(1_500);
  assert.deepEqual([...world.open.keys()], own);
  for (const slot of [0, 1, 2, 3].filter((one) => !own.includes(one))) {
    assert.equal(short(await world.stored(slot)), 'm0 2 handoff');
  }
});

const answers = (text: string) => ({ kind: 'answer', payload: new TextEncoder().encode(text) }) as const;

for (const [what, reply] of [
  ['says something of a later release', () => answers('{"type":"later"}\n')],
  ['says garbage', () => answers('garbage')],
  ['cannot even be asked', () => Promise.reject(new Error('too large'))],
] as const) {
  for (const type of ['offer', 'transfer'] as const) {
    test(`a peer that ${what} at the ${type} costs nothing: the slot is served on, and offered again after a pause`, async () => {
      world.reply = (request) => (request.type === type ? reply() : { type: 'ok' });
      const theirs = await world.withPeer();
      const { length } = world.slots.sent;
      await world.lab.clock.advance(10_000);
      const tries = world.requests.filter((one) => one === type).length;
      assert.ok(tries > 1 && tries <= 4 * 5, `${tries} tries`);
      assert.deepEqual([world.open.size, world.slots.sent.length, world.frozen.size], [SLOTS, length, 0]);
      world.reply = () => ({ type: 'ok' });
      await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)), 40_000);
    });
  }
}

/** Whatever is handed away comes straight back, for so long. How often that was. */
async function tossed(slots: readonly number[], ms: number): Promise<number> {
  const until = world.lab.clock.monotonic() + ms;
  let moves = 0;
  while (world.lab.clock.monotonic() < until) {
    for (const slot of slots) {
      const record = await world.stored(slot);
      if (record?.owner !== 'm2') continue;
      moves += 1;
      const back = { owner: 'm1', incarnation: 'i1', epoch: record.epoch + 1, acquired: 'handoff' } as const;
      await world.write(slot, back, record.revision);
    }
    await world.lab.clock.advance(1);
  }
  return moves;
}

test('a slot that comes back from where it was handed goes there again ever more slowly; to another incarnation at once', async () => {
  const theirs = await world.withPeer();
  const moves = await tossed(theirs, 20_000);
  assert.ok(moves >= 4 * theirs.length && moves <= 8 * theirs.length, `${moves} of ${theirs.length} slots`);
  world.gone('m2.i2');
  world.present('m2.i3');
  await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)), 1_500);
});

test('nobody who leaves waits with a slot that has come back', async () => {
  const theirs = await world.withPeer();
  await tossed(theirs, 20_000);
  await world.lab.until('they are back', () => theirs.every((slot) => world.open.has(slot)));
  world.leaving = true;
  world.see('m1.i1', { status: 'leaving' });
  await world.lab.until('all are handed over', () => theirs.every((slot) => !world.open.has(slot)), 90);
});
