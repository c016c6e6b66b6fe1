/**
 * Certainty about a write: every sequence of answers that a store can give, and what came of it in truth.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type Settled, settle, WRITE_ID } from '../../../../src/member/store/settle.ts';
import type { Entry } from '../../../../src/ports/store.ts';
import {
  busy,
  delayed,
  type FaultyBucket,
  lost,
  noAnswer,
  refused,
  shows,
  stale,
  unavailable,
  unheard,
  type WriteFault,
} from '../../../support/faulty-bucket.ts';
import { bytes, Lab, text } from '../lab.ts';

let lab: Lab;
let bucket: FaultyBucket;
let other: FaultyBucket;

beforeEach(() => {
  lab = new Lab();
  bucket = lab.bucket('slots');
  other = lab.bucket('slots');
});

function write(expected: number, value: Uint8Array | null = bytes('mine')): Promise<Settled> {
  return settle(lab.writing, { bucket, key: 'k', value, expected, headers: { Kind: 'test' } });
}

/** Somebody else writes; answers the revision. */
async function otherWrites(expected: number, value = 'theirs'): Promise<number> {
  const outcome = await lab.finish(other.write('k', { value: bytes(value), expected, timeoutMs: 100 }));
  assert.equal(outcome.kind, 'landed');
  return outcome.kind === 'landed' ? outcome.revision : 0;
}

async function stored(): Promise<Entry | null> {
  return lab.finish(other.read('k', 100));
}

test('what lands at once has landed', async () => {
  assert.deepEqual(await lab.finish(write(0)), { kind: 'landed', revision: 1 });
  assert.equal(bucket.sent.length, 1);
  assert.equal(bucket.reads, 0);
});

const ways: readonly [string, readonly WriteFault[]][] = [
  ['lost', [lost]],
  ['lost again and again', [lost, lost, lost, lost]],
  ['busy', [busy, busy]],
  ['nobody there to take it', [unavailable, unavailable]],
  ['landed unheard', [unheard]],
  ['landed unheard, then nobody there', [unheard, unavailable, busy]],
  ['lost, then landed unheard', [lost, unheard]],
  ['everything at once', [busy, lost, unavailable, lost, busy, unheard, lost, unavailable]],
];

for (const [name, faults] of ways) {
  test(`it lands once in spite of: ${name}`, async () => {
    const before = await otherWrites(0);
    bucket.writeFaults = [...faults];
    assert.deepEqual(await lab.finish(write(before)), { kind: 'landed', revision: before + 1 });
    assert.equal((await stored())?.revision, before + 1);
  });
}

test('what is not final is sent again after growing pauses, however fast it was answered', async () => {
  for (const kind of ['busy', 'unavailable', 'unknown'] as const) {
    const { length } = bucket.sent;
    bucket.writeFaults = Array.from({ length: 1_000 }, () => async () => ({ kind }));
    const settling = write(0);
    await lab.clock.advance(10_000);
    const tries = bucket.sent.length - length;
    assert.ok(tries > 10 && tries < 50, `${kind}: ${tries} tries in 10 s`);
    assert.equal(lab.retries.filter((reason) => reason === kind).length, tries);
    lab.open = false;
    assert.deepEqual(await lab.finish(settling), { kind: 'abandoned' });
    lab.open = true;
  }
});

test('every copy is the same: bytes, expected revision, headers, write id', async () => {
  bucket.writeFaults = [lost, busy, unavailable, lost];
  await lab.finish(write(0));
  assert.equal(bucket.sent.length, 5);
  for (const copy of bucket.sent) assert.deepEqual(copy, bucket.sent[0]);
  assert.equal(bucket.sent[0]?.headers.Kind, 'test');
  assert.equal(bucket.sent[0]?.headers[WRITE_ID]?.length, 12);
});

