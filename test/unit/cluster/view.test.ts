/** The view: newest entry wins, renewals change nothing, absence proves nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  activeIds,
  applyMemberEntry,
  currentKey,
  decodeMemberRecord,
  emptyView,
  encodeMemberRecord,
  forgetDeparted,
  isDeparted,
  isPresent,
  leavingIds,
  type MemberEntry,
  type MemberRecord,
  memberKey,
  parseMemberKey,
  readMemberRecord,
  type View,
} from '../../../src/cluster/view.ts';

const record = (changes: Partial<MemberRecord> = {}): MemberRecord => ({
  status: 'active',
  startedAt: '2025-01-01T00:00:00.000Z',
  createdRevision: 0,
  addresses: ['127.0.0.1:3000'],
  leaseMs: 50,
  version: '0.1.0',
  stateVersions: { min: 1, max: 1 },
  protocol: { min: 1, max: 1 },
  ...changes,
});
const put = (key: string, revision: number, changes: Partial<MemberRecord> = {}): MemberEntry => ({
  key,
  revision,
  deleted: false,
  record: record(changes),
});
const marker = (key: string, revision: number): MemberEntry => ({ key, revision, deleted: true, record: null });
const viewOf = (...entries: readonly MemberEntry[]) => entries.reduce(applyMemberEntry, emptyView());

describe('keys', () => {
  test('are taken apart as they are put together', () => {
    assert.equal(memberKey('pod-1', 'Xy9'), 'pod-1.Xy9');
    assert.deepEqual(parseMemberKey('pod-1.Xy9'), { id: 'pod-1', incarnation: 'Xy9' });
  });

  test('that are not a member’s are told apart', () => {
    for (const key of ['cluster', 'a.b.c', '.b', 'a.', 'a.b c', '']) assert.equal(parseMemberKey(key), null, key);
  });

  test('that are not a member’s do not enter the view', () => {
    const view = emptyView();
    assert.equal(applyMemberEntry(view, put('cluster', 4)), view);
  });
});

describe('records', () => {
  test('come back as they were written', () => {
    const written = record({ createdRevision: 12, status: 'leaving', addresses: ['a:1', '[::1]:2'] });
    assert.deepEqual(decodeMemberRecord(encodeMemberRecord(written)), written);
  });

  test('of a newer version are read without what it added', () => {
    const text = JSON.stringify({ ...record(), colour: 'red', protocol: { min: 1, max: 2, odd: true } });
    assert.deepEqual(decodeMemberRecord(Buffer.from(text)), record({ protocol: { min: 1, max: 2 } }));
  });

  const wrong: readonly (readonly [string, object])[] = [
    ['no address: nothing could ever show that it is dead', { addresses: [] }],
    ['an unknown status', { status: 'asleep' }],
    ['a time that is none', { startedAt: 'yesterday' }],
    ['a negative lease', { leaseMs: -1 }],
    ['no lease', { leaseMs: undefined }],
    ['a fraction as a version', { stateVersions: { min: 1, max: 1.5 } }],
  ];
  for (const [what, changes] of wrong) {
    test(`with ${what}, are refused`, () => {
      const value = Buffer.from(JSON.stringify({ ...record(), ...changes }));
      assert.throws(() => decodeMemberRecord(value));
      const { record: read, problem } = readMemberRecord(value);
      assert.ok(problem instanceof Error);
      assert.deepEqual({ ...read, ...changes }, { ...record(), ...changes }, 'the other fields count');
      assert.ok(read.leaseMs === 50 || read.leaseMs === 60_000);
      assert.ok(read.status === ('status' in changes ? 'leaving' : 'active'));
    });
  }
});

describe('a member', () => {
  test('joins with its first entry', () => {
    const view = viewOf(put('a.1', 3));
    const member = { id: 'a', incarnation: '1', record: record(), revision: 3, createdRevision: 3 };
    assert.deepEqual(view, { members: new Map([['a.1', member]]), departed: new Map(), revision: 3 });
    assert.equal(isPresent(view, 'a.1'), true);
    assert.equal(isDeparted(view, 'a.1'), false);
  });

  test('that renews leaves the view the same object, and its newest revision is known', () => {
    const view = viewOf(put('a.1', 3));
    for (const revision of [7, 9])
      assert.equal(applyMemberEntry(view, put('a.1', revision, { createdRevision: 3 })), view);
    assert.equal(view.members.get('a.1')?.revision, 9);
    assert.equal(view.revision, 3);
  });

  test('whose first entry was missed is placed by what it announces', () => {
    const view = viewOf(put('a.1', 40, { createdRevision: 3 }));
    assert.equal(view.members.get('a.1')?.createdRevision, 3);
    assert.equal(view.revision, 40);
  });

  test('that changes status makes a new view; the one before stays as it was', () => {
    const before = viewOf(put('a.1', 3), put('b.1', 4));
    const after = applyMemberEntry(before, put('a.1', 8, { status: 'leaving', createdRevision: 3 }));
    assert.notEqual(after, before);
    assert.equal(after.revision, 8);
    assert.deepEqual([activeIds(before), leavingIds(before)], [['a', 'b'], []]);
    assert.deepEqual([activeIds(after), leavingIds(after)], [['b'], ['a']]);
  });

  test('that announces something else makes a new view of the same revision', () => {
    const before = viewOf(put('a.1', 3));
    const differences: readonly Partial<MemberRecord>[] = [
      { addresses: ['127.0.0.1:4000'] },
      { leaseMs: 80 },
      { version: '0.2.0' },
      { stateVersions: { min: 1, max: 2 } },
      { protocol: { min: 1, max: 2 } },
      { startedAt: '2025-01-01T00:00:01.000Z' },
    ];
    for (const changes of differences) {
      const after = applyMemberEntry(before, put('a.1', 5, changes));
      assert.notEqual(after, before, JSON.stringify(changes));
      assert.equal(after.revision, 3);
      assert.deepEqual(after.members.get('a.1')?.record, record(changes));
    }
  });

  test('keeps its place among the incarnations whatever it announces later', () => {
    const view = viewOf(put('a.1', 3), put('a.1', 9, { status: 'leaving' }));
    assert.equal(view.members.get('a.1')?.createdRevision, 3);
  });

  test('may show its own change at the revision that it renewed last', () => {
    const view = viewOf(put('a.1', 3), put('a.1', 3, { status: 'leaving', createdRevision: 3 }));
    assert.deepEqual(leavingIds(view), ['a']);
  });

  test('is not changed by an entry older than what is known', () => {
    const view = viewOf(put('a.1', 3), put('a.1', 9, { createdRevision: 3 }));
    assert.equal(applyMemberEntry(view, put('a.1', 8, { status: 'leaving', createdRevision: 3 })), view);
    assert.equal(applyMemberEntry(view, marker('a.1', 8)), view);
    assert.equal(view.members.get('a.1')?.revision, 9);
  });
});

describe('a departure', () => {
  test('is kept apart from never having been seen', () => {
    const view = viewOf(put('a.1', 3), marker('a.1', 5));
    assert.deepEqual([isPresent(view, 'a.1'), isDeparted(view, 'a.1')], [false, true]);
    assert.deepEqual([isPresent(view, 'b.1'), isDeparted(view, 'b.1')], [false, false]);
    assert.deepEqual([view.revision, view.departed.get('a.1')], [5, 5]);
  });

  test('is known by the marker alone', () => {
    assert.equal(isDeparted(viewOf(marker('a.1', 5)), 'a.1'), true);
  });

  test('is not undone by an entry from before it', () => {
    const view = viewOf(marker('a.1', 5));
    assert.equal(applyMemberEntry(view, put('a.1', 4)), view);
  });

  test('told again changes nothing', () => {
    const view = viewOf(put('a.1', 3), marker('a.1', 5));
    assert.equal(applyMemberEntry(view, marker('a.1', 5)), view);
  });

  test('is forgotten on purpose only, and then unknown', () => {
    const view = viewOf(marker('a.1', 5), marker('b.1', 6));
    const after = forgetDeparted(view, ['a.1', 'c.1']);
    assert.deepEqual([isDeparted(after, 'a.1'), isDeparted(after, 'b.1'), after.revision], [false, true, 6]);
    assert.equal(forgetDeparted(after, ['a.1']), after);
  });

  test('gives way to a newer entry of the same key', () => {
    const view = viewOf(marker('a.1', 5), put('a.1', 6));
    assert.deepEqual([isPresent(view, 'a.1'), isDeparted(view, 'a.1')], [true, false]);
  });
});

describe('two incarnations of one id', () => {
  test('the newer counts, in whatever order they were seen', () => {
    const entries = [put('a.old', 3), put('a.old', 20, { createdRevision: 3 }), put('a.new', 10)];
    for (const order of [entries, [...entries].reverse()]) {
      const view = viewOf(...order, put('b.1', 30));
      assert.equal(currentKey(view, 'a'), 'a.new');
      assert.deepEqual([activeIds(view), leavingIds(view)], [['a', 'b'], []]);
    }
  });

  test('a newer one that leaves takes the id out, although the older is active', () => {
    const view = viewOf(put('a.old', 3), put('a.new', 10, { status: 'leaving' }));
    assert.deepEqual([activeIds(view), leavingIds(view)], [[], ['a']]);
  });

  test('the older one counts again once the newer has departed', () => {
    const view = viewOf(put('a.old', 3), put('a.new', 10), marker('a.new', 11));
    assert.equal(currentKey(view, 'a'), 'a.old');
    assert.deepEqual(activeIds(view), ['a']);
  });

  test('an id that nobody has counts nowhere', () => {
    assert.equal(currentKey(viewOf(put('a.1', 3)), 'b'), null);
  });
});

test('ids come sorted', () => {
  const view = viewOf(put('c.1', 1), put('a.1', 2), put('b.1', 3), put('z.1', 4, { status: 'leaving' }));
  assert.deepEqual(activeIds(applyMemberEntry(view, put('y.1', 5, { status: 'leaving' }))), ['a', 'b', 'c']);
  assert.deepEqual(leavingIds(applyMemberEntry(view, put('y.1', 5, { status: 'leaving' }))), ['y', 'z']);
});

test('whatever the order in which entries come, repeated or not, the same members end up in the view', () => {
  const keys = ['a.1', 'a.2', 'b.1'];
  const step = fc.record({ key: fc.constantFrom(...keys), kind: fc.constantFrom('active', 'leaving', 'deleted') });
  const history = fc.array(step, { maxLength: 12 }).map((steps) => {
    const created = new Map<string, number>();
    return steps.map(({ key, kind }, index): MemberEntry => {
      if (kind === 'deleted') return marker(key, index + 1);
      const createdRevision = created.get(key) ?? 0;
      if (createdRevision === 0) created.set(key, index + 1);
      return put(key, index + 1, { status: kind as MemberRecord['status'], createdRevision });
    });
  });
  const scrambled = history.chain((entries) => {
    const some = fc.shuffledSubarray(entries);
    return fc.tuple(fc.constant(entries), some, fc.shuffledSubarray(entries, { minLength: entries.length }));
  });
  const gist = (view: View) => ({
    active: activeIds(view),
    leaving: leavingIds(view),
    departed: [...view.departed].sort(),
    revisions: [...view.members].map(([key, member]) => [key, member.revision, member.createdRevision]).sort(),
  });
  fc.assert(
    fc.property(scrambled, ([entries, some, all]) => {
      assert.deepEqual(gist(viewOf(...some, ...all)), gist(viewOf(...entries)));
    }),
    { numRuns: 500 },
  );
});
