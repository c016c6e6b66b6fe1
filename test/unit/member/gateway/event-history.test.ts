/**
 * What has happened in a game: from its session and its records, without a gap, or saying that there is one.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { GameCommand } from '../../../../src/game/commands.ts';
import type { Answer } from '../../../../src/member/contract/gateway.ts';
import type { Happened } from '../../../../src/member/contract/host-answers.ts';
import type { MemberOperation } from '../../../../src/member/contract/rpc.ts';
import { EventHistory } from '../../../../src/member/gateway/event-history.ts';
import { StoreUnavailable } from '../../../../src/ports/store.ts';
import { ADMIN, type Caller, PUBLIC } from '../../../../src/session/permission.ts';
import type { NumberedEvent, Rules } from '../../../../src/session/rules.ts';
import { type FaultyBucket, noAnswer, shows, unavailable } from '../../../support/faulty-bucket.ts';
import { toldOf } from '../../../support/told.ts';
import { bytes, Lab } from '../lab.ts';

/** Events of each round in the archive. */
const PER_ROUND = 3;
const may = ['player', 'admin'] as const;
const trace = { requestId: 'r1' };
const p0: Caller = { kind: 'player', playerId: 'p0', nonce: 'n', generation: 1 };

const rules = {
  record: (content, viewer) => ({
    ...(content as object),
    ...toldOf((content as { events: NumberedEvent[] }).events),
    viewer,
  }),
} as Partial<Rules<unknown, GameCommand>> as Rules<unknown, GameCommand>;

let lab: Lab;
let archive: FaultyBucket;
let asked: MemberOperation[];
/** What the owner answers. */
let head: Answer;
let history: EventHistory<unknown>;

beforeEach(() => {
  lab = new Lab();
  archive = lab.bucket('archive');
  asked = [];
  history = new EventHistory({
    ...lab.writing,
    rules,
    requestDeadlineMs: 30_000,
    slotOf: () => 7,
    archive: () => archive,
    execute: async (operation) => {
      asked.push(operation);
      return head;
    },
  });
});

const seqs = (first: number, last: number): NumberedEvent[] =>
  Array.from({ length: last - first + 1 }, (_, index) => ({ seq: first + index }));

async function put(round: number, events: readonly NumberedEvent[]): Promise<void> {
  const write = { value: bytes(JSON.stringify({ round, events })), expected: 0, timeoutMs: 100 };
  assert.equal((await lab.finish(archive.write(`7.G.${round}`, write))).kind, 'landed');
}

interface Played {
  readonly first: number;
  readonly kept: number;
  readonly over: boolean;
}

/**
 * A game in round `running` that began with round `first`: three events in each record, and in the session the last one of the round before
 * and two of its own. Records below `kept` have expired.
 */
async function played(running: number, { first = 1, kept = first, over = false }: Partial<Played> = {}): Promise<void> {
  for (let round = first; round < running; round += 1) {
    const last = (round - first + 1) * PER_ROUND;
    if (round >= kept) await put(round, seqs(last - PER_ROUND + 1, last));
  }
  const before = (running - first) * PER_ROUND;
  const recent: Happened = { round: running, ...toldOf(seqs(Math.max(1, before), before + 2)), over };
  head = { status: 200, body: JSON.stringify(recent), owner: 'm1' };
}

interface Told {
  readonly events: readonly NumberedEvent[];
  readonly latest: number;
  readonly truncated: boolean;
  readonly reset?: boolean;
}

async function tell(after: number, limit = 100, caller: Caller = ADMIN): Promise<Told> {
  const answer = await lab.finish(history.events({ trace, gameId: 'G', caller, may, after, limit }));
  assert.deepEqual([answer.status, answer.owner], [200, 'm1']);
  return JSON.parse(answer.body);
}

/** First and last `seq`, which have no gap between them, and what else is said. */
async function span(after: number, limit?: number): Promise<string> {
  const { events, latest, truncated } = await tell(after, limit);
  const first: number = events[0]?.seq ?? 0;
  const last: number = events.at(-1)?.seq ?? 0;
  if (first > 0) assert.deepEqual(events, seqs(first, last));
  return `${first === 0 ? 'none' : `${first}-${last}`} of ${latest}${truncated ? ', truncated' : ''}`;
}