test('but for what each says of its own time', async () => {
  bucket.writeFaults = [lost, busy, lost];
  const timely = () => ({ Now: String(lab.clock.monotonic()) });
  await lab.finish(settle(lab.writing, { bucket, key: 'k', value: bytes('mine'), expected: 0, timely }));
  const times = bucket.sent.map(({ headers }) => Number(headers.Now));
  assert.equal(times.length, 4);
  assert.deepEqual(
    times.toSorted((one, other) => one - other),
    times,
  );
  assert.equal(new Set(times).size, 4);
});

test('each write has an id of its own', async () => {
  await lab.finish(write(0));
  await lab.finish(write(1));
  assert.notEqual(bucket.sent[0]?.headers[WRITE_ID], bucket.sent[1]?.headers[WRITE_ID]);
});

test('a deletion is settled like any write', async () => {
  const before = await otherWrites(0);
  bucket.writeFaults = [unheard];
  assert.deepEqual(await lab.finish(write(before, null)), { kind: 'landed', revision: 2 });
  const entry = await stored();
  assert.deepEqual([entry?.deleted, entry?.headers.Kind], [true, 'test']);
});

test('another’s newer entry is a conflict, and comes along', async () => {
  await otherWrites(0, 'first');
  const settled = await lab.finish(write(0));
  assert.equal(settled.kind, 'conflict');
  assert.deepEqual(settled.kind === 'conflict' && [text(settled.entry.value), settled.entry.revision], ['first', 1]);
});

test('what landed unheard and was overwritten since is a conflict: whoever did it may have seen ours', async () => {
  bucket.writeFaults = [
    async (land) => {
      await land();
      await other.write('k', { value: bytes('theirs'), expected: 1, timeoutMs: 100 });
      return { kind: 'unknown' };
    },
  ];
  const settled = await lab.finish(write(0));
  assert.deepEqual(settled.kind === 'conflict' && settled.entry.revision, 2);
});

test('an older entry decides nothing: it reads until a newer one shows', async () => {
  await otherWrites(0);
  const old = await stored();
  bucket.writeFaults = [unheard];
  bucket.readFaults = [shows(old), shows(null), noAnswer, shows(old)];
  assert.deepEqual(await lab.finish(write(1)), { kind: 'landed', revision: 2 });
  assert.equal(bucket.reads, 5);
  await otherWrites(2, 'later');
  bucket.readFaults = [shows(old)];
  assert.equal((await lab.finish(write(2))).kind, 'conflict');
});

test('a store that shows only older entries for seconds has lost the newer ones', async () => {
  await otherWrites(0);
  const old = await stored();
  bucket.writeFaults = [stale];
  const settling = write(7);
  let settled = false;
  void settling.then(() => {
    settled = true;
  });
  await lab.clock.advance(4_900);
  assert.equal(settled, false, 'a replica may lag for some time');
  assert.deepEqual(await lab.finish(settling, 500), { kind: 'rolledBack', entry: old });
  assert.equal(bucket.sent.length, 1, 'nothing is sent once it is stale');
});

test('silence is no proof of a loss: after an outage one lagging read decides nothing', async () => {
  await otherWrites(0);
  const old = await stored();
  bucket.writeFaults = [unheard];
  const silence = Array.from({ length: 60 }, () => noAnswer);
  bucket.readFaults = [...silence, shows(old)];
  assert.deepEqual(await lab.finish(write(1)), { kind: 'landed', revision: 2 });
  assert.ok(lab.clock.monotonic() > 5_000, 'the silence lasted longer than a loss takes to show');
});

test('nor is waiting for the gate', async () => {
  await otherWrites(0);
  const old = await stored();
  let openGate: (open: boolean) => void = () => undefined;
  bucket.writeFaults = [
    async (land) => {
      await land();
      return { kind: 'stale' };
    },
  ];
  bucket.readFaults = [
    async () => {
      lab.open = new Promise((resolve) => {
        openGate = resolve;
      });
      return old;
    },
    shows(old),
  ];
  const settling = write(1);
  await lab.clock.advance(9_000);
  lab.open = true;
  openGate(true);
  assert.deepEqual(await lab.finish(settling), { kind: 'landed', revision: 2 });
});

