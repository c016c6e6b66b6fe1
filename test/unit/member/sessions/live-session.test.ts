/**
 * A session's writes: one at a time, records first, everybody told how it ended.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { type CommitOutcome, LiveSession } from '../../../../src/member/sessions/live-session.ts';
import { readRecord } from '../../../../src/member/store/game-archive.ts';
import type { Settled } from '../../../../src/member/store/settle.ts';
import { SlotStore } from '../../../../src/member/store/slot-store.ts';
import { Session } from '../../../../src/session/session.ts';
import { decode, type Listing } from '../../../../src/session/snapshot.ts';
import { type FaultyBucket, held, lost, refused, unheard } from '../../../support/faulty-bucket.ts';
import { type TinyCommand, type TinyState, tinyOrigin, tinyRules } from '../../../support/tiny-rules.ts';
import { writing } from '../../../support/written.ts';
import { add, command, NOW, stamp } from '../../session/tiny-sessions.ts';
import { bytes, Lab, text } from '../lab.ts';

type Live = LiveSession<TinyState, TinyCommand>;

let lab: Lab;
let sessions: FaultyBucket;
let archive: FaultyBucket;
let other: FaultyBucket;
/** What the live session reported. */
let committed: { total: number; listing: Listing }[];
let causes: Settled[];
let abandoned: string[] = [];
/** Those who look on. */
let onObserved: () => void;
/** The lease, and what becomes of its renewal. */
let valid: boolean;
let renewal: Promise<boolean>;

beforeEach(() => {
  valid = true;
  renewal = Promise.resolve(true);
  onObserved = () => undefined;
  lab = new Lab();
  sessions = lab.bucket('sessions');
  archive = lab.bucket('archive');
  other = lab.bucket('sessions');
  committed = [];
  causes = [];
  abandoned = [];
});

function created(document: Partial<TinyState> = {}, writtenVersion = 2): Live {
  const from = { gameId: 'G', document, origin: tinyOrigin, now: NOW, stamp, expected: 0, largestValue: 1024 * 1024 };
  const made = Session.create(tinyRules, from, command(add));
  assert.ok(made.kind === 'created');
  const lease = { valid: () => valid, ensure: () => renewal };
  const written = () => writing(writtenVersion);
  const { signal: ended } = new AbortController();
  const store = new SlotStore({ ...lab.writing, sessions, archive, stamp, ended }, 7);
  const context = { ...lab.writing, ...lab.timing, lease, store, written };
  return new LiveSession(context, made.session, 'made', {
    committed: (value, listing) => committed.push({ total: decode(tinyRules, value).state.total, listing }),
    observed: () => onObserved(),
    lost: (cause) => causes.push(cause),
    abandoned: (reason) => abandoned.push(reason),
  });
}

async function running(document: Partial<TinyState> = {}): Promise<Live> {
  const live = created(document);
  assert.equal(await lab.finish(Promise.resolve(live.commit(1))), 'committed');
  return live;
}

/** Submits and waits for the commit. */
function send(live: Live, input: TinyCommand = add): CommitOutcome | Promise<CommitOutcome> {
  return live.commit(live.session.submit(command(input), NOW).after);
}

/** What a list of waits have come to so far. */
function watching(waits: readonly (CommitOutcome | Promise<CommitOutcome>)[]): (CommitOutcome | null)[] {
  const outcomes: (CommitOutcome | null)[] = waits.map(() => null);
  for (const [index, wait] of waits.entries()) {
    void Promise.resolve(wait).then((outcome) => {
      outcomes[index] = outcome;
    });
  }
  return outcomes;
}

async function archived(expected: number, epoch: number, content: string): Promise<void> {
  const headers = { 'Minotaur-Epoch': String(epoch) };
  const write = { value: bytes(JSON.stringify(content)), expected, headers, timeoutMs: 100 };
  assert.equal((await lab.finish(lab.bucket('archive').write('7.G.1', write))).kind, 'landed');
}

