/**
 * Handoffs: what one side sends arrives at the other, under one transfer id, once.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { offer, Stashes, transfer } from '../../../src/member/handoff.ts';
import { decodeRequest, encodeFrame, type RpcReply } from '../../../src/member/rpc.ts';
import type { Exported } from '../../../src/member/slot-sessions.ts';
import type { CallOutcome, Messaging, Peer } from '../../../src/ports/messaging.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { bytes, text } from './lab.ts';

const MAX_PAYLOAD_BYTES = 1024 * 1024;
const to: Peer = { id: 'm2', incarnation: 'i2' };
const listing = { status: 'active', listed: true, deadline: 77, epoch: 4, commit: 9 };

let clock: ManualClock;
let stashes: Stashes;
let payloads: Uint8Array[];
/** Answers in place of the receiver's own. */
let answers: (CallOutcome | RpcReply)[];

beforeEach(() => {
  clock = new ManualClock();
  stashes = new Stashes(clock);
  payloads = [];
  answers = [];
});

/** The receiver, as an incarnation answers. */
const messaging: Messaging = {
  call: async (peer, payload) => {
    assert.deepEqual(peer, to);
    payloads.push(payload);
    const scripted = answers.shift();
    if (scripted !== undefined && 'kind' in scripted) return scripted;
    return { kind: 'answer', payload: encodeFrame(scripted ?? receive(payload)) };
  },
  probe: () => assert.fail('not part of a handoff'),
  answer: () => assert.fail('not part of a handoff'),
  publish: () => assert.fail('not part of a handoff'),
  subscribe: () => assert.fail('not part of a handoff'),
};

function receive(payload: Uint8Array): RpcReply {
  const { header, body } = decodeRequest(payload);
  if (header.type === 'offer') {
    stashes.accept(header.slot, header.transferId);
    return { type: 'ok' };
  }
  assert.ok(header.type === 'transfer');
  return stashes.add(header, body) ? { type: 'ok' } : { type: 'refused', reason: 'no such transfer' };
}

function session(gameId: string, value: Uint8Array | null, revision = 5): Exported {
  return { gameId, revision, listing, unsettled: value === null, value };
}

const send = (exported: readonly Exported[], isOver = () => false): Promise<string | null> =>
  transfer(messaging, to, { slot: 3, transferId: 't1' }, exported, isOver);

test('a slot’s sessions arrive as they were sent, those without bytes by id', async () => {
  assert.equal(await offer(messaging, to, 3, 't1', 'm1'), null);
  const sent = [session('A', bytes('state of A')), session('B', null, 6), session('C', bytes('state\nof C'), 7)];
  assert.equal(await send(sent), null);
  const stash = stashes.redeem(3, 't1');
  assert.deepEqual(
    [...(stash?.listing ?? [])],
    [
      ['A', { revision: 5, deleted: false, listing }],
      ['B', { revision: 6, deleted: false, listing }],
      ['C', { revision: 7, deleted: false, listing }],
    ],
  );
  assert.deepEqual(
    [...(stash?.stored ?? [])].map(([id, value]) => [id, text(value)]),
    [
      ['A', 'state of A'],
      ['C', 'state\nof C'],
    ],
  );
  assert.deepEqual([...(stash?.unsettled ?? [])], ['B'], 'whose write is in doubt has to be claimed');
});

test('an empty slot needs no transfer, but has a stash', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  assert.equal(await send([]), null);
  assert.equal(stashes.redeem(3, 't1')?.listing.size, 0);
});

test('a stash serves the record that names its transfer, once', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  await send([session('A', bytes('a'))]);
  assert.equal(stashes.redeem(4, 't1'), null);
  assert.ok(stashes.redeem(3, 't1'));
  assert.equal(stashes.redeem(3, 't1'), null);
});

test('a record of another transfer, or of none, gets no stash and makes it useless', () => {
  for (const transferId of ['t0', null]) {
    stashes.accept(3, 't1');
    assert.equal(stashes.redeem(3, transferId), null);
    assert.equal(stashes.redeem(3, 't1'), null);
  }
});

