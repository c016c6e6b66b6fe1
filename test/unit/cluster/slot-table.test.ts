/**
 * The slot table: records heard in any order give the newest one, and epochs only rise (I4).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeSlotRecord, encodeSlotRecord, type SlotRecord, SlotTable } from '../../../src/cluster/slot-table.ts';

function record(slot: number, revision: number, epoch: number, parts: Partial<SlotRecord> = {}): SlotRecord {
  const owner = { owner: 'm1', incarnation: 'i1', acquired: 'initial', transferId: null } as const;
  return { slot, revision, epoch, ...owner, ...parts };
}

test('a slot of which nothing was heard has no record and revision 0', () => {
  const table = new SlotTable(4);
  assert.deepEqual([table.get(3), table.revision(3)], [null, 0]);
});

test('a newer record replaces an older one', () => {
  const table = new SlotTable(4);
  assert.equal(table.apply(record(1, 5, 1)), 'new');
  assert.equal(table.apply(record(1, 9, 2, { owner: 'm2' })), 'new');
  assert.deepEqual([table.get(1)?.owner, table.revision(1)], ['m2', 9]);
});

test('a record never gives way to one of a lower revision', () => {
  const table = new SlotTable(4);
  table.apply(record(1, 9, 2, { owner: 'm2' }));
  assert.equal(table.apply(record(1, 5, 1)), 'old');
  assert.equal(table.apply(record(1, 5, 7)), 'old', 'whatever its epoch');
  assert.equal(table.apply(record(1, 9, 2, { owner: 'm2' })), 'old', 'the same again');
  assert.equal(table.get(1)?.owner, 'm2');
});

test('another record of a revision that is known is a fork: the store gave the number again', () => {
  for (const other of [record(1, 9, 3), record(1, 9, 2, { incarnation: 'i3' }), record(1, 9, 2, { transferId: 't' })]) {
    const table = new SlotTable(4);
    table.apply(record(1, 9, 2));
    assert.equal(table.apply(other), 'fork');
    assert.deepEqual(table.get(1), record(1, 9, 2));
  }
});

test('a newer record whose epoch does not rise is a fork: reported, and kept out', () => {
  for (const epoch of [2, 1]) {
    const table = new SlotTable(4);
    table.apply(record(1, 9, 2, { owner: 'm2' }));
    assert.equal(table.apply(record(1, 12, epoch, { owner: 'm3' })), 'fork');
    assert.deepEqual([table.get(1)?.owner, table.revision(1)], ['m2', 9]);
  }
});

test('a slot that the cluster does not have is ignored', () => {
  const table = new SlotTable(4);
  for (const slot of [4, -1, 1.5, Number.NaN]) {
    assert.equal(table.apply(record(slot, 1, 1)), 'old');
    assert.equal(table.get(slot), null);
  }
});

test('who is named, and how often', () => {
  const table = new SlotTable(4);
  table.apply(record(0, 1, 1));
  table.apply(record(1, 2, 1, { owner: 'm1', incarnation: 'i2' }));
  table.apply(record(2, 3, 1, { owner: 'm1', incarnation: 'i2' }));
  assert.deepEqual([table.isNamed('m1.i1'), table.isNamed('m1.i2'), table.isNamed('m1.i3')], [true, true, false]);
  assert.equal(table.isNamed('i1'), false);
  assert.deepEqual([table.countOf('i1'), table.countOf('i2'), table.countOf('i3')], [1, 2, 0]);
  table.apply(record(0, 4, 2, { incarnation: 'i2' }));
  assert.deepEqual([table.isNamed('m1.i1'), table.countOf('i2')], [false, 3]);
});

test('a record is encoded and decoded; slot and revision come from where it is stored', () => {
  const original = record(3, 12, 4, { acquired: 'handoff', transferId: 't1', previousOwner: 'm0', takenAt: 5_000 });
  assert.deepEqual(decodeSlotRecord(3, 12, encodeSlotRecord(original)), original);
  // An older version does not say; what makes no sense of what is for people keeps nobody from the slot.
  const older = record(3, 12, 4);
  const stored = JSON.parse(new TextDecoder().decode(encodeSlotRecord(older))) as object;
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const { previousOwner, takenAt, ...rest } = decodeSlotRecord(
    3,
    12,
    encode({ ...stored, previousOwner: 7, takenAt: 'x' }),
  );
  assert.deepEqual([previousOwner, takenAt, rest], [undefined, undefined, older]);
});

test('what no member wrote is refused', () => {
  const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const { slot: _, revision: __, ...good } = record(3, 12, 4);
  assert.ok(decodeSlotRecord(3, 12, encode(good)));
  for (const bad of [{ epoch: 0 }, { epoch: 1.5 }, { acquired: 4 }, { owner: 3 }, { transferId: 7 }]) {
    assert.throws(() => decodeSlotRecord(3, 12, encode({ ...good, ...bad })), JSON.stringify(bad));
  }
  assert.throws(() => decodeSlotRecord(3, 12, new Uint8Array(0)));
});

test('a slot whose newest record cannot be read is obscured until a later one can', () => {
  const table = new SlotTable(8);
  table.apply(record(3, 12, 4));
  table.obscure(3, 11);
  assert.equal(table.isObscured(3), false, 'it is older than what is known');
  table.obscure(3, 14);
  table.obscure(3, 13);
  assert.deepEqual([table.isObscured(3), table.isObscured(4)], [true, false]);
  table.apply(record(3, 13, 5));
  assert.equal(table.isObscured(3), true);
  table.apply(record(3, 15, 6));
  assert.equal(table.isObscured(3), false);
});

test('property: in whatever order and however often records are heard, the newest stands at the end', () => {
  const revisions = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(revisions, fc.array(fc.nat(19), { maxLength: 60 }), fc.func(fc.nat()), (unsorted, repeats, key) => {
      const written = unsorted
        .sort((a, b) => a - b)
        .map((revision, index) => ({ ...record(0, revision, index + 1), incarnation: `i${index % 3}` }));
      const heard = [...written, ...repeats.flatMap((index) => written[index % written.length] ?? [])];
      const shuffled = heard.map((one, index) => ({ one, at: key(index) })).sort((a, b) => a.at - b.at);
      const table = new SlotTable(1);
      let last = 0;
      for (const { one } of shuffled) {
        const isNews = table.apply(one);
        assert.equal(isNews, one.revision > last ? 'new' : 'old');
        last = Math.max(last, one.revision);
      }
      assert.deepEqual(table.get(0), written.at(-1));
      for (const { incarnation } of written)
        assert.equal(table.countOf(incarnation), incarnation === written.at(-1)?.incarnation ? 1 : 0);
    }),
    { numRuns: 60 },
  );
});
