/**
 * The archive: who may replace what, what anybody reads there, and that what is erased stays away.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  archiveGame,
  archiveRecord,
  eraseArchived,
  readConcluded,
  readRecord,
} from '../../../../src/member/store/game-archive.ts';
import type { Settled } from '../../../../src/member/store/settle.ts';
import type { Entry } from '../../../../src/ports/store.ts';
import {
  delayed,
  type FaultyBucket,
  held,
  lost,
  noAnswer,
  refused,
  shows,
  unheard,
} from '../../../support/faulty-bucket.ts';
import { bytes, Lab, text } from '../lab.ts';

let lab: Lab;
/** As the test sees it. */
let archive: FaultyBucket;

beforeEach(() => {
  lab = new Lab();
  archive = lab.bucket('archive');
});

/** An owner of slot 7 at some epoch. */
class Owner {
  readonly archive = lab.bucket('archive');
  isLost = false;
  readonly ending = new AbortController();
  private readonly context;

  constructor(epoch: number) {
    const stamp = { owner: `m${epoch}`, incarnation: 'i', epoch };
    this.context = { ...lab.writing, archive: this.archive, stamp, ended: this.ending.signal };
  }

  record(content: unknown, round = 1): Promise<Settled | null> {
    return archiveRecord(this.context, 7, 'G', { round, content }, () => this.isLost);
  }

  /** Null once it is stored. */
  async last(snapshot: string): Promise<Settled | null> {
    const settled = await archiveGame(this.context, 7, 'G', bytes(snapshot), () => this.isLost);
    return settled.kind === 'landed' ? null : settled;
  }

  erase(): Promise<boolean> {
    return eraseArchived(this.context, 7, 'G', () => this.isLost);
  }
}

const entry = (rest: string): Promise<Entry | null> => lab.finish(archive.read(`7.${rest}`, 100));

/** What is there; null: nothing, or a marker. */
async function content(rest: string): Promise<string | null> {
  const found = await entry(rest);
  return found === null || found.deleted ? null : text(found.value);
}

async function put(rest: string, value: string, epoch = 1): Promise<void> {
  const expected = (await entry(rest))?.revision ?? 0;
  const headers = { 'Minotaur-Epoch': String(epoch) };
  const write = { value: bytes(value), expected, headers, timeoutMs: 100 };
  assert.equal((await lab.finish(archive.write(`7.${rest}`, write))).kind, 'landed');
}

/** Keys that hold something. */
function kept(): string[] {
  const { entries } = lab.buckets.content('archive');
  return [...entries.values()].filter(({ deleted, value }) => !deleted && value.length > 0).map(({ key }) => key);
}

const kinds: readonly [string, string, (owner: Owner, value: string) => Promise<Settled | null>][] = [
  ['a record', 'G.1', (owner, value) => owner.record(JSON.parse(value))],
  ['a last state', 'G', (owner, value) => owner.last(value)],
];

for (const [what, key, store] of kinds) {
  test(`${what} is stored under its key, with the epoch of who stored it`, async () => {
    const owner = new Owner(3);
    assert.equal(await lab.finish(store(owner, '{"n":1}')), null);
    assert.deepEqual([await content(key), (await entry(key))?.headers['Minotaur-Epoch']], ['{"n":1}', '3']);
    assert.deepEqual(kept(), [`7.${key}`]);
  });

  test(`${what} that an owner of before left, or this one in doubt, is replaced; that of a later one is not`, async () => {
    for (const [epoch, expected] of [
      [1, null],
      [2, null],
      [3, { kind: 'abandoned' }],
    ] as const) {
      await put(key, '{"n":0}', epoch);
      const stored = await lab.finish(store(new Owner(2), '{"n":1}'));
      assert.deepEqual([stored, await content(key)], [expected, expected === null ? '{"n":1}' : '{"n":0}']);
    }
  });

  test(`${what} is not replaced by an owner that has given the session up`, async () => {
    await put(key, '{"n":0}', 2);
    const owner = new Owner(2);
    owner.isLost = true;
    assert.deepEqual(await lab.finish(store(owner, '{"n":1}')), { kind: 'abandoned' });
    assert.equal(await content(key), '{"n":0}');
  });

  test(`${what} that loses against another write looks at that one`, async () => {
    for (const [epoch, stays] of [
      [1, false],
      [4, true],
    ] as const) {
      const owner = new Owner(2);
      owner.archive.writeFaults = [
        async (land) => {
          await put(key, '{"n":9}', epoch);
          return land();
        },
      ];
      const stored = await lab.finish(store(owner, '{"n":1}'));
      assert.deepEqual(
        [stored?.kind ?? null, await content(key)],
        stays ? ['abandoned', '{"n":9}'] : [null, '{"n":1}'],
      );
      assert.deepEqual(lab.outranked.splice(0), stays ? [`7.${key} ${epoch}`] : []);
    }
  });

  test(`${what} in doubt is found out about`, async () => {
    const owner = new Owner(2);
    owner.archive.writeFaults = [unheard, lost, lost];
    assert.equal(await lab.finish(store(owner, '{"n":1}')), null);
    assert.deepEqual([await content(key), (await entry(key))?.revision], ['{"n":1}', 1]);
  });

  test(`${what} that can never be stored is an obstacle, and so is the end of all writing`, async () => {
    const owner = new Owner(2);
    owner.archive.writeFaults = [refused];
    assert.equal((await lab.finish(store(owner, '{"n":1}')))?.kind, 'refused');
    lab.open = false;
    assert.deepEqual(await lab.finish(store(owner, '{"n":1}')), { kind: 'abandoned' });
    assert.deepEqual(kept(), []);
  });
}

