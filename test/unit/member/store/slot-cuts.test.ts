/**
 * Slots shown by cuts: what is shown was there when the barrier was, whatever the replicas that answer have.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CutAccess } from '../../../../src/member/store/cut-access.ts';
import { type Cut, cutSlots } from '../../../../src/member/store/slot-cuts.ts';
import { type Entry, type Selected, StoreUnavailable } from '../../../../src/ports/store.ts';
import { type FaultyBucket, held, type ReadManyFault } from '../../../support/faulty-bucket.ts';
import { bytes, Lab } from '../lab.ts';

let lab: Lab;
let ending: AbortController;

beforeEach(() => {
  lab = new Lab();
  ending = new AbortController();
});

async function put(key: string, expected = 0): Promise<number> {
  const outcome = await lab.finish(lab.bucket('sessions').write(key, { value: bytes('v'), expected, timeoutMs: 100 }));
  return outcome.kind === 'landed' ? outcome.revision : assert.fail(outcome.kind);
}

interface Run {
  readonly sessions: FaultyBucket;
  /** Keys that were shown, in order. */
  readonly shown: string[];
  readonly cuts: Cut[];
  /** Those that were left; null: given up. */
  result: readonly number[] | null | undefined;
}

function run(slots: readonly number[], faults: readonly ReadManyFault[] = [], context = {}, heard = {}): Run {
  const sessions = lab.bucket('sessions');
  sessions.readManyFaults = [...faults];
  const state: Run = { sessions, shown: [], cuts: [], result: undefined };
  const show = (cut: Cut): void => {
    state.cuts.push(cut);
    for (const [slot, entries] of cut) for (const gameId of entries.keys()) state.shown.push(`${slot}.${gameId}`);
  };
  const left: number[] = [];
  const listener = { show, wanted: () => true, leave: (some: readonly number[]) => left.push(...some), lost: () => {} };
  const all = { ...lab.writing, sessions, ended: ending.signal, ...context };
  void cutSlots(all, new CutAccess(lab.clock), slots, { ...listener, ...heard }).then((isDone) => {
    state.result = isDone ? left : null;
  });
  return state;
}

const until = (state: Run): Promise<number> => lab.until('the end', () => state.result !== undefined);

/** An answer with other entries than the bucket has. */
const answers =
  (change: (entries: readonly Entry[]) => readonly Entry[]): ReadManyFault =>
  async (look) => {
    const found = await look();
    return found.kind === 'entries' ? { ...found, entries: change(found.entries) } : found;
  };
const isBarrier = ({ key }: Entry): boolean => key.endsWith('_.barrier');
const tooMany: ReadManyFault = async (): Promise<Selected> => ({ kind: 'tooMany' });
const unanswered: ReadManyFault = async () => {
  throw new StoreUnavailable('the test answers nothing');
};

test('all slots are shown behind one barrier: values, markers and empty slots, and no barriers', async () => {
  for (const key of ['3.A', '3.B', '33.C', '4.D', '9.E']) await put(key);
  await lab.finish(lab.bucket('sessions').remove('3.B', { expected: 2, timeoutMs: 100 }));
  await put('4._.barrier');
  const state = run([3, 4, 5]);
  await until(state);
  assert.deepEqual(state.result, []);
  assert.deepEqual(state.shown.sort(), ['3.A', '3.B', '4.D']);
  const [cut] = state.cuts;
  assert.deepEqual([...(cut?.keys() ?? [])], [3, 4, 5]);
  assert.deepEqual(cut?.get(3)?.get('A')?.value, bytes('v'));
  assert.equal(cut?.get(3)?.get('B')?.deleted, true);
  assert.deepEqual(
    state.sessions.sent.map(({ key }) => key),
    ['3._.barrier'],
  );
});

test('no cut is asked for before the barrier was acknowledged', async () => {
  const slow = held();
  const sessions = lab.bucket('sessions');
  sessions.writeFaults = [slow.fault];
  const state = run([3], [], { sessions });
  await lab.clock.advance(1_000);
  assert.deepEqual(sessions.selections, []);
  slow.release();
  await until(state);
});

test('an answer without the barrier, or with an older one, shows nothing: the replica lags', async () => {
  const old = await put('3._.barrier');
  await put('3.A');
  const lagging = answers((entries) =>
    entries.map((entry) => (isBarrier(entry) ? { ...entry, revision: old } : entry)),
  );
  const without = answers((entries) => entries.filter((entry) => !isBarrier(entry)));
  const nothing = answers(() => []);
  const state = run([3, 4], [lagging, without, nothing]);
  await until(state);
  assert.equal(state.cuts.length, 1);
  assert.equal(state.sessions.selections.length, 4);
  assert.equal(state.sessions.sent.filter(({ key }) => key === '3._.barrier').length, 2, 'found, and written once');
});

