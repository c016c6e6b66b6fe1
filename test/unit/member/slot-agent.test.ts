/**
 * Taking, handing off and letting go of slots: served from an acknowledged record until the next one is sent.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { decodeSlotRecord, encodeSlotRecord, type SlotRecord } from '../../../src/cluster/slot-table.ts';
import { applyMemberEntry, emptyView, type MemberRecord, type View } from '../../../src/cluster/view.ts';
import { Incidents } from '../../../src/member/incidents.ts';
import type { Membership } from '../../../src/member/membership.ts';
import { decodeRequest, encodeFrame, type RpcReply, type RpcRequest } from '../../../src/member/rpc.ts';
import type { SessionHost } from '../../../src/member/session-host.ts';
import { SlotAgent } from '../../../src/member/slot-agent.ts';
import type { CallOutcome, Messaging } from '../../../src/ports/messaging.ts';
import type { Store } from '../../../src/ports/store.ts';
import { type FaultyBucket, held, lost, shows, stale, unheard } from '../../support/faulty-bucket.ts';
import { silentLog } from '../../support/silent-log.ts';
import { Lab } from './lab.ts';

const SLOTS = 4;

let lab: Lab;
let slots: FaultyBucket;
let agent: SlotAgent<unknown>;
let view: View;
let leaving: boolean;
/** Slot → epoch and whether a stash came with it. */
let open: Map<number, string>;
let frozen: Set<number>;
let listed: boolean;
let verified: string[];
let rolledBack: number;
let incidents: Incidents;
/** What peers are sent; what they answer. */
let requests: RpcRequest['type'][];
let reply: (request: RpcRequest) => RpcReply | CallOutcome;
let activeSince: number;

beforeEach(() => {
  lab = new Lab();
  slots = lab.bucket('slots');
  view = emptyView();
  leaving = false;
  open = new Map();
  frozen = new Set();
  listed = true;
  verified = [];
  rolledBack = 0;
  incidents = new Incidents(silentLog);
  requests = [];
  reply = () => ({ type: 'ok' });
  activeSince = Number.NEGATIVE_INFINITY;
  agent = new SlotAgent<unknown>({
    ...lab.writing,
    self: { id: 'm1', incarnation: 'i1' },
    slots: SLOTS,
    rebalanceDelayMs: 1_000,
    store: { bucket: () => slots } as unknown as Store,
    messaging: messaging as Messaging,
    log: silentLog,
    incidents,
    membership: membership as unknown as Membership,
    host: host as unknown as SessionHost<unknown>,
    rolledBack: () => {
      rolledBack += 1;
    },
    recordChanged: () => undefined,
  });
});

const membership = {
  key: 'm1.i1',
  get view() {
    return view;
  },
  get leaving() {
    return leaving;
  },
  activeSince: () => activeSince,
  verify: async (ownerKey: string) => {
    verified.push(ownerKey);
    gone(ownerKey);
  },
};

const host = {
  open: (slot: number, epoch: number, stash: unknown) => open.set(slot, `${epoch}${stash === null ? '' : ' stash'}`),
  close: (slot: number) => {
    open.delete(slot);
    frozen.delete(slot);
  },
  get: (slot: number) => ({
    listed,
    isClosed: !open.has(slot),
    freeze: async () => {
      frozen.add(slot);
    },
    unfreeze: () => {
      frozen.delete(slot);
    },
    export: () => [{ gameId: 'G', revision: 1, listing, unsettled: true, value: null }],
  }),
};

const listing = { status: 'active', listed: true, deadline: null, epoch: 1, commit: 1 };

const messaging: Pick<Messaging, 'call'> = {
  call: async (_, payload) => {
    const { header } = decodeRequest(payload);
    requests.push(header.type);
    const answer = reply(header);
    return 'kind' in answer ? answer : { kind: 'answer', payload: encodeFrame(answer) };
  },
};

let revision = 0;

function see(key: string, record: Partial<MemberRecord> | null): void {
  revision += 1;
  const range = { min: 1, max: 1 };
  const usual = {
    startedAt: '2030-01-01T00:00:00Z',
    createdRevision: 0,
    addresses: ['x:1'],
    leaseMs: 50,
    version: '1',
  };
  const whole = record && { status: 'active' as const, ...usual, stateVersions: range, protocol: range, ...record };
  view = applyMemberEntry(view, { key, revision, deleted: record === null, record: whole });
  agent.viewChanged();
}

const present = (key: string): void => see(key, {});
const gone = (key: string): void => see(key, null);