test('a record is read as it was given; null if there is none, undefined if nobody answers', async () => {
  const read = () => lab.finish(readRecord(archive, 7, 'G', 1));
  assert.equal(await read(), null);
  const given = { round: 1, events: [{ seq: 1 }], name: 'ü' };
  await lab.finish(new Owner(1).record(given));
  assert.deepEqual(await read(), given);
  assert.equal(await lab.finish(readRecord(archive, 7, 'G', 2)), null);
  archive.readFaults = [noAnswer, shows(null)];
  assert.deepEqual([await read(), await read()], [undefined, null]);
  await lab.finish(archive.remove('7.G.1', { expected: 1, timeoutMs: 100 }));
  assert.equal(await read(), null);
});

test('a last state is read as it was written; that there is none, or none any more, is told apart; undefined if nobody answers', async () => {
  const read = () => lab.finish(readConcluded(archive, 7, 'G'));
  assert.equal(await read(), 'nothing');
  await lab.finish(new Owner(1).last('{"n":1}'));
  assert.deepEqual(await read(), bytes('{"n":1}'));
  const since = (revision: number) => lab.finish(readConcluded(archive, 7, 'G', revision));
  assert.deepEqual([await since(1), await since(2)], [bytes('{"n":1}'), 'nothing']);
  archive.readFaults = [noAnswer];
  assert.equal(await read(), undefined);
  await lab.finish(archive.remove('7.G', { expected: 1, timeoutMs: 100 }));
  assert.equal(await read(), 'erased');
});

/** A game with two records and a last state, all of epoch 1, and what looks like it and is not. */
async function archived(): Promise<void> {
  for (const key of ['G.1', 'G.2', 'G', 'G1', 'G1.1', 'Gx.G', 'g.1']) await put(key, `"${key}"`);
}

const others = ['7.G1', '7.G1.1', '7.Gx.G', '7.g.1'];

test('erased, all of it is gone, and nothing else', async () => {
  await archived();
  assert.equal(await lab.finish(new Owner(2).erase()), true);
  assert.deepEqual(kept(), others);
  assert.equal(await lab.finish(new Owner(3).erase()), true, 'again');
  assert.deepEqual(kept(), others);
});

test('where nothing is, the last state is kept out all the same: a write of it may be on its way', async () => {
  const owner = new Owner(1);
  const slow = held();
  owner.archive.writeFaults = [slow.fault];
  const late = owner.last('{"n":1}');
  await lab.clock.advance(10);
  assert.equal(await lab.finish(new Owner(2).erase()), true);
  slow.release();
  assert.deepEqual(await lab.finish(late), { kind: 'abandoned' }, 'nor when it is repeated over the marker');
  assert.deepEqual(kept(), []);
});

test('no late write of an owner of before brings anything back; a later game is archived as ever', async () => {
  const before = new Owner(1);
  const copies = [delayed(), delayed()] as const;
  before.archive.writeFaults = copies.map(({ fault }) => fault);
  await lab.finish(before.record('old'));
  await lab.finish(before.last('old'));
  for (const by of [2, 2, 3]) {
    assert.equal(await lab.finish(new Owner(by).erase()), true);
    for (const copy of copies) assert.equal((await lab.finish(copy.land())).kind, 'stale');
    assert.deepEqual(await lab.finish(before.record('old')), { kind: 'abandoned' });
    assert.deepEqual(await lab.finish(before.last('old')), { kind: 'abandoned' });
    assert.deepEqual(kept(), []);
  }
  const owner = new Owner(3);
  assert.deepEqual([await lab.finish(owner.record('new')), await lab.finish(owner.last('new'))], [null, null]);
  assert.deepEqual([await content('G.1'), await content('G')], ['"new"', 'new']);
});

