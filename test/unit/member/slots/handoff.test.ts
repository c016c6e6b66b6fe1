/**
 * Handoffs: what one side sends arrives at the other, under one transfer id, once.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { decodeRequest, encodeFrame, type RpcReply } from '../../../../src/member/contract/rpc.ts';
import type { Exported } from '../../../../src/member/sessions/slot-sessions.ts';
import { handOver, offer, Stashes, type Transfer, transfer } from '../../../../src/member/slots/handoff.ts';
import type { CallOutcome, Messaging, Peer } from '../../../../src/ports/messaging.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { bytes, text } from '../lab.ts';

const MAX_PAYLOAD_BYTES = 1024 * 1024;
const to: Peer = { id: 'm2', incarnation: 'i2' };
const listing = { status: 'active', listed: true, suspended: true, playedAt: 5, deadline: 77, epoch: 4, commit: 9 };

let clock: ManualClock;
/** Of the record that the receiver knows. */
let knownEpoch: number;
let stashes: Stashes;
let payloads: Uint8Array[];
/** What time it is for games, at the receiver. */
let now: number | null;
const time = {
  get isKnown() {
    return now !== null;
  },
  now: () => now ?? assert.fail('nobody knows'),
};
/** Answers in place of the receiver's own. */
let answers: (CallOutcome | RpcReply)[];

beforeEach(() => {
  clock = new ManualClock();
  knownEpoch = 4;
  now = 1_000_000;
  stashes = new Stashes(clock, time, () => knownEpoch);
  payloads = [];
  answers = [];
});

/** The receiver, as an incarnation answers. */
const messaging: Messaging = {
  largestPayload: 1024 * 1024,
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
  if (header.type === 'offer') return { type: 'ok' };
  assert.ok(header.type === 'transfer');
  const reason = stashes.add(header, body);
  return reason === null ? { type: 'ok' } : { type: 'refused', reason };
}

function session(gameId: string, value: Uint8Array | null, revision = 5): Exported {
  return { gameId, revision, deleted: false, listing, unsettled: value === null, goesOnMs: null, value };
}

/** What is left of a session. */
function marker(gameId: string, status: string, archived?: number): Exported {
  const left = { ...listing, status, ...(archived !== undefined && { archived }) };
  return { gameId, revision: 8, deleted: true, listing: left, unsettled: false, goesOnMs: null, value: null };
}

/** Towards the record after the known one. */
const planned = (transferId: string, parts: Partial<Transfer> = {}): Transfer => ({
  slot: 3,
  transferId,
  epoch: 5,
  attempt: Number(transferId.slice(1)),
  ...parts,
});

const send = (exported: readonly Exported[], as = planned('t1'), isOver = () => false): Promise<string | null> =>
  transfer(messaging, to, as, exported, isOver);

/** The messages that carry those sessions. */
async function messagesOf(as: Transfer, exported: readonly Exported[]): Promise<Uint8Array[]> {
  const before = payloads.length;
  answers = Array.from({ length: exported.length + 1 }, (): RpcReply => ({ type: 'ok' }));
  assert.equal(await send(exported, as), null);
  answers = [];
  return payloads.splice(before);
}