const round = (number: number, caller: Caller = ADMIN): Promise<Answer> =>
  lab.finish(history.round({ trace, gameId: 'G', caller, may, round: number }));

test('what the session still holds needs no archive', async () => {
  await played(5);
  for (const [after, expected] of [
    [11, '12-14 of 14'],
    [12, '13-14 of 14'],
    [14, 'none of 14'],
  ] as const) {
    assert.equal(await span(after), expected);
  }
  assert.equal(archive.reads, 0);
});

test('what it does not hold comes from the records, each event once', async () => {
  await played(5);
  for (let after = 0; after < 11; after += 1) assert.equal(await span(after), `${after + 1}-14 of 14`);
});

test('who has more events than there are gets them from the first one, and is told so', async () => {
  await played(5);
  const { events, latest, truncated, reset } = await tell(15);
  assert.deepEqual([events, latest, truncated, reset], [seqs(1, 14), 14, false, true]);
  assert.deepEqual((await tell(15, 4)).events, seqs(1, 4));
  assert.ok(!('reset' in (await tell(14))));
  head = { ...head, body: JSON.stringify({ round: 1, events: [], over: false }) };
  assert.deepEqual(await tell(1), { events: [], latest: 0, truncated: false, reset: true });
});

test('a game in which nothing has happened, or only now', async () => {
  await played(1);
  assert.equal(await span(0), '1-2 of 2');
  head = { ...head, body: JSON.stringify({ round: 1, events: [], over: false }) };
  assert.equal(await span(0), 'none of 0');
  assert.equal(archive.reads, 0);
});

test('the round where to begin is found by halves', async () => {
  await played(1_000);
  archive.reads = 0;
  assert.equal(await span(2_990), '2991-2999 of 2999');
  assert.ok(archive.reads <= 10 + 4, `${archive.reads} reads`);
});

test('no more than the limit, and no more read than that takes; the rest comes after', async () => {
  await played(100);
  archive.reads = 0;
  assert.equal(await span(0, 4), '1-4 of 299');
  assert.ok(archive.reads <= 7 + 2, `${archive.reads} reads`);
  assert.equal(await span(4, 4), '5-8 of 299');
  assert.equal(await span(294, 4), '295-298 of 299');
  assert.equal(await span(298, 1), '299-299 of 299');
  assert.equal(await span(299, 1), 'none of 299');
});

test('page by page everything comes', async () => {
  await played(20);
  for (const limit of [1, 2, 3, 7]) {
    const all: NumberedEvent[] = [];
    for (let after = 0; after < 59; after = all.at(-1)?.seq ?? 0) all.push(...(await tell(after, limit)).events);
    assert.deepEqual(all, seqs(1, 59));
  }
});

test('a game whose first round was not number 1', async () => {
  await played(70, { first: 60 });
  for (const after of [0, 1, 3, 27, 29]) assert.equal(await span(after), `${after + 1}-32 of 32`);
});

test('records that have expired: it begins with what there is, and says so', async () => {
  await played(20, { kept: 15 });
  for (const after of [0, 10, 41]) assert.equal(await span(after), '43-59 of 59, truncated');
  assert.equal(await span(42), '43-59 of 59');
  assert.equal(await span(0, 3), '43-45 of 59, truncated');
  await played(40, { first: 30, kept: 40 });
  assert.equal(await span(0), '30-32 of 32, truncated');
});

test('a replica that does not show the last record yet is asked again', async () => {
  await played(5);
  for (let good = 0; good < 8; good += 1) {
    for (const [after, limit, expected] of [
      [0, 100, '1-14 of 14'],
      [0, 4, '1-4 of 14'],
      [7, 100, '8-14 of 14'],
    ] as const) {
      archive.readFaults = [...Array(good).fill((look: () => unknown) => look()), shows(null), shows(null)];
      assert.equal(await span(after, limit), expected, `after ${good} good reads`);
      archive.readFaults = [];
    }
  }
});

test('a hole that stays is not passed over in silence', async () => {
  await played(9);
  // The last two are found while it looks where to begin, the first is not.
  for (const number of [7, 3, 2]) {
    const entry = await lab.finish(archive.read(`7.G.${number}`, 100));
    await lab.finish(archive.remove(`7.G.${number}`, { expected: entry?.revision ?? 0, timeoutMs: 100 }));
    assert.equal((await tell(0)).truncated, true);
  }
});