/** Somebody else writes a record; answers its revision. */
async function write(slot: number, parts: Partial<SlotRecord>, expected = 0): Promise<number> {
  const usual = { owner: 'm2', incarnation: 'i2', epoch: 1, acquired: 'initial', transferId: null } as const;
  const value = encodeSlotRecord({ ...usual, ...parts });
  const outcome = await lab.finish(lab.bucket('slots').write(String(slot), { value, expected, timeoutMs: 100 }));
  assert.ok(outcome.kind === 'landed');
  return outcome.revision;
}

async function stored(slot: number): Promise<SlotRecord | null> {
  const entry = await lab.finish(lab.bucket('slots').read(String(slot), 100));
  return entry && decodeSlotRecord(slot, entry.revision, entry.value);
}

const short = (record: SlotRecord | null): string =>
  record === null ? 'none' : `${record.owner} ${record.epoch} ${record.acquired}`;

/** Alone in the cluster, all slots taken. */
async function alone(): Promise<void> {
  present('m1.i1');
  agent.start();
  await lab.until('all slots', () => open.size === SLOTS);
}

/** A slot that this member holds and m2 should have, once m2 is there. */
async function withPeer(): Promise<number[]> {
  await alone();
  present('m2.i2');
  const theirs = [0, 1, 2, 3].filter((slot) => agent.ring.owner(slot) === 'm2');
  assert.ok(theirs.length > 0);
  return theirs;
}

test('alone, it takes every slot: epoch 1, and serves from the acknowledgement on', async () => {
  const slow = held();
  slots.writeFaults = [slow.fault];
  present('m1.i1');
  agent.start();
  await lab.clock.advance(50);
  assert.equal(open.size, SLOTS - 1, 'the one that is not acknowledged is not served');
  slow.release();
  await lab.clock.advance(10);
  assert.deepEqual([...open.values()], ['1', '1', '1', '1']);
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await stored(slot)), 'm1 1 initial');
  assert.ok(agent.holds([0, 1, 2, 3]));
});

test('in doubt it asks until it knows, and does nothing else with that slot', async () => {
  slots.writeFaults = [unheard, lost, lost, unheard];
  await alone();
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await stored(slot)), 'm1 1 initial');
});

test('the watch may bring its own record before the acknowledgement: it is opened once', async () => {
  let opened = 0;
  const { open: opener } = host;
  host.open = (...given) => {
    opened += 1;
    return opener(...given);
  };
  slots.writeFaults = [
    async (land) => {
      const outcome = await land();
      await new Promise<void>((resolve) => lab.clock.after(100, resolve));
      return outcome;
    },
  ];
  present('m1.i1');
  agent.start();
  await lab.clock.advance(50);
  assert.equal(open.size, SLOTS - 1);
  await lab.clock.advance(100);
  host.open = opener;
  assert.deepEqual([open.size, opened], [SLOTS, SLOTS]);
});

test('a slot of somebody who is there is left alone', async () => {
  for (const slot of [0, 1, 2, 3]) await write(slot, { owner: 'm2' });
  present('m2.i2');
  present('m1.i1');
  agent.start();
  await lab.clock.advance(5_000);
  assert.equal(open.size, 0);
  for (const slot of [0, 1, 2, 3]) assert.equal(short(await stored(slot)), 'm2 1 initial');
});

test('it takes over once it has seen the owner’s deletion marker, and not before', async () => {
  for (const slot of [0, 1, 2, 3]) await write(slot, { owner: 'm2', epoch: 7 });
  present('m2.i2');
  present('m1.i1');
  agent.start();
  await lab.clock.advance(3_000);
  assert.equal(short(await stored(0)), 'm2 7 initial');
  gone('m2.i2');
  await lab.until('the takeover', () => open.size === SLOTS, 100);
  assert.equal(short(await stored(0)), 'm1 8 takeover');
  assert.deepEqual(verified, []);
});

test('absence proves nothing: an owner that nobody knows is verified first', async () => {
  await write(0, { owner: 'm9', incarnation: 'i9' });
  present('m1.i1');
  agent.start();
  await lab.until('all slots', () => open.size === SLOTS);
  assert.deepEqual(verified, ['m9.i9']);
  assert.equal(short(await stored(0)), 'm1 2 takeover');
});

test('another’s record ends its own holding at once', async () => {
  await alone();
  const mine = await stored(2);
  present('m2.i2');
  activeSince = Number.POSITIVE_INFINITY;
  await write(2, { owner: 'm2', epoch: 2 }, mine?.revision);
  await lab.clock.advance(10);
  assert.deepEqual([open.has(2), open.size, agent.holds([2])], [false, SLOTS - 1, agent.ring.owner(2) !== 'm1']);
});

