/** A plan on its way: each order is shown once, whatever comes first, the answer or the state that shows it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answered,
  caughtUp,
  give,
  gone,
  kept,
  noOrders,
  type Orders,
  ordersOf,
  refused,
  takeBack,
} from '../../../../src/web/crawl/orders.ts';
import { move } from '../../../../src/web/crawl/plan.ts';
import type { Own } from '../../../../src/web/crawl/seen.ts';

const own = (id: string): Own => ({ ...move(0), id });
const running: Orders = { ...noOrders, round: 2 };
const shown = (orders: Orders, stored: readonly Own[]) => ordersOf(orders, stored).map(({ id, state }) => [id, state]);

test('pending, then stored, whichever is heard first', () => {
  const given = give(running, 1, move(0));
  assert.deepEqual(shown(given, []), [[null, 'pending']]);

  const answerFirst = answered(given, 1, 'a1', 7);
  assert.deepEqual(shown(answerFirst, []), [['a1', 'stored']]);
  const seen = caughtUp(answerFirst, { round: 2, version: 7, own: [own('a1')] });
  assert.deepEqual(shown(seen, [own('a1')]), [['a1', 'stored']]);

  const stateFirst = caughtUp(given, { round: 2, version: 7, own: [own('a1')] });
  const then = answered(stateFirst, 1, 'a1', 7);
  assert.deepEqual(shown(then, [own('a1')]), [['a1', 'stored']], 'shown once');
});

test('one that was stored and taken back elsewhere is not shown for ever', () => {
  const stored = answered(give(running, 1, move(0)), 1, 'a1', 7);
  assert.deepEqual(shown(caughtUp(stored, { round: 2, version: 8, own: [] }), []), []);
});

test('a refused one goes, those beside it stay', () => {
  const two = give(give(running, 1, move(0)), 2, move(1));
  assert.equal(ordersOf(refused(two, 1), []).length, 1);
});

test('what is being taken back is said, and stays when it is not', () => {
  const leaving = takeBack(running, 'a1');
  assert.deepEqual(shown(leaving, [own('a1'), own('a2')]), [
    ['a1', 'leaving'],
    ['a2', 'stored'],
  ]);
  assert.deepEqual(shown(kept(leaving, 'a1'), [own('a1')]), [['a1', 'stored']]);
});

test('what is taken back before anything shows it is gone with the answer: nothing may come that shows it', () => {
  const stored = answered(give(running, 1, move(0)), 1, 'a1', 7);
  assert.deepEqual(shown(gone(takeBack(stored, 'a1'), 'a1'), []), []);
});

test('a new round begins with nothing', () => {
  const orders = takeBack(give(running, 1, move(0)), 'a1');
  assert.deepEqual(caughtUp(orders, { round: 3, version: 9, own: [] }), { ...noOrders, round: 3 });
});