test('a barrier at its revision with another write id is none: the store has lost ours, and gave its number again', async () => {
  await put('3.A');
  const other = answers((entries) =>
    entries.map((entry) => (isBarrier(entry) ? { ...entry, headers: { 'Minotaur-Write': 'other' } } : entry)),
  );
  const state = run([3], [other]);
  await until(state);
  assert.deepEqual([state.cuts.length, state.shown], [1, ['3.A']]);
  assert.equal(state.sessions.sent.length, 3, 'another barrier was written, where the first one is');
});

test('a later barrier is of somebody else: what was written before ours may be forgotten', async () => {
  const later = answers((entries) =>
    entries.map((entry) => (isBarrier(entry) ? { ...entry, revision: entry.revision + 1_000 } : entry)),
  );
  const state = run([3], [later]);
  await until(state);
  assert.equal(state.cuts.length, 1);
  assert.equal(state.sessions.selections.length, 2);
});

test('a barrier that never shows is written again', async () => {
  const without = answers((entries) => entries.filter((entry) => !isBarrier(entry)));
  const state = run(
    [3],
    Array.from({ length: 25 }, () => without),
  );
  await until(state);
  assert.equal(state.cuts.length, 1);
  // The first, and two more; each of these was refused first, where the one before is.
  assert.equal(state.sessions.sent.length, 5);
});

test('what is too much is asked for in smaller parts; a slot that is too large is left', async () => {
  for (let slot = 0; slot < 40; slot += 1) await put(`${slot}.G`);
  const state = run(
    Array.from({ length: 40 }, (_, slot) => slot),
    [],
    { sessions: limited(lab.bucket('sessions'), (prefixes) => prefixes.length <= 2 && !prefixes.includes('7')) },
  );
  await until(state);
  assert.deepEqual(state.result, [7]);
  const expected = Array.from({ length: 40 }, (_, slot) => `${slot}.G`).filter((key) => key !== '7.G');
  assert.deepEqual(state.shown.sort(), expected.sort(), 'each once');
});

test('what is not answered is asked for in smaller parts, and at last left', async () => {
  for (const key of ['1.A', '2.B']) await put(key);
  const sessions = lab.bucket('sessions');
  const ask = sessions.readMany.bind(sessions);
  sessions.readMany = (selection) =>
    selection.prefixes.includes('2') ? unanswered(() => ask(selection)) : ask(selection);
  const state = run([1, 2], [], { sessions });
  await until(state);
  assert.deepEqual([state.shown, state.result], [['1.A'], [2]]);
});

test('a large group is cut in parts of 16 slots, at most two at once', async () => {
  let underWay = 0;
  let most = 0;
  const sessions = lab.bucket('sessions');
  const ask = sessions.readMany.bind(sessions);
  sessions.readMany = async (selection) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const found = await ask(selection);
    underWay -= 1;
    return found;
  };
  const state = run(
    Array.from({ length: 100 }, (_, slot) => slot),
    [],
    { sessions },
  );
  await until(state);
  assert.deepEqual([most, state.cuts.length], [2, 7]);
  assert.ok(sessions.selections.every(({ keys }) => keys.join() === '0._.barrier'));
});

test('it is given up when writes are, and when the incarnation ends', async () => {
  const closed = run([1], [], { gate: () => false });
  await until(closed);
  assert.equal(closed.result, null);
  const endless = run(
    [1, 2],
    Array.from({ length: 1_000 }, () => answers(() => [])),
  );
  await lab.clock.advance(2_000);
  ending.abort();
  await until(endless);
  assert.deepEqual([endless.result, endless.shown], [null, []]);
});

test('while writes may not be sent nothing is asked for', async () => {
  let open: (value: boolean) => void = () => {};
  const gate = new Promise<boolean>((resolve) => {
    open = resolve;
  });
  let asked = 0;
  // The barrier goes through, then the gate closes.
  const state = run([1], [], { gate: () => (asked++ === 0 ? true : gate) });
  await lab.clock.advance(5_000);
  assert.deepEqual(state.sessions.selections, []);
  open(true);
  await until(state);
  assert.deepEqual(state.result, []);
});

/** Too much, unless `allows` says so. */
function limited(bucket: FaultyBucket, allows: (prefixes: readonly string[]) => boolean): FaultyBucket {
  const ask = bucket.readMany.bind(bucket);
  bucket.readMany = (selection) => (allows(selection.prefixes) ? ask(selection) : tooMany(() => ask(selection)));
  return bucket;
}
