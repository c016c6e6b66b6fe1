/**
 * The gateway's half of a request: it looks again until somebody answers, and knows what it cannot know.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { slotOf } from '../../../../src/cluster/slot-hash.ts';
import { type SlotRecord, SlotTable } from '../../../../src/cluster/slot-table.ts';
import { emptyView } from '../../../../src/cluster/view.ts';
import type { Problem } from '../../../../src/errors.ts';
import type { GameState } from '../../../../src/game/state.ts';
import type { Answer, Operation } from '../../../../src/member/contract/gateway.ts';
import type { HostAnswer } from '../../../../src/member/contract/host-answers.ts';
import type { Joined } from '../../../../src/member/contract/joined.ts';
import {
  decodeRequest,
  encodeFrame,
  type RoutedOperation,
  type RpcReply,
} from '../../../../src/member/contract/rpc.ts';
import { FORWARDS_AT_ONCE, WAITING_OF_A_GAME } from '../../../../src/member/gateway/forwards.ts';
import { Router } from '../../../../src/member/gateway/router.ts';
import { EQUAL_AT_ONCE } from '../../../../src/member/gateway/shared-reads.ts';
import { Incidents } from '../../../../src/member/kit/incidents.ts';
import { RequestLog } from '../../../../src/member/kit/request-log.ts';
import type { CallOutcome, Messaging, Peer } from '../../../../src/ports/messaging.ts';
import type { ManualClock } from '../../../support/manual-clock.ts';
import type { MemoryLink } from '../../../support/memory-broker.ts';
import { silentMeter } from '../../../support/meters.ts';
import { minotaurRules } from '../../../support/minotaur-rules.ts';
import { silentLog } from '../../../support/silent-log.ts';
import { bytes, Lab } from '../lab.ts';
import { act, bodyOf, read } from '../little-cluster.ts';
import { owning } from '../sessions/slot-lab.ts';

const SLOTS = 16;
const DEADLINE_MS = 10_000;
const SLOT = slotOf('G', SLOTS);

let lab: Lab;
let clock: ManualClock;
let router: Router<GameState>;
let table: SlotTable;
let departed: Set<string>;
let joined: boolean;
/** What the next calls come to, and the next executions here; the last one goes on for ever. */
let calls: (CallOutcome | RpcReply | null)[];
let here: (HostAnswer | null)[];
/** What was asked: of whom, and with which command. */
let asked: { peer: string; operation: RoutedOperation; deadline: number }[];
let suspected: string[];
/** How long an owner takes to answer. */
let answerMs: number;
let refreshed: number;
let onRefresh: () => unknown;
let link: MemoryLink;
let incidents: Incidents;

const answered: RpcReply = { type: 'answer', status: 200, owner: 'm2' };
const never = new Promise<never>(() => undefined);

beforeEach(() => {
  lab = new Lab();
  clock = lab.clock;
  incidents = new Incidents(silentLog);
  table = new SlotTable(SLOTS);
  departed = new Set();
  joined = true;
  calls = [];
  here = [];
  asked = [];
  suspected = [];
  answerMs = 0;
  refreshed = 0;
  onRefresh = () => undefined;
  link = lab.broker.attach();
  router = new Router<GameState>({
    clock,
    time: { isKnown: true, now: () => clock.wall(), at: (monotonic) => clock.wall() - clock.monotonic() + monotonic },
    random: lab.random,
    rules: minotaurRules,
    incidents,
    requestLog: new RequestLog({ log: silentLog }),
    meter: silentMeter,
    tracing: null,
    slots: SLOTS,
    requestDeadlineMs: DEADLINE_MS,
    current: () =>
      joined
        ? {
            incarnation,
            messaging: messaging as Messaging,
            store: lab.store(link),
          }
        : null,
  });
});