test('what the store will never take is refused, with its reason', async () => {
  bucket.writeFaults = [refused];
  assert.deepEqual(await lab.finish(write(0)), { kind: 'refused', reason: 'too large' });
});

test('with the gate closed nothing is sent', async () => {
  lab.open = false;
  assert.deepEqual(await lab.finish(write(0)), { kind: 'abandoned' });
  assert.equal(bucket.sent.length, 0);
});

test('it waits for the gate, between copies too', async () => {
  let openGate: (open: boolean) => void = () => undefined;
  const closeGate = () => {
    lab.open = new Promise((resolve) => {
      openGate = resolve;
    });
  };
  closeGate();
  bucket.writeFaults = [
    async () => {
      closeGate();
      return { kind: 'unknown' };
    },
  ];
  const settling = write(0);
  await lab.clock.advance(3_000);
  assert.equal(bucket.sent.length, 0);
  openGate(true);
  await lab.clock.advance(3_000);
  assert.equal(bucket.sent.length, 1, 'the first copy went, the gate is closed again');
  lab.open = true;
  openGate(true);
  assert.deepEqual(await lab.finish(settling), { kind: 'landed', revision: 1 });
});

test('a gate that closes for good ends it, whether it was writing or reading', async () => {
  for (const outcome of ['unknown', 'busy', 'unavailable', 'stale'] as const) {
    lab.open = true;
    bucket.writeFaults = [
      async () => {
        lab.open = false;
        return { kind: outcome };
      },
    ];
    const { length } = bucket.sent;
    assert.deepEqual(await lab.finish(write(0)), { kind: 'abandoned' }, outcome);
    assert.equal(bucket.sent.length, length + 1);
  }
});

test('a copy that arrives after it was settled changes nothing', async () => {
  const late = delayed();
  bucket.writeFaults = [late.fault];
  assert.deepEqual(await lab.finish(write(0)), { kind: 'landed', revision: 1 });
  assert.deepEqual(await lab.finish(late.land()), { kind: 'stale' });
  await otherWrites(1);
  assert.deepEqual(await lab.finish(late.land()), { kind: 'stale' });
  assert.equal(text((await stored())?.value), 'theirs');
});

test('a copy that arrives while it asks again is found to be its own', async () => {
  const late = delayed();
  bucket.writeFaults = [
    late.fault,
    async (land) => {
      await late.land();
      return land();
    },
  ];
  assert.deepEqual(await lab.finish(write(0)), { kind: 'landed', revision: 1 });
  assert.equal(bucket.reads, 1);
});

test('property: what it says is true, whatever the store answers and whoever else writes', async () => {
  const fault = fc.constantFrom('lost', 'unheard', 'busy', 'unavailable', 'rival', 'rivalAfter');
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (names) => {
      lab = new Lab();
      bucket = lab.bucket('slots');
      other = lab.bucket('slots');
      const rival = async () => {
        const newest = await other.read('k', 100);
        await other.write('k', { value: bytes('theirs'), expected: newest?.revision ?? 0, timeoutMs: 100 });
      };
      const faults: Record<(typeof names)[number], WriteFault> = {
        lost,
        unheard,
        busy,
        unavailable,
        rival: async () => {
          await rival();
          return { kind: 'unknown' };
        },
        rivalAfter: async (land) => {
          await land();
          await rival();
          return { kind: 'unknown' };
        },
      };
      bucket.writeFaults = names.map((name) => faults[name]);
      const settled = await lab.finish(write(0));
      const entry = await stored();
      const writeId = bucket.sent[0]?.headers[WRITE_ID];
      const isOurs = entry?.headers[WRITE_ID] === writeId;
      assert.equal(settled.kind, isOurs ? 'landed' : 'conflict');
      if (settled.kind === 'landed') assert.equal(entry?.revision, settled.revision);
    }),
    { numRuns: 40 },
  );
});