test('a conflict in taking means that somebody else was first', async () => {
  present('m1.i1');
  agent.viewChanged();
  slots.writeFaults = [
    async (land) => {
      await write(0, { owner: 'm2', epoch: 1 });
      present('m2.i2');
      return land();
    },
  ];
  activeSince = Number.POSITIVE_INFINITY;
  agent.start();
  await lab.clock.advance(500);
  assert.deepEqual([open.has(0), short(await stored(0))], [false, 'm2 1 initial']);
});

test('a record that names it, not written by it: handed over, with the stash that it names', async () => {
  for (const slot of [0, 1, 2, 3]) await write(slot, {});
  present('m2.i2');
  present('m1.i1');
  activeSince = Number.POSITIVE_INFINITY;
  agent.start();
  await lab.clock.advance(10);
  const mine = [0, 1, 2, 3].filter((slot) => agent.ring.owner(slot) === 'm1');
  const [first, second] = mine;
  assert.ok(first !== undefined && second !== undefined);
  const { length } = slots.sent;
  agent.stashes.accept(first, 't1');
  agent.stashes.accept(second, 'another');
  for (const slot of [first, second]) {
    const handedOver = { owner: 'm1', incarnation: 'i1', epoch: 2, acquired: 'handoff', transferId: 't1' } as const;
    await write(slot, handedOver, (await stored(slot))?.revision);
  }
  await lab.clock.advance(10);
  assert.deepEqual([open.get(first), open.get(second)], ['2 stash', '2']);
  assert.equal(slots.sent.length, length, 'nothing has to be written');
});

test('a slot that is its own by the record, but not held, is retaken', async () => {
  await alone();
  agent.fenced(1);
  assert.equal(open.has(1), false, 'not served from the moment it is doubted');
  await lab.until('it is back', () => open.has(1));
  assert.equal(short(await stored(1)), 'm1 2 retake');
});

test('handoff: offered, frozen, transferred, recorded; then it is the other’s', async () => {
  const theirs = await withPeer();
  await lab.until('all are handed over', () => theirs.every((slot) => !open.has(slot)));
  for (const slot of theirs) assert.equal(short(await stored(slot)), 'm2 2 handoff');
  assert.notEqual((await stored(theirs[0] ?? 0))?.transferId, null);
  assert.equal(requests.filter((type) => type === 'offer').length, theirs.length);
  assert.equal(requests.filter((type) => type === 'transfer').length, theirs.length);
  assert.equal(open.size, SLOTS - theirs.length);
});

test('from sending the record until its acknowledgement nothing is served', async () => {
  const slow = held();
  const [slot] = await withPeer();
  assert.ok(slot !== undefined);
  slots.writeFaults = [slow.fault];
  await lab.clock.advance(500);
  assert.ok(frozen.size > 0);
  const [waiting] = frozen;
  await lab.clock.advance(5_000);
  assert.ok(frozen.has(waiting ?? -1), 'however long that takes');
  slow.release();
  await lab.clock.advance(10);
  assert.equal(open.has(waiting ?? -1), false);
});

test('a record write in doubt is cleared up before the slot is touched again', async () => {
  const theirs = await withPeer();
  slots.writeFaults = theirs.map(() => unheard);
  await lab.until('all are handed over', () => theirs.every((slot) => !open.has(slot)));
  for (const slot of theirs) assert.equal(short(await stored(slot)), 'm2 2 handoff');
});

test('a slot that is not listed yet goes without a stash', async () => {
  listed = false;
  const [slot] = await withPeer();
  await lab.until('it is handed over', () => !open.has(slot ?? -1));
  assert.deepEqual([requests.includes('transfer'), (await stored(slot ?? 0))?.transferId], [false, null]);
});

for (const [what, answer] of [
  ['the offer', (request: RpcRequest) => request.type === 'offer'],
  ['the transfer', (request: RpcRequest) => request.type === 'transfer'],
] as const) {
  test(`if ${what} fails it keeps the slot, thawed, and tries again after a pause`, async () => {
    reply = (request) => (answer(request) ? { kind: 'timeout' } : { type: 'ok' });
    const theirs = await withPeer();
    await lab.clock.advance(100);
    assert.deepEqual([open.size, frozen.size], [SLOTS, 0]);
    for (const slot of theirs) assert.equal(short(await stored(slot)), 'm1 1 initial', 'without letting go in between');
    const tries = requests.length;
    await lab.clock.advance(800);
    assert.equal(requests.length, tries, 'not before a second has passed');
    reply = () => ({ type: 'ok' });
    await lab.until('all are handed over', () => theirs.every((slot) => !open.has(slot)), 3_000);
  });
}