const incarnation: Joined = {
  self: { id: 'm1', incarnation: 'i1' },
  slots: {
    get map(): never {
      throw new Error('the router asks for no map');
    },
    record: (slot: number) => table.get(slot),
    countOf: (incarnation: string) => table.countOf(incarnation),
    isUnowned: (slot: number) => departed.has(table.get(slot)?.incarnation ?? ''),
    nextChange: (_: number, ms: number) => {
      let cancel: () => void = () => undefined;
      const happened = new Promise<void>((resolve) => {
        // A change is as good as another look: the router looks what it was.
        const timer = clock.after(Math.min(ms, 100), resolve);
        cancel = () => {
          timer.cancel();
          resolve();
        };
      });
      return { happened, cancel };
    },
    refresh: async () => {
      refreshed += 1;
      await onRefresh();
    },
  },
  readNow: () => null,
  membership: { view: emptyView(), suspect: (key: string) => suspected.push(key) },
  execute: (_: number, operation: RoutedOperation, deadline: number) => {
    asked.push({ peer: 'here', operation, deadline });
    const next = here.length > 1 ? here.shift() : here[0];
    return next === null || next === undefined ? never : Promise.resolve(next);
  },
};

const messaging: Pick<Messaging, 'call' | 'largestPayload'> = {
  largestPayload: 65_536,
  call: (peer: Peer, payload: Uint8Array, timeoutMs: number): Promise<CallOutcome> => {
    const { header } = decodeRequest(payload);
    assert.ok(header.type === 'execute');
    asked.push({ peer: peer.id, operation: header.operation as RoutedOperation, deadline: header.deadline });
    const next = calls.length > 1 ? calls.shift() : calls[0];
    if (next === null || next === undefined) {
      return new Promise((resolve) => clock.after(timeoutMs, () => resolve({ kind: 'timeout' })));
    }
    const outcome: CallOutcome =
      'kind' in next ? next : { kind: 'answer', payload: encodeFrame(next, bytes('{"ok":1}')) };
    return answerMs === 0
      ? Promise.resolve(outcome)
      : new Promise((resolve) => clock.after(answerMs, () => resolve(outcome)));
  },
};

let revisions = 0;

function owned(id: string): SlotRecord {
  revisions += 1;
  const epoch = (table.get(SLOT)?.epoch ?? 0) + 1;
  const record = {
    slot: SLOT,
    owner: id,
    incarnation: `i${id.slice(1)}`,
    epoch,
    acquired: 'initial',
    transferId: null,
  } as const;
  table.apply({ ...record, revision: revisions });
  return { ...record, revision: revisions };
}

const ask = (operation: Operation): Promise<Answer> => lab.finish(router.execute(operation));

/** The command as it came each time. */
function commands() {
  return asked.map(({ operation }) => ('command' in operation ? operation.command : assert.fail('a read')));
}

test('what NATS does not pass on to the owner is answered at once, with both sizes', async () => {
  owned('m2');
  calls = [{ kind: 'tooLarge' }];
  const { status, body, owner } = await ask(act('G'));
  const { code, detail } = JSON.parse(body) as { code: string; detail: string };
  assert.deepEqual([status, code, owner, asked.length], [413, 'payload_too_large', 'm2', 1]);
  assert.match(detail, /has \d+ bytes; NATS takes 65536 at most/);
});

test('an operation goes to the owner, with its answer back', async () => {
  owned('m2');
  calls = [answered];
  assert.deepEqual(await ask(read('G')), { status: 200, body: '{"ok":1}', owner: 'm2' });
  assert.deepEqual(
    asked.map(({ peer }) => peer),
    ['m2'],
  );
  assert.equal(asked[0]?.deadline, clock.wall() + DEADLINE_MS);
});

test('its own slots are asked here', async () => {
  owned('m1');
  here = [{ kind: 'answer', status: 204, body: '' }];
  assert.deepEqual(await ask(act('G')), { status: 204, body: '', owner: 'm1' });
  assert.deepEqual(
    asked.map(({ peer }) => peer),
    ['here'],
  );
});

test('it waits for an owner, and for its own membership', async () => {
  joined = false;
  const answer = router.execute(read('G'));
  await clock.advance(2_000);
  joined = true;
  await clock.advance(2_000);
  owned('m2');
  departed.add('i2');
  await clock.advance(2_000);
  assert.equal(asked.length, 0);
  calls = [answered];
  departed.clear();
  assert.equal((await lab.finish(answer)).status, 200);
});

