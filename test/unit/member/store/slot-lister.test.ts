/**
 * Listing a slot: what it shows is complete, or it goes on.
 */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { beforeEach, test } from 'node:test';
import { listSlots, type SlotListing } from '../../../../src/member/store/slot-lister.ts';
import type { Follow, FollowOptions } from '../../../../src/ports/store.ts';
import { listingHeaders } from '../../../../src/session/snapshot.ts';
import { FaultyBucket, lost, unheard } from '../../../support/faulty-bucket.ts';
import { bytes, Lab } from '../lab.ts';

/** Writes go to the store; what the consumer delivers, and when, is up to the test. */
class ScriptedBucket extends FaultyBucket {
  consumer: FollowOptions | null = null;
  stopped = false;
  /** When it was told to begin again, monotonic ms. */
  readonly restarts: number[] = [];

  override follow(options: FollowOptions): Follow {
    this.consumer = options;
    return {
      restart: () => this.restarts.push(lab.clock.monotonic()),
      stop: () => {
        this.stopped = true;
      },
    };
  }

  deliver(key: string, revision: number): void {
    const entry = { key, revision, value: new Uint8Array(0), headers: {}, deleted: false, writtenAt: 0 };
    this.consumer?.onEntry(entry);
  }

  pass(number: number): void {
    this.consumer?.onPass(number);
  }

  /** Keys of the barriers written so far. */
  get barriers(): string[] {
    return this.sent.map(({ key }) => key);
  }
}

type Result = Awaited<ReturnType<typeof listSlots>>;

let lab: Lab;
let ending: AbortController;

beforeEach(() => {
  lab = new Lab();
  ending = new AbortController();
});

const list = (sessions: FaultyBucket, slots: readonly number[]): Promise<Result> =>
  listSlots({ ...lab.writing, sessions, ended: ending.signal }, slots);

/** A scripted listing, and what it has come to. */
async function scripted(slots: readonly number[]) {
  const bucket = new ScriptedBucket(lab.bucket('sessions'));
  const state: { result: Result | undefined } = { result: undefined };
  void list(bucket, slots).then((result) => {
    state.result = result;
  });
  bucket.pass(1);
  await lab.clock.advance(100);
  return { bucket, state };
}

/** Revision of the newest barrier of a slot. */
async function barrier(slot: number): Promise<number> {
  return (await lab.finish(lab.bucket('sessions').read(`${slot}._.barrier`, 100)))?.revision ?? 0;
}

async function put(key: string, expected = 0, deadline: number | null = null): Promise<void> {
  const headers = listingHeaders({
    status: 'active',
    listed: true,
    suspended: false,
    playedAt: null,
    deadline,
    epoch: 4,
    commit: 2,
  });
  const write = { value: bytes('{}'), expected, headers, timeoutMs: 100 };
  assert.equal((await lab.finish(lab.bucket('sessions').write(key, write))).kind, 'landed');
}

const idsOf = (listing: SlotListing | undefined): string[] => [...(listing?.keys() ?? [])].sort();

/** The ids that a listing has come to for a slot. */
const listed = ({ result }: { result: Result | undefined }, slot: number): string[] => idsOf(result?.get(slot));

test('it lists what is stored in its slots, each with its headers, and nothing else', async () => {
  await put('3.A', 0, 77);
  await put('3.B');
  await put('33.C');
  await put('4.D');
  await lab.finish(lab.bucket('sessions').remove('3.B', { expected: 2, timeoutMs: 100 }));
  const listings = await lab.finish(list(lab.bucket('sessions'), [3, 5]));
  assert.deepEqual([...(listings?.keys() ?? [])], [3, 5]);
  assert.deepEqual(listings?.get(3)?.get('A'), {
    revision: 1,
    deleted: false,
    listing: { status: 'active', listed: true, suspended: false, playedAt: null, deadline: 77, epoch: 4, commit: 2 },
    writtenAt: lab.clock.wall(),
  });
  const marker = listings?.get(3)?.get('B');
  assert.deepEqual([marker?.revision, marker?.deleted], [5, true]);
  assert.deepEqual([idsOf(listings?.get(3)), idsOf(listings?.get(5))], [['A', 'B'], []], 'no barriers, no other slots');
});

test('barriers that an earlier owner left, or that another writes, do not stop it', async () => {
  for (const bucket of [lab.bucket('sessions'), lab.bucket('sessions')]) {
    bucket.writeFaults = [lost, unheard];
    const listings = await lab.finish(Promise.all([list(bucket, [3]), list(lab.bucket('sessions'), [3])]));
    assert.deepEqual(
      listings.map((listing) => listing?.size),
      [1, 1],
    );
  }
});

test('the second barrier is written only once all first ones were seen', async () => {
  const { bucket, state } = await scripted([1, 2]);
  assert.deepEqual(bucket.barriers, ['1._.barrier', '2._.barrier']);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  assert.equal(bucket.sent.length, 2);
  bucket.deliver('2._.barrier', await barrier(2));
  await lab.clock.advance(100);
  assert.ok(bucket.sent.length > 2);
  assert.equal(state.result, undefined);
});

test('an older barrier, of another owner, proves nothing', async () => {
  await put('1._.barrier');
  const { bucket, state } = await scripted([1]);
  bucket.deliver('1._.barrier', 1);
  await lab.clock.advance(100);
  assert.equal(state.result, undefined);
  assert.equal(await barrier(1), 2, 'it waits for its own first one');
});

