/** Actions and events in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsInWords } from '../../../src/web/play/in-words.ts';

test('ids of players are read as their names, alone and within', () => {
  const names = new Map([
    ['p0', 'Ada'],
    ['p1', 'Grace'],
  ]);
  const fields = { target: 'p1', cell: 4, path: [{ to: 'p0' }], by: 'p7' };
  assert.equal(fieldsInWords(fields, names), 'target Grace, cell 4, path [{"to":"Ada"}], by p7');
});