test('moved with a newer revision: the record is read before it asks again', async () => {
  const { revision } = owned('m2');
  calls = [{ type: 'moved', revision: revision + 1, uncertain: false }, answered];
  onRefresh = () => owned('m3');
  assert.equal((await ask(act('G'))).status, 200);
  assert.deepEqual([refreshed, asked.map(({ peer }) => peer)], [1, ['m2', 'm3']]);
});

test('moved without news: the owner is about to let go, or to hold', async () => {
  const { revision } = owned('m2');
  calls = [{ type: 'moved', revision, uncertain: false }, { type: 'moved', revision, uncertain: false }, answered];
  assert.equal((await ask(read('G'))).status, 200);
  assert.deepEqual([refreshed, asked.length], [0, 3]);
  assert.ok(clock.monotonic() >= 50 && clock.monotonic() < 400, 'with a short pause between');
});

test('nobody there: the owner is suspected at once, and it looks again', async () => {
  owned('m2');
  calls = [{ kind: 'noResponders' }, { kind: 'noResponders' }, answered];
  assert.equal((await ask(act('G'))).status, 200);
  assert.deepEqual(suspected, ['m2.i2', 'm2.i2']);
});

test('an owner whose answers usually take long is not suspected for that, and is when it takes longer still', async () => {
  owned('m2');
  calls = [answered];
  answerMs = 120;
  for (let asked = 0; asked < 50; asked += 1) assert.equal((await ask(act('G'))).status, 200);
  assert.ok(suspected.length <= 3, `suspected ${suspected.length} times: it has to be learnt`);
  suspected = [];
  answerMs = 1;
  for (let asked = 0; asked < 50; asked += 1) assert.equal((await ask(read('G'))).status, 200);
  answerMs = 120;
  for (let asked = 0; asked < 50; asked += 1) assert.equal((await ask(act('G'))).status, 200);
  assert.deepEqual(suspected, [], 'reads, which are faster, do not count for writes');
  calls = [null];
  void router.execute(act('G'));
  await clock.advance(1_001);
  assert.deepEqual(suspected, ['m2.i2']);
  void router.execute(read('G'));
  await clock.advance(41);
  assert.deepEqual(suspected, ['m2.i2', 'm2.i2'], 'a read within the shortest patience');
});

test('an owner that does not answer is suspected soon, and not waited for once the slot has another', async () => {
  owned('m2');
  calls = [null, answered];
  const answer = router.execute(read('G'));
  await clock.advance(200);
  assert.deepEqual(suspected, ['m2.i2']);
  owned('m3');
  assert.equal((await lab.finish(answer, 300)).status, 200);
  assert.deepEqual(
    asked.map(({ peer }) => peer),
    ['m2', 'm3'],
  );
});

test('a command keeps one identity through all tries, and says that it may have been applied before', async () => {
  const { revision } = owned('m2');
  const moved = (uncertain: boolean): RpcReply => ({ type: 'moved', revision, uncertain });
  calls = [moved(false), moved(false), moved(true), moved(false), answered];
  assert.equal((await ask(act('G', null))).status, 200);
  const sent = commands();
  assert.deepEqual(
    sent.map(({ again }) => again),
    [false, false, false, true, true],
  );
  assert.equal(new Set(sent.map(({ id, receivedAt, keyed }) => `${id} ${receivedAt} ${keyed}`)).size, 1);
});

test('a key makes the id: the same at every gateway, another for another key, none without', async () => {
  owned('m1');
  here = [{ kind: 'answer', status: 200, body: '{}' }];
  for (const key of ['k1', 'k1', 'k2', null, null]) await ask(act('G', key));
  const [one, same, other, none, another] = commands();
  assert.equal(one?.id, same?.id);
  assert.equal(new Set([one?.id, other?.id, none?.id, another?.id]).size, 4);
  assert.deepEqual([one?.keyed, none?.keyed], [true, false]);
});

const moved: HostAnswer = { kind: 'moved', uncertain: false };
const uncertain: HostAnswer = { kind: 'moved', uncertain: true };
const refusals: readonly [string, (HostAnswer | null)[], 'unknown' | 'notApplied'][] = [
  ['moved all the time', [moved], 'notApplied'],
  ['uncertain once, moved ever after', [uncertain, moved], 'unknown'],
  ['no answer at all', [null], 'unknown'],
];