test('what comes between the barriers is listed: the first consumer may have lagged', async () => {
  const { bucket, state } = await scripted([1]);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  bucket.deliver('1.late', 1);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  assert.deepEqual(listed(state, 1), ['late']);
});

test('a pass that begins between the barriers has to show both of them itself', async () => {
  const { bucket, state } = await scripted([1]);
  bucket.deliver('1.before', 1);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  const second = await barrier(1);
  bucket.pass(2);
  bucket.deliver('1._.barrier', second);
  await lab.clock.advance(100);
  assert.equal(state.result, undefined, 'this pass has shown one barrier only');
  assert.ok((await barrier(1)) > second, 'so it writes another');
  bucket.deliver('1.after', 2);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  assert.deepEqual(listed(state, 1), ['after'], 'and lists what this pass has shown');
});

test('a pass that begins among the barriers of several slots has to show all of them', async () => {
  const { bucket, state } = await scripted([1, 2]);
  const round = async (slots: number[]) => {
    for (const slot of slots) bucket.deliver(`${slot}._.barrier`, await barrier(slot));
    await lab.clock.advance(100);
  };
  await round([1, 2]);
  await round([2]);
  bucket.pass(2);
  const { length } = bucket.sent;
  await round([1]);
  assert.equal(bucket.sent.length, length, 'slot 2 has not been shown by this pass');
  bucket.deliver('2.A', 9);
  await round([2]);
  await round([1, 2]);
  assert.deepEqual([listed(state, 1), listed(state, 2)], [[], ['A']]);
});

test('a pass that begins at the very end, before anyone has looked, is waited for', async () => {
  const { bucket, state } = await scripted([1]);
  bucket.deliver('1._.barrier', await barrier(1));
  await lab.clock.advance(100);
  bucket.deliver('1.A', 1);
  bucket.deliver('1._.barrier', await barrier(1));
  bucket.pass(2);
  await lab.clock.advance(100);
  assert.equal(state.result, undefined);
  for (let round = 0; round < 3 && state.result === undefined; round += 1) {
    bucket.deliver('1.A', 1);
    bucket.deliver('1._.barrier', await barrier(1));
    await lab.clock.advance(100);
  }
  assert.deepEqual(listed(state, 1), ['A']);
});

test('reconnects at any moment of a listing: what was stored before it began is in it', async () => {
  for (let cutAt = 0; cutAt < 30; cutAt += 1) {
    lab = new Lab(3);
    for (const key of ['1.A', '2.B', '2.C']) await put(key);
    const link = lab.broker.attach();
    const bucket = new FaultyBucket(lab.store(link).bucket('sessions'));
    const listing = list(bucket, [1, 2]);
    await lab.clock.advance(cutAt);
    link.cut();
    await lab.clock.advance(5);
    link.restore();
    const result = await lab.finish(listing);
    assert.deepEqual([idsOf(result?.get(1)), idsOf(result?.get(2))], [['A'], ['B', 'C']], `cut after ${cutAt} ms`);
  }
});

test('it is given up when writes are, or when the incarnation ends; the consumer goes in any case', async () => {
  const refused = new ScriptedBucket(lab.bucket('sessions'));
  lab.open = false;
  assert.equal(await lab.finish(list(refused, [1])), null);
  assert.equal(refused.stopped, true);
  lab.open = true;
  const { bucket, state } = await scripted([1]);
  ending.abort();
  await lab.clock.advance(10);
  assert.deepEqual([state.result, bucket.stopped], [null, true]);
});

test('what has ended before it begins is not waited for', async () => {
  ending.abort();
  const { state } = await scripted([1]);
  assert.equal(state.result, null);
});

test('a listing that is over is remembered by nothing that goes on', async () => {
  await lab.finish(list(lab.bucket('sessions'), [1]));
  const { bucket } = await scripted([2]);
  assert.equal(getEventListeners(ending.signal, 'abort').length, 1, 'the one that is under way');
  lab.open = false;
  await lab.finish(list(lab.bucket('sessions'), [3]));
  assert.equal(getEventListeners(ending.signal, 'abort').length, 1, 'also if it was given up');
  assert.equal(bucket.stopped, false);
});

test('the consumer stops when all is listed', async () => {
  const { bucket, state } = await scripted([1]);
  for (let round = 0; round < 2; round += 1) {
    assert.equal(bucket.stopped, false);
    bucket.deliver('1._.barrier', await barrier(1));
    await lab.clock.advance(100);
  }
  assert.deepEqual([state.result?.size, bucket.stopped], [1, true]);
});

test('a consumer that shows nothing is begun again, each time after twice as long, until all is listed', async () => {
  const { bucket, state } = await scripted([1]);
  await lab.clock.advance(40_000);
  assert.deepEqual(bucket.restarts, [5_000, 15_000, 35_000]);
  for (let round = 0; round < 2; round += 1) {
    bucket.deliver('1._.barrier', await barrier(1));
    await lab.clock.advance(100);
  }
  assert.equal(state.result?.size, 1);
  await lab.clock.advance(100_000);
  assert.equal(bucket.restarts.length, 3);
});

test('one that died without a sign costs time, and nothing else', async () => {
  await put('1.A');
  const link = lab.broker.attach();
  const listing = list(new FaultyBucket(lab.store(link).bucket('sessions')), [1]);
  for (const follow of link.follows) follow.die();
  assert.deepEqual(idsOf((await lab.finish(listing, 6_000))?.get(1)), ['A']);
});
