/**
 * When a newer version of a module is written: never while somebody is there, or may still come, who cannot read it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextSpoken, SHOWN_MS, type Spoken } from '../../../src/cluster/module-version.ts';

const ROLLBACK_MS = 600_000;
const at = (minimum: number, written: number): Spoken => ({ minimum, written });

test('while somebody older is there, or says nothing, or nobody is there, all stays as it is', () => {
  for (const present of [[1, 2], [2, null], [], [1], [null]]) {
    assert.equal(nextSpoken(at(1, 1), present, ROLLBACK_MS, ROLLBACK_MS), null, JSON.stringify(present));
  }
});

test('when all have been newer for a while the older ones are shut out, then the newest version that all speak is written', () => {
  assert.equal(nextSpoken(at(1, 1), [3, 2], ROLLBACK_MS - 1, ROLLBACK_MS), null);
  assert.deepEqual(nextSpoken(at(1, 1), [3, 2], ROLLBACK_MS, ROLLBACK_MS), at(2, 1));
  assert.equal(nextSpoken(at(2, 1), [3, 2], SHOWN_MS - 1, ROLLBACK_MS), null);
  assert.deepEqual(nextSpoken(at(2, 1), [3, 2], SHOWN_MS, ROLLBACK_MS), at(2, 2));
  assert.equal(nextSpoken(at(2, 2), [3, 2], ROLLBACK_MS, ROLLBACK_MS), null);
  assert.deepEqual(nextSpoken(at(2, 2), [3, 3], ROLLBACK_MS, ROLLBACK_MS), at(3, 2));
});

test('somebody older who came just before is let be, at once', () => {
  for (const present of [
    [2, 1],
    [null, 2],
  ])
    assert.deepEqual(nextSpoken(at(2, 1), present, 0, ROLLBACK_MS), at(1, 1));
});

/**
 * Every order in which an older member may join while a newer one raises the version. The bucket is a list of writes; whoever follows it has seen
 * all of them up to some place. The newcomer: reads the record, writes its key, and looks at what the record was before its key. The raiser: each
 * time it acts it goes by the record that it saw, and by who stands before that; its write lands only on the record that it saw.
 */
test('in no order of events is a version written that a member who is in cannot read', () => {
  type Step = 'read' | 'join' | 'pass' | 'raise';
  let worlds = 0;
  let raised = 0;
  const play = (steps: readonly Step[]): void => {
    worlds += 1;
    const records: { readonly place: number; readonly spoken: Spoken }[] = [{ place: 0, spoken: at(1, 1) }];
    let places = 0;
    let joinedAt: number | null = null;
    let state: 'out' | 'read' | 'joined' | 'in' | 'refused' = 'out';
    const newest = () => records.at(-1) ?? assert.fail();
    for (const step of steps) {
      places += 1;
      if (step === 'read') state = newest().spoken.minimum > 1 ? 'refused' : 'read';
      if (step === 'join' && state === 'read') {
        joinedAt = places;
        state = 'joined';
      }
      if (step === 'pass' && state === 'joined') {
        const before = records.filter(({ place }) => place < (joinedAt ?? 0)).at(-1);
        state = (before?.spoken.minimum ?? 0) > 1 ? 'refused' : 'in';
      }
      if (step === 'raise') {
        const { place, spoken } = newest();
        const isSeen = joinedAt !== null && joinedAt < place && state !== 'refused';
        const next = nextSpoken(spoken, isSeen ? [2, 1] : [2], ROLLBACK_MS, ROLLBACK_MS);
        if (next !== null) records.push({ place: places, spoken: next });
      }
      const { written } = newest().spoken;
      if (written > 1) raised += 1;
      assert.ok(!(state === 'in' && written > 1), steps.join(' '));
    }
    // Who joined and has not looked yet will be refused.
    if (state === 'joined' && newest().spoken.written > 1) {
      const before = records.filter(({ place }) => place < (joinedAt ?? 0)).at(-1);
      assert.ok((before?.spoken.minimum ?? 0) > 1, steps.join(' '));
    }
  };
  const orders = (newcomer: readonly Step[], raises: number, so: readonly Step[]): void => {
    const [next, ...rest] = newcomer;
    if (next === undefined && raises === 0) play(so);
    if (next !== undefined) orders(rest, raises, [...so, next]);
    if (raises > 0) orders(newcomer, raises - 1, [...so, 'raise']);
  };
  for (let raises = 1; raises <= 6; raises += 1) orders(['read', 'join', 'pass'], raises, []);
  assert.ok(worlds > 150 && raised > 0, `${worlds} orders, ${raised} times raised`);
});
