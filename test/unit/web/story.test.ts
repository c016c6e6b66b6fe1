/** What the page of the cluster tells: answers and times in, sentences out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../../../src/web/cluster/report.ts';
import { readReport } from '../../../src/web/cluster/report.ts';
import {
  answer,
  freshSlots,
  isMoving,
  nothingYet,
  type Story,
  silence,
  unownedOf,
} from '../../../src/web/cluster/story.ts';
import { member, report } from './report.ts';

/** One answer a second; null: nobody answered. */
function storyOf(...answers: readonly (Report | null)[]): Story {
  return answers.reduce<Story>((story, each, index) => {
    const at = (index + 1) * 1_000;
    return each === null ? silence(story, at) : answer(story, each, at);
  }, nothingYet);
}

/** What is told after the first answer, the oldest first. */
function told(...answers: readonly (Report | null)[]): readonly string[] {
  return storyOf(...answers)
    .entries.map(({ text }) => text)
    .toReversed()
    .slice(1);
}

const calm = report('aabb', '1111');
const leaving = member('b', { status: 'leaving', slots: 2 });

test('a calm cluster is no news', () => {
  assert.deepEqual(told(calm, calm, { ...calm, self: 'b' }), []);
  assert.equal(isMoving(storyOf(calm, calm)), false);
});

test('a death: silence, the loss, the takeover, and how long it took since it was last heard of', () => {
  const silent = { ...calm, members: [member('a'), member('b', { sessions: null })] };
  const gone = report('aa--', '1111', { revision: 2 });
  const over = report('aaaa', '1122', { revision: 2 }, 'takeover');
  assert.deepEqual(told(calm, silent, silent, gone, over), [
    'b does not answer',
    'b is gone: 2 slots without an owner',
    'a took over 2 slots of b',
    'every slot has an owner again, 4.0 s after b was last heard of',
  ]);
  assert.equal(isMoving(storyOf(calm, silent)), true);
  assert.deepEqual([unownedOf(gone), isMoving(storyOf(calm, silent, gone))], [2, true]);
  assert.equal(isMoving(storyOf(calm, silent, gone, over)), false);
});

test('a death that is over before the next answer is told all the same', () => {
  assert.deepEqual(told(calm, report('aaaa', '1122', { revision: 2 }, 'takeover')), [
    'b is gone',
    'a took over 2 slots of b',
    'every slot has an owner again, 1.0 s after b was last heard of',
  ]);
});

test('a planned stop is no loss', () => {
  const begun = { ...calm, revision: 2, members: [member('a'), leaving] };
  const half = { ...report('aaab', '1121', { revision: 2 }, 'handoff'), members: [member('a'), leaving] };
  const empty = {
    ...report('aaaa', '1122', { revision: 2 }, 'handoff'),
    members: [member('a'), { ...leaving, slots: 0 }],
  };
  const left = report('aaaa', '1122', { revision: 3 }, 'handoff');
  assert.deepEqual(told(calm, begun, half, empty, left), [
    'b is leaving: it hands over 2 slots',
    'b handed 2 slots to a',
    'b has left',
  ]);
  assert.deepEqual(told(calm, begun, { ...left, revision: 3 }), [
    'b is leaving: it hands over 2 slots',
    'b has left',
    'b handed 2 slots to a',
  ]);
});

test('who comes, comes back, begins anew or is taken back', () => {
  const joined = report('aabc', '1112', { revision: 2 }, 'handoff');
  const anew = {
    ...joined,
    revision: 3,
    members: [member('a'), member('b', { slots: 1 }), member('c', { slots: 1, incarnation: 'c-2', version: '2.0.0' })],
  };
  const news = told(calm, joined, anew);
  assert.deepEqual(news.slice(0, 2), ['c joined (1.0.0)', 'b handed 1 slot to c']);
  assert.ok(news.includes('c began anew (2.0.0)'));
  const alone = report('aaaa', '1122', { revision: 2 }, 'takeover');
  const again = [member('a'), member('b', { incarnation: 'b-2' })];
  const back = report('aabb', '1133', { revision: 3, members: again }, 'handoff');
  assert.ok(told(calm, alone, back).includes('b is back (1.0.0)'));
  assert.deepEqual(told({ ...calm, members: [member('a'), leaving] }, { ...calm, revision: 2 }), [
    'b takes part again',
  ]);
  assert.deepEqual(told(calm, report('aabb', '1122', {}, 'retake')), ['b took 2 slots again']);
  assert.deepEqual(told(report('aa--', '1100'), report('aaaa', '1111')), ['a took 2 slots that nobody had']);
});

test('slots that go on moving alike are one sentence, for 10 s', () => {
  const steps = ['1111', '2111', '2211', '2221'].map((epochs, index) =>
    report(['aaaa', 'baaa', 'bbaa', 'bbba'][index] ?? '', epochs, { members: [member('a'), member('b')] }, 'handoff'),
  );
  assert.deepEqual(told(...steps), ['a handed 3 slots to b']);
  const [first, second, third] = steps as [Report, Report, Report];
  const pause = Array<Report>(10).fill(second);
  assert.deepEqual(told(first, second, ...pause, third), ['a handed 1 slot to b', 'a handed 1 slot to b']);
});

test('an answer of a member that lags takes nothing back', () => {
  const moved = report('aaba', '1112', { revision: 2, members: calm.members }, 'handoff');
  assert.deepEqual(told(calm, moved, { ...calm, revision: 2 }, moved), ['b handed 1 slot to a']);
  const lagging = storyOf(calm, moved, { ...calm, revision: 2 });
  assert.deepEqual(lagging.report?.slotMap?.owners, ['a', 'a', 'b', 'a']);
  const older = storyOf(calm, moved, calm);
  assert.equal(older.report?.revision, 2);
});