test('a slot’s sessions arrive as they were sent, those without bytes by id', async () => {
  assert.equal(await offer(messaging, to, planned('t1'), 'm1'), null);
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

test('a round has left at the receiver what it had left at its owner’s, should time be further there', async () => {
  const running = (gameId: string, deadline: number | null, goesOnMs: number | null): Exported => ({
    ...session(gameId, bytes(gameId)),
    listing: { ...listing, deadline: deadline as number },
    goesOnMs,
  });
  const sent = [
    running('over', 998_000, 3_000),
    running('nearer', 1_002_000, 2_500),
    running('wrong', 998_000, 3_600_000),
    running('alike', 1_002_000, 2_250),
    running('ahead', 1_002_000, 0),
    running('still', null, null),
    running('starting', 998_000, null),
  ];
  assert.equal(await send(sent), null);
  assert.deepEqual(
    stashes.redeem(3, 't1')?.clocks,
    new Map([
      ['over', { deadline: 998_000, byMs: 5_000, begunHere: false, starting: null }],
      ['nearer', { deadline: 1_002_000, byMs: 500, begunHere: false, starting: null }],
      ['wrong', { deadline: 998_000, byMs: 10_000, begunHere: false, starting: null }],
    ]),
  );
  now = null;
  assert.equal(await send(sent, planned('t2')), null);
  assert.equal(stashes.redeem(3, 't2')?.clocks.size, 0, 'whoever knows no time yet goes by the deadlines');
});

test('what is left of sessions that are deleted goes along, and says how they ended', async () => {
  const sent = [marker('over', 'concluded', 12), session('A', bytes('state of A')), marker('erased', '')];
  assert.equal(await send(sent), null);
  const listed = stashes.redeem(3, 't1')?.listing;
  const ends = [...(listed ?? [])].map(
    ([
      id,
      {
        revision,
        deleted,
        listing: { status, deadline, archived },
      },
    ]) => ({
      ...{ id, revision, deleted, status, deadline, archived },
    }),
  );
  assert.deepEqual(
    ends.sort((a, b) => a.id.localeCompare(b.id)),
    [
      { id: 'A', revision: 5, deleted: false, status: 'active', deadline: 77, archived: undefined },
      { id: 'erased', revision: 8, deleted: true, status: '', deadline: null, archived: undefined },
      { id: 'over', revision: 8, deleted: true, status: 'concluded', deadline: null, archived: 12 },
    ],
  );
});

test('a stash without all markers is none; an owner of a release that sends none is believed in what it sends', async () => {
  const many = Array.from({ length: 501 }, (_, index) => marker(`G${index}`, 'concluded'));
  const messages = await messagesOf(planned('t1'), many);
  assert.equal(messages.length, 2);
  receive(messages[0] ?? assert.fail());
  assert.equal(stashes.redeem(3, 't1'), null);
  for (const message of messages) receive(message);
  assert.equal(stashes.redeem(3, 't1')?.listing.size, 501);
  const whole = { epoch: 5, attempt: 1, total: 0 };
  receive(encodeFrame({ type: 'transfer', slot: 3, transferId: 't1', whole, sessions: [] }));
  assert.equal(stashes.redeem(3, 't1')?.listing.size, 0);
});

test('an owner says whether NATS may have lost some of what it hands over', async () => {
  for (const certain of [true, false]) {
    const sessions = { listed: true, certain, freeze: async () => undefined, export: () => [session('A', bytes('a'))] };
    const as = planned(certain ? 't1' : 't2');
    const handed = await handOver({ messaging, clock, self: { id: 'm1', incarnation: 'i1' } }, to, as, sessions);
    assert.deepEqual(handed, { transferId: as.transferId });
    assert.equal(stashes.redeem(3, as.transferId)?.doubtful, !certain);
  }
});

test('of an empty slot it is said that it is empty', async () => {
  assert.equal(await send([]), null);
  assert.equal(payloads.length, 1);
  assert.equal(stashes.redeem(3, 't1')?.listing.size, 0);
});

test('an offer alone is no stash: it says nothing about what is in the slot', async () => {
  await offer(messaging, to, planned('t1'), 'm1');
  assert.equal(stashes.redeem(3, 't1'), null);
});

test('a stash serves the record that names its transfer, once', async () => {
  await send([session('A', bytes('a'))]);
  assert.equal(stashes.redeem(4, 't1'), null);
  assert.ok(stashes.redeem(3, 't1'));
  assert.equal(stashes.redeem(3, 't1'), null);
});

test('a record of another transfer, or of none, gets no stash and makes it useless', async () => {
  for (const transferId of ['t0', null]) {
    await send([session('A', null)]);
    assert.equal(stashes.redeem(3, transferId), null);
    assert.equal(stashes.redeem(3, 't1'), null);
  }
});

test('a newer transfer replaces an older one, of which nothing is taken from then on', async () => {
  assert.equal(await send([session('A', bytes('a'))], planned('t1')), null);
  assert.equal(await send([session('B', bytes('b'))], planned('t2')), null);
  assert.equal(await send([session('A', bytes('a'))], planned('t1')), 'superseded');
  assert.equal(await send([session('C', bytes('c'))], planned('t9', { epoch: 4 })), 'superseded');
  assert.deepEqual([...(stashes.redeem(3, 't2')?.listing.keys() ?? [])], ['B']);
  assert.equal(await send([], planned('t1', { epoch: 6 })), null, 'the attempts of another owner say nothing');
});

test('nothing is taken towards a record that is known', async () => {
  assert.equal(await send([session('A', null)]), null);
  knownEpoch = 5;
  assert.ok(stashes.redeem(3, 't1'));
  assert.equal(await send([session('A', null)]), 'superseded');
  assert.equal(stashes.redeem(3, 't1'), null);
});

test('what is shorter or longer than it says is refused', async () => {
  const [message = new Uint8Array(0)] = await messagesOf(planned('t1'), [session('A', bytes('state'))]);
  assert.deepEqual(receive(message.subarray(0, -1)), { type: 'refused', reason: 'not as long as it says' });
  assert.deepEqual(receive(new Uint8Array([...message, 0])), { type: 'refused', reason: 'not as long as it says' });
  assert.equal(stashes.redeem(3, 't1'), null);
});

test('an owner of an older release can hand over: its slot is listed, for what it sends proves nothing', () => {
  const entry = { gameId: 'A', revision: 5, unsettled: true, ...listing, bytes: null };
  const old = encodeFrame({ type: 'transfer', slot: 3, transferId: 't1', sessions: [entry] });
  assert.deepEqual(receive(old), { type: 'ok' });
  assert.equal(stashes.redeem(3, 't1'), null);
});

/** One session of a transfer of two, as a message of its own. */
function part(
  { slot, transferId, epoch, attempt }: Transfer,
  gameId: string,
  revision: number,
): ReturnType<typeof decodeRequest> {
  const body = bytes(`${gameId}${revision}`);
  const sessions = [{ gameId, revision, unsettled: false, ...listing, bytes: body.length }];
  const whole = { epoch, attempt, total: 2 };
  return decodeRequest(encodeFrame({ type: 'transfer', slot, transferId, whole, sessions }, body));
}

/** Two transfers of one slot to one member: by one owner that tries again, or by two owners one after the other. */
const pairs: readonly [string, Transfer, Transfer][] = [
  ['one owner, twice', planned('t1'), planned('t2')],
  ['two owners', planned('t3', { epoch: 5 }), planned('t1', { epoch: 7 })],
];
const RESTART = 'restart';
const OLDER_RECORD = 'record';
const LONGEST = 6;

for (const [of, older, newer] of pairs) {
  test(`whatever comes late, twice, in whatever order: a stash is all of its transfer, or none (${of})`, () => {
    const events = {
      A5: part(older, 'A', 5),
      B5: part(older, 'B', 5),
      A8: part(newer, 'A', 8),
      C8: part(newer, 'C', 8),
      /** The receiver, as another incarnation. */
      [RESTART]: null,
      [OLDER_RECORD]: null,
    };
    const contents = new Map([
      [older.transferId, 'A5 B5'],
      [newer.transferId, 'A8 C8'],
    ]);
    const redeemed = new Set<string>();
    for (const order of ordersOf(Object.keys(events), LONGEST)) {
      let known = 4;
      let here = new Stashes(clock, time, () => known);
      const redeem = (transferId: string) => {
        const stash = here.redeem(3, transferId);
        const found = stash && [...stash.stored].map(([id, value]) => (stash.listing.has(id) ? text(value) : id));
        const isWhole = found === null || found.sort().join(' ') === contents.get(transferId);
        assert.ok(isWhole, `${transferId} after ${order}: ${found}`);
        if (found !== null) redeemed.add(transferId);
        assert.equal(here.redeem(3, transferId), null, 'once');
        return found !== null;
      };
      for (const name of order) {
        const message = events[name as keyof typeof events];
        if (message?.header.type === 'transfer') here.add(message.header, message.body);
        else if (name === RESTART) here = new Stashes(clock, time, () => known);
        else {
          redeem(older.transferId);
          known = Math.max(known, older.epoch);
        }
      }
      // All of the newer one came here: nothing that comes besides takes it away.
      const since = order.slice(Math.max(order.lastIndexOf(RESTART), order.lastIndexOf(OLDER_RECORD)) + 1);
      const isHere = since.includes('A8') && since.includes('C8') && known < newer.epoch;
      assert.ok(redeem(newer.transferId) || !isHere, `nothing after ${order}`);
    }
    assert.deepEqual([...redeemed].sort(), [older.transferId, newer.transferId].sort());
  });
}

/** Every sequence of at most `longest` of `events`, each as often as it likes. */
function* ordersOf(events: readonly string[], longest: number): Generator<string[]> {
  yield [];
  if (longest === 0) return;
  for (const rest of ordersOf(events, longest - 1)) for (const event of events) yield [event, ...rest];
}

test('a handoff that does not come about is forgotten 15 s after it began', async () => {
  await send([session('A', bytes('a'))], planned('t1'));
  await send([], planned('t2', { slot: 4 }));
  await clock.advance(14_000);
  await send([session('A', bytes('a'))], planned('t1'));
  await send([], planned('t3', { slot: 5 }));
  await clock.advance(1_000);
  stashes.forgetOld();
  assert.ok(stashes.redeem(4, 't2'), 'not before');
  await clock.advance(1);
  stashes.forgetOld();
  assert.equal(stashes.redeem(3, 't1'), null, 'however late its last message came');
  assert.ok(stashes.redeem(5, 't3'));
});

test('any number of sessions of any size goes in messages that the server takes', async () => {
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

test('where the server takes little, what fits into no message goes by id', async () => {
  const fitting = session('fitting', new Uint8Array(60 * 1024));
  const large = session('large', new Uint8Array(65 * 1024));
  const small = { ...messaging, largestPayload: 65_536 };
  const many = Array.from({ length: 50 }, (_, index) => session(`G${index}`, new Uint8Array(10 * 1024)));
  assert.equal(await transfer(small, to, planned('t1'), [fitting, large, ...many], () => false), null);
  for (const { length } of payloads) assert.ok(length <= small.largestPayload, `${length} bytes in one message`);
  const stash = stashes.redeem(3, 't1');
  assert.deepEqual([stash?.listing.size, stash?.stored.size, stash?.stored.has('large')], [52, 51, false]);
});

test('small sessions share messages', async () => {
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
    assert.equal(await offer(messaging, to, planned('t1'), 'm1'), reason);
    answers = [answer];
    assert.equal(await send([session('A', bytes('a'))]), reason);
  }
});

test('a transfer ends at the first chunk that fails, and when its time is over', async () => {
  const three = ['A', 'B', 'C'].map((id) => session(id, new Uint8Array(300 * 1024)));
  answers = [{ type: 'ok' }, { kind: 'timeout' }];
  payloads = [];
  assert.equal(await send(three), 'timeout');
  assert.equal(payloads.length, 2);
  payloads = [];
  assert.match((await send(three, planned('t1'), () => payloads.length > 0)) ?? '', /too long/);
  assert.equal(payloads.length, 1);
});