/** What the first round of a new session leaves. */
const ended = { how: 'ended', round: 1, version: 2, total: 0 };

const recordOf = (): Promise<unknown> => lab.finish(readRecord(lab.bucket('archive'), 7, 'G', 1));

test('it is committed when the store acknowledged it, under its slot and id', async () => {
  const live = created({ total: 4 });
  const outcomes = watching([live.commit(1)]);
  assert.deepEqual([outcomes[0], live.idle, live.waiting], [null, false, 1]);
  await lab.until('the commit', () => outcomes[0] === 'committed');
  const [write] = sessions.sent;
  assert.deepEqual([write?.key, write?.expected, write?.headers['Minotaur-Status']], ['7.G', 0, 'active']);
  assert.deepEqual([committed[0]?.total, committed[0]?.listing.commit], [4, 1]);
  await lab.until('rest', () => live.idle);
  assert.equal(live.waiting, 0);
});

test('one write at a time; those who come meanwhile share the next one', async () => {
  const live = await running();
  const first = held();
  sessions.writeFaults = [first.fault];
  const outcomes = watching([send(live), send(live), send(live)]);
  await lab.clock.advance(500);
  assert.equal(sessions.sent.length, 2, 'the creation, and one write in flight');
  assert.deepEqual(outcomes, [null, null, null]);
  first.release();
  await lab.until('all', () => outcomes.every((outcome) => outcome === 'committed'));
  assert.deepEqual(
    committed.map(({ total }) => total),
    [0, 1, 3],
  );
});

test('a reply leaves only after the write that it is in', async () => {
  const live = await running();
  const [first, second] = [held(), held()];
  sessions.writeFaults = [first.fault, second.fault];
  const outcomes = watching([send(live), send(live)]);
  first.release();
  await lab.clock.advance(50);
  assert.deepEqual(outcomes, ['committed', null]);
  second.release();
  await lab.until('the second', () => outcomes[1] === 'committed');
});

test('whoever sends the moment a commit is done is not forgotten', async () => {
  const live = created();
  const again = (async () => {
    for (let round = 0; round < 3; round += 1)
      await live.commit(round === 0 ? 1 : live.session.submit(command(add), NOW).after);
    return 'done';
  })();
  assert.equal(await lab.finish(again, 1_000), 'done');
  const soon = created();
  for (let ticks = 0; ticks < 6; ticks += 1) {
    const late = Promise.resolve(ticks === 0 ? soon.commit(1) : send(soon)).then(async () => {
      for (let tick = 0; tick < ticks; tick += 1) await null;
      return send(soon);
    });
    await lab.finish(late, 1_000);
  }
});

test('what is committed needs no wait', async () => {
  const live = await running();
  assert.equal(live.commit(1), 'committed');
  assert.equal(sessions.sent.length, 1);
});

test('an acknowledgement that got lost is found out about', async () => {
  const live = await running();
  sessions.writeFaults = [unheard];
  assert.equal(await lab.finish(Promise.resolve(send(live))), 'committed');
  assert.equal(live.session.revision, 2);
});

test('another’s write ends it: what was sent may have landed, what was not has not', async () => {
  const live = await running();
  await lab.finish(other.write('7.G', { value: bytes('theirs'), expected: 1, timeoutMs: 100 }));
  const outcomes = watching([send(live), send(live)]);
  await lab.until('the end', () => live.lost);
  await lab.clock.advance(100);
  assert.deepEqual(outcomes, ['uncertain', 'lost']);
  assert.deepEqual(
    causes.map(({ kind }) => kind),
    ['conflict'],
    'told once',
  );
  assert.equal(sessions.sent.length, 2, 'and nothing is written after that');
  assert.equal(text((await lab.finish(other.read('7.G', 100)))?.value), 'theirs');
});