test('a record that is on its way while all is erased is kept out, though no list shows it', async () => {
  await archived();
  const rounds = kept().flatMap((key) => /^7\.G\.(\d+)$/.exec(key)?.slice(1) ?? []);
  const next = Math.max(...rounds.map(Number)) + 1;
  const before = new Owner(1);
  const copies = [delayed(), delayed()] as const;
  before.archive.writeFaults = copies.map(({ fault }) => fault);
  const writing = [before.record('running', next), before.record('next', next + 1)];
  await lab.clock.advance(10);
  before.isLost = true;
  assert.equal(await lab.finish(new Owner(2).erase()), true);
  for (const copy of copies) assert.equal((await lab.finish(copy.land())).kind, 'stale');
  for (const write of writing) assert.deepEqual(await lab.finish(write), { kind: 'abandoned' });
  assert.deepEqual(kept(), others);
});

test('whoever finishes an erasure keeps out what is on its way, whichever deletions of the first half landed', async () => {
  const keys = ['G.1', 'G.2', 'G.3', 'G.4', 'G'];
  for (let some = 1; some < 2 ** keys.length; some += 1) {
    lab = new Lab();
    archive = lab.bucket('archive');
    await archived();
    const before = new Owner(1);
    const copies = [delayed(), delayed()] as const;
    before.archive.writeFaults = copies.map(({ fault }) => fault);
    const writing = [before.record('running', 3), before.record('next', 4)];
    await lab.clock.advance(10);
    before.isLost = true;
    const first = new Owner(2);
    const refusedKeys = keys.filter((_, index) => some & (1 << index)).map((key) => `7.${key}`);
    const remove = first.archive.remove.bind(first.archive);
    first.archive.remove = (key, removal) =>
      refusedKeys.includes(key) ? refused(() => remove(key, removal)) : remove(key, removal);
    assert.equal(await lab.finish(first.erase()), false);
    assert.equal(await lab.finish(new Owner(3).erase()), true);
    for (const copy of copies) assert.equal((await lab.finish(copy.land())).kind, 'stale', `refused: ${refusedKeys}`);
    for (const write of writing) assert.deepEqual(await lab.finish(write), { kind: 'abandoned' });
    assert.deepEqual(kept(), others);
  }
});

test('a marker that somebody else has left is marked anew: it has to keep out owners of before as well', async () => {
  await archived();
  await lab.finish(new Owner(1).erase());
  assert.equal(await lab.finish(new Owner(4).erase()), true);
  assert.deepEqual(await lab.finish(new Owner(3).last('old')), { kind: 'abandoned' });
});

test('a replica that lags hides nothing', async () => {
  await archived();
  const [last, first] = [await entry('G'), await entry('G.1')];
  for (const shown of [null, first === null ? null : { ...first, key: '7.G' }]) {
    await put('G', 'once more');
    const owner = new Owner(2);
    owner.archive.readFaults = [shows(shown)];
    assert.equal(await lab.finish(owner.erase()), true);
    assert.deepEqual(kept(), others);
  }
  assert.ok(last !== null);
});

test('what is written meanwhile by an owner of before goes as well; what a later one writes stays', async () => {
  for (const [epoch, done] of [
    [1, true],
    [3, false],
  ] as const) {
    await put('G.1', 'before');
    const owner = new Owner(2);
    const remove = owner.archive.remove.bind(owner.archive);
    const late = new Set(['7.G.1', '7.G']);
    owner.archive.remove = async (key, removal) => {
      if (late.delete(key)) await put(key.slice(2), 'meanwhile', epoch);
      return remove(key, removal);
    };
    assert.equal(await lab.finish(owner.erase()), done);
    assert.deepEqual(kept(), done ? [] : ['7.G.1', '7.G']);
  }
});

test('who has lost the slot erases nothing more', async () => {
  await archived();
  const owner = new Owner(2);
  owner.isLost = true;
  assert.equal(await lab.finish(owner.erase()), false);
  assert.equal(kept().length, 3 + others.length);
});

test('given up, it says so: no more writes, no more incarnation, no answer', async () => {
  await archived();
  const owner = new Owner(2);
  // The first read is that of a barrier.
  owner.archive.readFaults = [(look) => look(), noAnswer];
  assert.equal(await lab.finish(owner.erase()), false);
  const refusing = new Owner(2);
  const land = (write: () => ReturnType<typeof lost>) => write();
  refusing.archive.writeFaults = [land, land, refused];
  assert.equal(await lab.finish(refusing.erase()), false);
  const ending = new Owner(2);
  ending.archive.follow = () => ({ restart: () => undefined, stop: () => undefined });
  const erasing = ending.erase();
  await lab.clock.advance(100);
  ending.ending.abort();
  assert.equal(await lab.finish(erasing), false);
  lab.open = false;
  assert.equal(await lab.finish(new Owner(2).erase()), false);
});