for (const [name, answers, outcome] of refusals) {
  test(`at the deadline a command here ends with 503, ${outcome}: ${name}`, async () => {
    owned('m1');
    here = [...answers];
    const began = clock.monotonic();
    const answer = await ask(act('G'));
    assert.deepEqual(
      [answer.status, bodyOf(answer).code, bodyOf(answer).outcome],
      [503, 'session_unavailable', outcome],
    );
    const took = clock.monotonic() - began;
    assert.ok(took >= DEADLINE_MS && took < DEADLINE_MS + 100, `${took} ms`);
  });
}

const outcomes: readonly [string, CallOutcome | RpcReply | null, 'unknown' | 'notApplied'][] = [
  ['nobody there', { kind: 'noResponders' }, 'notApplied'],
  ['no answer', null, 'unknown'],
  ['disconnected', { kind: 'disconnected' }, 'unknown'],
  ['moved', { type: 'moved', revision: 0, uncertain: false }, 'notApplied'],
  ['moved, uncertain', { type: 'moved', revision: 0, uncertain: true }, 'unknown'],
  ['an unexpected answer', { type: 'ok' }, 'unknown'],
];

for (const [name, outcome, expected] of outcomes) {
  test(`at the deadline a command elsewhere ends with 503, ${expected}: ${name}`, async () => {
    owned('m2');
    calls = [outcome];
    const answer = await ask(act('G'));
    assert.deepEqual([answer.status, bodyOf(answer).outcome, answer.owner], [503, expected, 'm2']);
  });
}

test('a record that cannot be read does not hold the answer beyond the deadline', async () => {
  const { revision } = owned('m2');
  calls = [{ type: 'moved', revision: revision + 1, uncertain: false }];
  onRefresh = () => never;
  const began = clock.monotonic();
  const answer = await ask(act('G'));
  assert.deepEqual([answer.status, bodyOf(answer).outcome], [503, 'notApplied']);
  assert.ok(clock.monotonic() - began < DEADLINE_MS + 100);
});

test('at the deadline a command that nobody was sent ends with 503, notApplied', async () => {
  const answer = await ask(act('G'));
  assert.deepEqual([answer.status, bodyOf(answer).outcome, answer.owner], [503, 'notApplied', null]);
});

test('a refusal that says notApplied speaks for its own try only', async () => {
  owned('m1');
  const refusal: HostAnswer = { kind: 'answer', status: 503, body: '{"outcome":"notApplied"}' };
  for (const [before, outcome] of [
    [moved, 'notApplied'],
    [uncertain, 'unknown'],
  ] as const) {
    here = [before, refusal];
    assert.equal(bodyOf(await ask(act('G'))).outcome, outcome);
  }
  here = [uncertain, { kind: 'answer', status: 409, body: '{}' }];
  assert.equal((await ask(act('G'))).body, '{}', 'what was decided stays');
});

test('a read is never uncertain', async () => {
  owned('m2');
  calls = [null];
  assert.equal(bodyOf(await ask(read('G'))).outcome, 'notApplied');
});

/** Stores the game G, without its owner. */
async function stored(): Promise<void> {
  await owning(lab);
  const [entry] = [...lab.buckets.content('sessions').entries.values()].filter(({ key }) => key.endsWith('.G'));
  assert.ok(entry);
  await lab.finish(lab.bucket('sessions').write(`${SLOT}.G`, { ...entry, expected: 0, timeoutMs: 100 }));
}

test('an eventual read is answered from the store when its owner is not', async () => {
  await stored();
  owned('m2');
  calls = [{ kind: 'noResponders' }];
  const answer = await ask(read('G', 'eventual'));
  assert.deepEqual([answer.status, bodyOf(answer).stale, bodyOf(answer).version, answer.owner], [200, true, 1, 'm2']);
  assert.equal((await ask(read('G'))).status, 503, 'a strong one is not');
  assert.equal((await ask(read('Nowhere', 'eventual'))).status, 503, 'nor is absence');
});