test('once lost, always lost', async () => {
  const live = await running();
  const sent = held();
  sessions.writeFaults = [sent.fault];
  const first = live.session.submit(command(add), NOW).after;
  const outcomes = watching([live.commit(first), send(live)]);
  live.lose();
  await lab.clock.advance(0);
  assert.deepEqual(outcomes, ['uncertain', 'lost'], 'nobody has to wait for the store');
  const later = live.session.submit(command(add), NOW).after;
  assert.deepEqual([live.commit(first), live.commit(later)], ['uncertain', 'lost']);
  sent.release();
  live.write();
  await lab.clock.advance(2_000);
  assert.equal(sessions.sent.length, 2);
  assert.deepEqual([committed.length, causes], [1, []], 'who let go of it knows why');
});

test('a round’s record is in the archive before the snapshot that refers to it is sent', async () => {
  const live = await running({ total: 3 });
  const record = held();
  archive.writeFaults = [record.fault];
  const outcomes = watching([send(live, { type: 'end', round: 1 })]);
  await lab.clock.advance(500);
  assert.deepEqual([sessions.sent.length, outcomes[0]], [1, null]);
  record.release();
  await lab.until('the commit', () => outcomes[0] === 'committed');
  assert.deepEqual(await recordOf(), { how: 'ended', round: 1, version: 2, total: 3 });
});

test('what a round waits for is named while it waits: its record, and its write', async () => {
  const live = await running({ total: 3 });
  const [record, write] = [held(), held()];
  archive.writeFaults = [record.fault];
  sessions.writeFaults = [write.fault];
  const outcomes = watching([send(live, { type: 'end', round: 1 })]);
  const underWay = () => [...lab.progress.of('archive').keys(), ...lab.progress.of('session').keys()];
  await lab.clock.advance(500);
  assert.deepEqual(underWay(), ['7.G.1', '7.G']);
  record.release();
  await lab.clock.advance(500);
  assert.deepEqual(underWay(), ['7.G']);
  write.release();
  await lab.until('the commit', () => outcomes[0] === 'committed');
  assert.deepEqual(underWay(), []);
});

test('nothing is written after it was lost, not even what a record was waiting for', async () => {
  const live = await running();
  const record = held();
  archive.writeFaults = [record.fault];
  const outcomes = watching([send(live, { type: 'end', round: 1 })]);
  await lab.clock.advance(10);
  live.lose();
  record.release();
  await lab.clock.advance(2_000);
  assert.equal(sessions.sent.length, 1);
  assert.notEqual(outcomes[0], 'committed');
});

test('a record that a dead owner left without its snapshot is replaced', async () => {
  for (const epoch of [stamp.epoch - 1, stamp.epoch]) {
    await archived(epoch === stamp.epoch ? 2 : 0, epoch, 'left behind');
    const live = await running();
    assert.equal(await lab.finish(Promise.resolve(send(live, { type: 'end', round: 1 }))), 'committed');
    assert.deepEqual(await recordOf(), ended);
    sessions = lab.bucket('sessions');
    await lab.finish(sessions.remove('7.G', { expected: 2, timeoutMs: 100 }));
    await lab.finish(sessions.purge('7.G', 99));
  }
});

test('a record of a later owner is never replaced: the session is lost', async () => {
  await archived(0, stamp.epoch + 1, 'theirs');
  const live = await running();
  assert.equal(await lab.finish(Promise.resolve(send(live, { type: 'end', round: 1 }))), 'uncertain');
  assert.equal(await recordOf(), 'theirs');
  assert.equal(sessions.sent.length, 1, 'and no snapshot refers to a record that is not there');
  assert.deepEqual(
    [live.lost, causes],
    [true, [{ kind: 'abandoned' }]],
    'revisions of the archive are none of the session’s',
  );
});

