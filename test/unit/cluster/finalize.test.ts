/**
 * What an operator who finalizes is told to do next, by the record and by who is there.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  closing,
  encodeFinalizable,
  type FinalizableRecord,
  isHalfWay,
  opening,
  readFinalizable,
  type Speaker,
  withoutMinimum,
} from '../../../src/cluster/finalize.ts';

const speaks = (id: string, stateVersion: number, protocol = 1): Speaker => ({ id, stateVersion, protocol });
const at = (minimum: number, written: number, protocol = 1): FinalizableRecord => ({
  minimum: { stateVersion: minimum, protocol },
  written: { stateVersion: written, protocol },
});

test('while nobody is there, or all speak what is written and no more, nothing is to be done', () => {
  assert.deepEqual(opening(at(3, 3), []), { is: 'nobody' });
  assert.deepEqual(opening(at(3, 3), [speaks('a', 3), speaks('b', 3)]), { is: 'nothing' });
});

test('who is behind is named, and nothing is begun', () => {
  const b = speaks('b', 3);
  assert.deepEqual(opening(at(3, 3), [speaks('a', 4), b]), { is: 'behind', behind: [b] });
  const c = speaks('c', 3, 1);
  assert.deepEqual(opening(at(3, 3), [speaks('a', 3, 2), c]), { is: 'behind', behind: [c] });
});

test('minimum rises to what all speak, if that is more than what is written; written stays', () => {
  const all = [speaks('a', 5), speaks('b', 4)];
  assert.deepEqual(opening(at(3, 3), all), { is: 'raise', record: at(4, 3) });
  const newer = opening(at(3, 3), [speaks('a', 3, 2), speaks('b', 3, 2)]);
  assert.deepEqual(newer.is === 'raise' && newer.record.minimum, { stateVersion: 3, protocol: 2 });
});

test('no number falls because another one rises', () => {
  const next = opening(at(3, 3, 2), [speaks('a', 4, 1)]);
  assert.deepEqual(next.is === 'raise' && next.record.minimum, { stateVersion: 4, protocol: 2 });
});

test('written rises to minimum if all on the list speak that; else minimum falls to written, and who is behind is named', () => {
  assert.deepEqual(closing(at(4, 3), [speaks('a', 4), speaks('b', 5)]), { is: 'raise', record: at(4, 4) });
  const b = speaks('b', 3);
  assert.deepEqual(closing(at(4, 3), [speaks('a', 4), b]), { is: 'behind', record: at(3, 3), behind: [b] });
});

test('a list of none changes nothing: nobody has been seen to speak what would be written', () => {
  assert.deepEqual(closing(at(2, 1), []), { is: 'nobody' });
});

test('half way is where minimum is above written, in either number', () => {
  assert.ok(isHalfWay(at(4, 3)));
  assert.ok(!isHalfWay(at(4, 4)));
  const protocols = { minimum: { stateVersion: 3, protocol: 2 }, written: { stateVersion: 3, protocol: 1 } };
  assert.ok(isHalfWay(protocols));
  assert.ok(!isHalfWay(withoutMinimum(protocols)));
});

test('whatever else the record says stays in it', () => {
  const stored = {
    slots: 8,
    game: 'chess',
    later: [1],
    minimum: { stateVersion: 3, protocol: 1, module: 7, more: true },
    written: { stateVersion: 3, protocol: 1, module: 6 },
  };
  const record = readFinalizable(new TextEncoder().encode(JSON.stringify(stored)));
  const next = opening(record, [speaks('a', 4)]);
  assert.ok(next.is === 'raise');
  const done = closing(next.record, [speaks('a', 4)]);
  assert.ok(done.is === 'raise');
  assert.deepEqual(readFinalizable(encodeFinalizable(done.record)), {
    ...stored,
    minimum: { ...stored.minimum, stateVersion: 4 },
    written: { ...stored.written, stateVersion: 4 },
  });
});