for (const [what, status, fromMs, toMs] of [
  ['by half time from the store', 200, 0, DEADLINE_MS * 0.6],
  ['at the deadline with 503 if the store is silent as well', 503, DEADLINE_MS, DEADLINE_MS + 100],
] as const) {
  test(`an eventual read whose owner is silent is answered ${what}`, async () => {
    await stored();
    if (status === 503) link.toMember.hold();
    for (const id of ['m1', 'm2']) {
      owned(id);
      const began = clock.monotonic();
      assert.equal((await ask(read('G', 'eventual'))).status, status);
      const took = clock.monotonic() - began;
      assert.ok(took >= fromMs && took < toMs, `${took} ms`);
    }
  });
}

test('equal strong reads that wait share one forward; another caller, and a command, have their own', async () => {
  owned('m2');
  calls = [null];
  const reads = Array.from({ length: 50 }, () => router.execute(read('G')));
  const [publicly, command] = [router.execute({ ...read('G'), caller: { kind: 'public' } }), router.execute(act('G'))];
  await clock.advance(10);
  assert.equal(asked.length, EQUAL_AT_ONCE + 2);
  calls = [answered];
  for (const answer of [...reads, publicly, command]) assert.equal((await lab.finish(answer)).status, 200);
  assert.ok(asked.length < 20, `${asked.length} forwards`);
});

test('a read that waits with others still goes by its own deadline', async () => {
  owned('m2');
  calls = [null];
  const early = router.execute(read('G'));
  await clock.advance(DEADLINE_MS / 2);
  const late = [router.execute(read('G')), router.execute(read('G'))];
  assert.equal((await lab.finish(early)).status, 503);
  calls = [answered];
  for (const answer of late) assert.equal((await lab.finish(answer)).status, 200);
});

test('what waits for its turn goes to the next owner as soon as there is one, and was certainly not applied before', async () => {
  owned('m2');
  calls = [null];
  const stuck = Array.from({ length: FORWARDS_AT_ONCE }, () => router.execute(act('G')));
  await clock.advance(1);
  const waits = router.execute(act('G'));
  await clock.advance(1_000);
  assert.equal(asked.length, FORWARDS_AT_ONCE);
  calls = [{ type: 'answer', status: 503, owner: 'm3' }];
  owned('m3');
  const { status, body } = await lab.finish(waits);
  assert.deepEqual([status, JSON.parse(body)], [503, { ok: 1 }], 'no attempt before it made it unknown');
  assert.equal(JSON.parse((await lab.finish(stuck[0] ?? never)).body).outcome, 'unknown');
});

test('more than may wait for one owner are refused at once, unsent', async () => {
  owned('m2');
  calls = [null];
  for (let count = FORWARDS_AT_ONCE + WAITING_OF_A_GAME; count > 0; count -= 1) void router.execute(act('G'));
  await clock.advance(1);
  const { status, body, owner } = await router.execute(act('G'));
  const { code, outcome } = JSON.parse(body) as Problem;
  assert.deepEqual([status, code, outcome, owner], [503, 'session_overloaded', 'notApplied', 'm2']);
  assert.equal(asked.length, FORWARDS_AT_ONCE);
});

for (const [what, payload] of [
  ['garbage', bytes('garbage')],
  ['a kind of a later release', bytes('{"type":"later"}\n')],
  ['a status that is none', bytes('{"type":"answer","status":"fine","owner":"m2"}\n')],
] as const) {
  test(`an owner that answers ${what}: tried again until the deadline, reported once`, async () => {
    owned('m2');
    calls = [{ kind: 'answer', payload }];
    const answer = await ask(read('G'));
    assert.deepEqual([answer.status, bodyOf(answer).code], [503, 'session_unavailable']);
    assert.ok(asked.length > 1 && asked.length < 1_000, `asked ${asked.length} times`);
    assert.equal(incidents.counts().get('notUnderstood'), 1);
  });
}

test('a call that fails is answered all the same, and reported', async () => {
  owned('m2');
  const { call } = messaging;
  messaging.call = () => Promise.reject(new Error('too large'));
  try {
    const answer = await ask(read('G'));
    assert.deepEqual([answer.status, bodyOf(answer).code], [500, 'internal']);
    assert.equal(incidents.counts().get('failures'), 1);
  } finally {
    messaging.call = call;
  }
});