test('the record of an erased game makes way', async () => {
  const eraser = lab.bucket('archive');
  await archived(0, 9, 'erased');
  await lab.finish(eraser.remove('7.G.1', { expected: 1, timeoutMs: 100 }));
  const live = await running();
  assert.equal(await lab.finish(Promise.resolve(send(live, { type: 'end', round: 1 }))), 'committed');
  assert.deepEqual(await recordOf(), ended);
});

test('an archive that cannot be written stops the snapshot', async () => {
  const live = await running();
  archive.writeFaults = [
    async () => {
      lab.open = false;
      return { kind: 'unknown' };
    },
  ];
  assert.equal(await lab.finish(Promise.resolve(send(live, { type: 'end', round: 1 }))), 'uncertain');
  assert.deepEqual([sessions.sent.length, causes[0]?.kind], [1, 'abandoned']);
});

test('a state that cannot be written loses the session, loudly', async () => {
  const live = created({}, 9);
  assert.notEqual(await lab.finish(Promise.resolve(live.commit(1))), 'committed');
  const [cause] = causes;
  assert.ok(cause?.kind === 'refused' && /knows no way/.test(cause.reason));
  assert.equal(sessions.sent.length, 0);
});

test('a round that was ended without its actions is told of, once, with the reason', async () => {
  const live = await running({ onEnd: 'throw', roundEndTime: NOW });
  assert.ok(live.session.ring(NOW));
  live.write();
  await lab.until('the write', () => live.idle);
  assert.deepEqual(abandoned, ['the end of the round fails']);
  assert.equal(await lab.finish(Promise.resolve(send(live))), 'committed');
  assert.equal(abandoned.length, 1);
});

test('those who look on are told after everybody who waited', async () => {
  const live = await running();
  const order: string[] = [];
  onObserved = () => order.push(`observed, ${live.waiting} wait`);
  void Promise.resolve(send(live)).then((outcome) => order.push(outcome));
  await lab.clock.advance(100);
  assert.deepEqual(order, ['observed, 0 wait', 'committed']);
});

test('a write that the store refuses was not applied, unless an earlier copy of it may have landed', async () => {
  const live = await running();
  sessions.writeFaults = [refused];
  const outcomes = watching([send(live), send(live)]);
  await lab.until('an answer', () => outcomes.every((outcome) => outcome !== null));
  assert.deepEqual(outcomes, ['refused', 'lost'], 'the second one was in no write');
  assert.equal(live.commit(2), 'refused');
  const doubtful = created();
  sessions.writeFaults = [lost, refused];
  const later = watching([doubtful.commit(1)]);
  await lab.until('an answer', () => later[0] !== null);
  assert.deepEqual(later, ['uncertain']);
});

test('nothing is built on a creation before a lease was valid after it', async () => {
  for (const isRenewed of [true, false]) {
    lab = new Lab();
    [sessions, archive] = [lab.bucket('sessions'), lab.bucket('archive')];
    let renewed: (is: boolean) => void = () => undefined;
    renewal = new Promise((resolve) => {
      renewed = resolve;
    });
    valid = false;
    const live = await running();
    const outcome = watching([send(live), send(live, { type: 'end', round: 1 })]);
    await lab.clock.advance(3_000);
    const sent = [...sessions.sent, ...archive.sent].map(({ key }) => key);
    assert.deepEqual([sent, outcome], [['7.G'], [null, null]]);
    renewed(isRenewed);
    await lab.until('an end', () => outcome.every((one) => one !== null));
    assert.deepEqual(outcome, isRenewed ? ['committed', 'committed'] : ['lost', 'lost']);
    assert.equal(sessions.sent.length > 1, isRenewed);
    assert.equal(live.lost, !isRenewed);
  }
});

test('once it was certain, a lease that lapses holds no write up', async () => {
  const live = await running();
  assert.equal(await lab.finish(Promise.resolve(send(live))), 'committed');
  valid = false;
  renewal = Promise.resolve(false);
  assert.equal(await lab.finish(Promise.resolve(send(live))), 'committed');
});