test('a player sees the records with its own eyes', async () => {
  await played(5);
  await tell(0, 100, p0);
  const seen = JSON.parse((await round(2, p0)).body) as { viewer: string };
  assert.equal(seen.viewer, 'player:p0');
  assert.deepEqual(asked, [
    { kind: 'events', gameId: 'G', caller: p0, may, trace },
    { kind: 'events', gameId: 'G', caller: p0, may, trace },
  ]);
});

test('what the owner refuses is passed on, and nothing is read', async () => {
  await played(5);
  for (const status of [401, 403, 404, 503]) {
    head = { status, body: '{"code":"as told"}', owner: 'm2' };
    const query = { gameId: 'G', caller: PUBLIC, may };
    archive.reads = 0;
    assert.deepEqual(await lab.finish(history.events({ ...query, after: 0, limit: 5 })), head);
    assert.deepEqual(await lab.finish(history.round({ ...query, round: 1 })), head);
    assert.equal(archive.reads, 0);
  }
});

test('an archive that does not answer is said so, at whichever read', async () => {
  await played(9);
  for (let good = 0; good < 5; good += 1) {
    archive.readFaults = [...Array(good).fill((look: () => unknown) => look()), noAnswer];
    await assert.rejects(tell(0), StoreUnavailable);
  }
  archive.readFaults = [noAnswer];
  await assert.rejects(round(2), StoreUnavailable);
  archive.readFaults = [];
  assert.equal(await span(0), '1-26 of 26');
});

test('a finished round, and no other', async () => {
  await played(5);
  for (const number of [1, 4]) {
    const answer = await round(number);
    assert.deepEqual([answer.status, answer.owner], [200, 'm1']);
    assert.equal((JSON.parse(answer.body) as { round: number }).round, number);
  }
  await put(5, seqs(13, 15));
  for (const number of [5, 6]) {
    const answer = await round(number);
    const { code } = JSON.parse(answer.body) as { code: string };
    assert.deepEqual(
      [answer.status, code, answer.owner],
      [404, 'round_not_found', 'm1'],
      'left by who never committed it',
    );
  }
});

test('the last round of a game that is over is finished as well', async () => {
  await played(5, { over: true });
  assert.equal((await round(5)).status, 404, 'it was never played');
  await put(5, seqs(13, 15));
  await put(6, seqs(16, 18));
  assert.equal((await round(5)).status, 200);
  assert.equal((await round(6)).status, 404);
});

test('a record that a replica does not show yet is listed, and looked for until it shows; one that has expired is not', async () => {
  await played(5, { kept: 3 });
  archive.readFaults = Array.from({ length: 40 }, () => shows(null));
  assert.equal((await round(4)).status, 200);
  archive.readFaults = Array.from({ length: 40 }, () => shows(null));
  assert.equal(await span(7), '8-14 of 14');
  const { reads } = archive;
  assert.equal((await round(2)).status, 404);
  assert.ok(archive.reads - reads < 10, 'what the list does not name is not looked for');
});

test('an archive that never shows what it has, or takes no writes, is said not to answer', async () => {
  await played(5);
  archive.readFaults = Array.from({ length: 1_000 }, () => shows(null));
  await assert.rejects(
    lab.finish(history.round({ gameId: 'G', caller: ADMIN, may, round: 3 }), 20_000),
    StoreUnavailable,
  );
  archive.readFaults = [shows(null)];
  archive.writeFaults = Array.from({ length: 2_000 }, () => unavailable);
  await assert.rejects(
    lab.finish(history.round({ gameId: 'G', caller: ADMIN, may, round: 3 }), 20_000),
    StoreUnavailable,
  );
});

test('nobody waits for an archive longer than for any other request', async () => {
  await played(5);
  archive.readFaults = Array.from({ length: 1_000 }, () => shows(null));
  const hasty = new EventHistory({
    ...lab.writing,
    rules,
    requestDeadlineMs: 1_000,
    slotOf: () => 7,
    archive: () => archive,
    execute: async () => head,
  });
  const asked = { gameId: 'G', caller: ADMIN, may };
  await assert.rejects(lab.finish(hasty.round({ ...asked, round: 3 }), 1_100), /in time/);
  await assert.rejects(lab.finish(hasty.events({ ...asked, after: 0, limit: 100 }), 1_100), /in time/);
});