test('if the record had changed meanwhile, the slot goes to whom it names', async () => {
  const [slot] = await withPeer();
  assert.ok(slot !== undefined);
  present('m3.i3');
  const mine = await stored(slot);
  slots.writeFaults = [
    async (land) => {
      for (const other of [0, 1, 2, 3]) {
        const record = await stored(other);
        if (record?.revision === mine?.revision) {
          await write(other, { owner: 'm3', incarnation: 'i3', epoch: 2 }, record?.revision);
        }
      }
      return land();
    },
  ];
  await lab.clock.advance(500);
  assert.ok(!open.has(slot));
  assert.match(short(await stored(slot)), /^m[23] 2/);
});

test('a handoff waits for the delay, unless it is leaving', async () => {
  activeSince = 0;
  const theirs = await withPeer();
  await lab.clock.advance(900);
  assert.equal(open.size, SLOTS);
  leaving = true;
  see('m1.i1', { status: 'leaving' });
  await lab.until('all are handed over', () => open.size === 0, 90);
  assert.ok(theirs.length > 0);
});

test('a store that forgot a record is told about, loudly', async () => {
  await alone();
  const record = await lab.finish(lab.bucket('slots').read('1', 100));
  slots.writeFaults = [stale];
  slots.readFaults = [async (look) => look(), ...Array.from({ length: 1_000 }, () => shows(record))];
  agent.fenced(1);
  await lab.until('the verdict', () => rolledBack > 0, 10_000);
  assert.equal(incidents.counts().get('rollbacks'), 1);
});

test('a record whose epoch went back is a fork: reported, not believed', async () => {
  await alone();
  const mine = await stored(2);
  await write(2, { epoch: 1 }, mine?.revision);
  await lab.clock.advance(10);
  assert.deepEqual([incidents.counts().get('rollbacks'), agent.table.get(2)?.owner], [1, 'm1']);
});

test('what is no record is reported and changes nothing', async () => {
  await alone();
  const mine = await stored(2);
  const bad = { value: new Uint8Array([1]), expected: mine?.revision ?? 0, timeoutMs: 100 };
  await lab.finish(lab.bucket('slots').write('2', bad));
  await lab.clock.advance(10);
  assert.deepEqual([incidents.counts().get('unreadable'), open.has(2)], [1, true]);
});

test('a waiter hears of the next record, of a change in the view, of its time being up, or that it is over', async () => {
  await alone();
  const outcomes: string[] = [];
  const wait = (name: string, ms = 60_000) => {
    const change = agent.nextChange(1, ms);
    void change.happened.then(() => outcomes.push(name));
    return change;
  };
  wait('record');
  agent.fenced(1);
  await lab.until('retaken', () => open.has(1));
  assert.deepEqual(outcomes, ['record']);
  wait('view');
  activeSince = Number.POSITIVE_INFINITY;
  present('m2.i2');
  await lab.clock.advance(0);
  wait('time', 30);
  await lab.clock.advance(29);
  assert.deepEqual(outcomes, ['record', 'view']);
  await lab.clock.advance(1);
  wait('cancel').cancel();
  wait('end');
  await lab.clock.advance(0);
  agent.stop();
  await lab.clock.advance(0);
  assert.deepEqual(outcomes, ['record', 'view', 'time', 'cancel', 'end']);
});

test('after stop nothing is taken, held or written', async () => {
  await alone();
  agent.stop();
  const { length } = slots.sent;
  assert.deepEqual([agent.heldSlots, agent.holds([0, 1, 2, 3])], [0, false]);
  agent.fenced(0);
  gone('m2.i2');
  await lab.clock.advance(20_000);
  assert.equal(slots.sent.length, length);
});

test('an unowned slot whose first in line does not act is taken by the next, after a second', async () => {
  reply = () => ({ kind: 'timeout' });
  present('m0.i0');
  present('m1.i1');
  agent.start();
  await lab.clock.advance(900);
  const own = [0, 1, 2, 3].filter((slot) => agent.ring.owner(slot) === 'm1');
  assert.deepEqual([...open.keys()].sort(), own);
  await lab.until('the others as well', () => open.size === SLOTS, 1_500);
});

test('a slot that is taken only to be handed on is handed on once, one step after the other', async () => {
  present('m0.i0');
  present('m1.i1');
  agent.start();
  await lab.clock.advance(500);
  const own = [...open.keys()];
  // The one who should have had it is slow, but there: it is handed on at once.
  await lab.clock.advance(1_500);
  assert.deepEqual([...open.keys()], own);
  for (const slot of [0, 1, 2, 3].filter((one) => !own.includes(one))) {
    assert.equal(short(await stored(slot)), 'm0 2 handoff');
  }
});