test('a later offer replaces an earlier one, whose chunks are refused from then on', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  await send([session('A', bytes('a'))]);
  await offer(messaging, to, 3, 't2', 'm1');
  assert.equal(await send([session('B', bytes('b'))]), 'no such transfer');
  assert.equal(stashes.redeem(3, 't2')?.listing.size, 0);
});

test('an offer that comes twice leaves what was sent since', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  await send([session('A', bytes('a')), session('B', null)]);
  await offer(messaging, to, 3, 't1', 'm1');
  assert.equal(await send([session('C', bytes('c'))]), null);
  assert.deepEqual([...(stashes.redeem(3, 't1')?.listing.keys() ?? [])], ['A', 'B', 'C']);
});

test('a handoff that does not come about is forgotten 15 s after its offer', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  await offer(messaging, to, 4, 't2', 'm1');
  await clock.advance(14_000);
  await send([session('A', bytes('a'))]);
  await offer(messaging, to, 5, 't3', 'm1');
  await clock.advance(1_000);
  stashes.forgetOld();
  assert.ok(stashes.redeem(4, 't2'), 'not before');
  await clock.advance(1);
  stashes.forgetOld();
  assert.equal(await send([session('B', bytes('b'))]), 'no such transfer', 'however late the last chunk came');
  assert.equal(stashes.redeem(3, 't1'), null);
  assert.ok(stashes.redeem(5, 't3'));
});

test('chunks that nobody offered are refused', async () => {
  assert.equal(await send([session('A', bytes('a'))]), 'no such transfer');
});

test('any number of sessions of any size goes in messages that the server takes', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  const sizes = [10, 390, 500, 3, 380, 380, 900, 1, 380, 800].map((kib) => kib * 1024);
  const large = sizes.map((size, index) => session(`large${index}`, new Uint8Array(size).fill(index)));
  const many = Array.from({ length: 8_000 }, (_, index) =>
    session(`small-with-a-name-as-long-as-ids-may-be-which-is-64-letters-${index}`, null),
  );
  assert.equal(await send([...large, ...many]), null);
  for (const { length } of payloads) assert.ok(length < MAX_PAYLOAD_BYTES, `${length} bytes in one message`);
  const stash = stashes.redeem(3, 't1');
  assert.equal(stash?.listing.size, large.length + many.length);
  for (const { gameId, value } of large) assert.deepEqual(stash?.stored.get(gameId), value);
});

test('small sessions share messages', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  payloads = [];
  await send(Array.from({ length: 100 }, (_, index) => session(`G${index}`, new Uint8Array(10 * 1024))));
  assert.equal(payloads.length, 3);
});

test('what the target says, or that it says nothing, is the reason', async () => {
  const cases: [CallOutcome | RpcReply, string][] = [
    [{ type: 'refused', reason: 'leaving' }, 'leaving'],
    [{ kind: 'noResponders' }, 'noResponders'],
    [{ kind: 'timeout' }, 'timeout'],
    [{ kind: 'disconnected' }, 'disconnected'],
    [{ type: 'stats', sessions: 1 }, 'an unexpected answer'],
  ];
  for (const [answer, reason] of cases) {
    answers = [answer];
    assert.equal(await offer(messaging, to, 3, 't1', 'm1'), reason);
    answers = [answer];
    assert.equal(await send([session('A', bytes('a'))]), reason);
  }
});

test('a transfer ends at the first chunk that fails, and when its time is over', async () => {
  await offer(messaging, to, 3, 't1', 'm1');
  const three = ['A', 'B', 'C'].map((id) => session(id, new Uint8Array(300 * 1024)));
  answers = [{ type: 'ok' }, { kind: 'timeout' }];
  payloads = [];
  assert.equal(await send(three), 'timeout');
  assert.equal(payloads.length, 2);
  payloads = [];
  assert.match((await send(three, () => payloads.length > 0)) ?? '', /too long/);
  assert.equal(payloads.length, 1);
});