test('if nothing newer comes for 10 s, the older answers count, and that is told', () => {
  const later = report('aabb', '2211', { revision: 9 });
  const answers = [later, ...Array<Report>(11).fill(calm)];
  assert.deepEqual(told(later, ...Array<Report>(10).fill(calm)), []);
  const news = told(...answers);
  assert.match(news[0] ?? '', /earlier time than before: NATS may have lost writes/);
  assert.equal(storyOf(...answers).report?.revision, 1);
  const ill = { ...calm, nats: { renewedMsAgo: 5_000, buckets: {} } };
  assert.deepEqual(
    told(later, ...Array<Report>(20).fill(ill)).filter((text) => /earlier/.test(text)),
    [],
    'it knows no better',
  );
});

test('the same members at a lower revision are nothing older: who joined later counts renewals', () => {
  const later = { ...calm, revision: 9, self: 'b' };
  assert.deepEqual(told(later, ...Array<Report>(20).fill(calm)), []);
});

test('a takeover that is seen before its reason proves it, and is told once', () => {
  // Of one member slots are seen first, members after them.
  const early = { ...report('aaab', '1121', {}, 'takeover'), members: calm.members };
  const over = { ...report('aaaa', '1122', {}, 'takeover'), members: calm.members };
  const left = report('aaaa', '1122', { revision: 2 }, 'takeover');
  const news = (since: string) => [`every slot has an owner again, ${since} after b was last heard of`];
  const isNews = (text: string) => /last heard/.test(text);
  assert.deepEqual(told(calm, over, left).filter(isNews), news('1.0 s'));
  assert.deepEqual(told(calm, early, calm, over, left).filter(isNews), news('3.0 s'));
  assert.deepEqual(
    told(calm, over, left).filter((text) => /gone/.test(text)),
    ['b is gone'],
  );
  assert.deepEqual(
    told(calm, early, left).filter((text) => /gone/.test(text)),
    ['b is gone: 1 slot without an owner'],
  );
});

test('two incarnations of a member side by side are shown as one, and told of once', () => {
  const next = member('b', { incarnation: 'b-2', slots: 0 });
  const both = { ...calm, revision: 2, members: [...calm.members, next] };
  assert.deepEqual(told(calm, both, both, both), ['b began anew (1.0.0)']);
  assert.deepEqual(
    storyOf(calm, both).report?.members.map(({ incarnation }) => incarnation),
    ['a-1', 'b-2'],
  );
});

test('nobody answers: told once, with how long it lasted; the last picture stays', () => {
  const away = storyOf(calm, null, null);
  assert.deepEqual([away.silentSince, away.report, isMoving(away)], [2_000, calm, true]);
  assert.deepEqual(told(calm, null, null, { ...calm, self: 'b' }), [
    'nobody answers at this address',
    'b answers, after 2.0 s',
  ]);
  assert.equal(storyOf(calm, null, null, calm).silentSince, null);
  assert.equal(storyOf(null).silentSince, 1_000);
});

test('the health of NATS is told by the member that told of it before', () => {
  const ill = { ...calm, nats: { renewedMsAgo: 5_000, buckets: { sessions: false } } };
  assert.deepEqual(told(calm, ill, calm), [
    'NATS acknowledges nothing just now',
    'the bucket sessions cannot be used',
    'NATS acknowledges again',
    'the bucket sessions can be used again',
  ]);
  assert.deepEqual(told(calm, { ...ill, self: 'b' }), []);
});

test('slots that moved are fresh for a while, and those that nobody has are not', () => {
  const story = storyOf(calm, report('aaa-', '1122', { revision: 2 }, 'takeover'));
  assert.deepEqual([...freshSlots(story, 3_000, 2_000)], [2]);
  assert.deepEqual([...freshSlots(story, 4_000, 2_000)], []);
});

test('what is kept is bounded, the newest first', () => {
  const other = { ...calm, revision: 2, members: [member('a'), leaving] };
  const many = storyOf(
    ...Array.from({ length: 301 }, (_, index) => ({ ...(index % 2 ? other : calm), revision: index })),
  );
  assert.equal(many.entries.length, 100);
  assert.equal(many.entries[0]?.text, 'b takes part again');
  assert.equal(new Set(many.entries.map(({ id }) => id)).size, 100);
  const pods = storyOf(
    ...Array.from({ length: 300 }, (_, index) => ({ ...calm, revision: index, members: [member(`pod${index}`)] })),
  );
  assert.equal(pods.gone.size, 100);
});

test('what is no report is none, and an older member tells no slots', () => {
  for (const wrong of [null, 'x', {}, { ...calm, members: 3 }, { ...calm, members: [null] }, { ...calm, self: 1 }]) {
    assert.equal(readReport(JSON.parse(JSON.stringify(wrong))), null, JSON.stringify(wrong));
  }
  assert.deepEqual(readReport(calm), calm);
  const { slotMap: _, nats: __, ...old } = calm;
  const read = readReport(old);
  assert.deepEqual([read?.slotMap, read?.nats, read?.members.length], [null, null, 2]);
  assert.equal(readReport({ ...calm, slotMap: { ...calm.slotMap, epochs: [] } })?.slotMap, null);
  assert.equal(readReport({ ...calm, nats: { renewedMsAgo: 3 } })?.nats, null);
  assert.deepEqual(told(read, read), []);
});
