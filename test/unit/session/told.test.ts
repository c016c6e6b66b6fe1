/** How far a webhook was told of a game: its text, and what counts as further. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listingHeaders, parseListing } from '../../../src/session/snapshot.ts';
import { furtherOf, isFurther, isOutstanding, parseTold, ToldMark, toldText } from '../../../src/session/told.ts';

test('what is written is read again, alone and in the headers of a listing', () => {
  const told = { seq: 12, round: 3, newest: 15 };
  assert.deepEqual(parseTold(toldText(told)), told);
  const listing = { ...parseListing({ 'Minotaur-Status': 'active' }), told };
  assert.deepEqual(parseListing(listingHeaders(listing)), listing);
  assert.equal('Minotaur-Told' in listingHeaders(parseListing({})), false);
});

test('what cannot be read is no outbox', () => {
  for (const text of ['', '1 2', '1 2 x', '-1 2 3', '1 2 3 4', '1 2 1e9']) assert.equal(parseTold(text), undefined);
  assert.deepEqual(parseListing({ 'Minotaur-Told': 'garbage' }), parseListing({}));
});

test('something is outstanding as long as the newest event is not told', () => {
  assert.ok(isOutstanding({ seq: 1, round: 1, newest: 2 }));
  assert.ok(!isOutstanding({ seq: 2, round: 1, newest: 2 }));
  assert.ok(!isOutstanding(undefined));
});

test('what was told counts as far as there are events: the store may have lost those after', () => {
  const listed = { seq: 3, round: 1, newest: 5 };
  assert.deepEqual(furtherOf(listed, { seq: 5, round: 2 }), { seq: 5, round: 2, newest: 5 });
  assert.deepEqual(furtherOf(listed, { seq: 6, round: 2 }), listed);
});

test('later events are further, and of one event later rounds', () => {
  assert.ok(isFurther({ seq: 2, round: 1 }, { seq: 1, round: 9 }));
  assert.ok(isFurther({ seq: 1, round: 2 }, { seq: 1, round: 1 }));
  assert.ok(!isFurther({ seq: 1, round: 1 }, { seq: 1, round: 1 }));
});

test('a listing is shown with what was told since, and never with less', () => {
  const listed = { seq: 3, round: 1, newest: 5 };
  assert.deepEqual(furtherOf(listed, { seq: 4, round: 2 }), { seq: 4, round: 2, newest: 5 });
  assert.equal(furtherOf(listed, { seq: 2, round: 1 }), listed);
  assert.equal(furtherOf(undefined, { seq: 2, round: 1 }), undefined);
});

test('the mark of a session never goes back, and is news until it is in a write', () => {
  const mark = new ToldMark({ seq: 0, round: 1 });
  assert.ok(!mark.isNews);
  mark.set({ seq: 2, round: 1 });
  mark.set({ seq: 1, round: 1 });
  assert.deepEqual(mark.now, { seq: 2, round: 1 });
  assert.ok(mark.isNews);
  mark.written();
  assert.ok(!mark.isNews);
  assert.deepEqual(
    mark.listed(() => 7),
    { told: { seq: 2, round: 1, newest: 7 } },
  );
});

test('a session without an outbox gets none by being told', () => {
  const mark = new ToldMark(null);
  mark.set({ seq: 2, round: 1 });
  assert.equal(mark.now, null);
  assert.deepEqual(
    mark.listed(() => 7),
    {},
  );
});
