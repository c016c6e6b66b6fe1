/**
 * Orders to drain: whatever comes late or twice, the one that was given last counts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DrainOrders, ORDER_MS } from '../../../../src/member/membership/drain-orders.ts';

const T = 1_000_000;

test('an order is obeyed until its deadline', () => {
  assert.equal(new DrainOrders().refusal(true, T, T), null);
  assert.equal(new DrainOrders().refusal(true, T, T + 1), 'too late');
});

test('a late copy of an order does not undo the one that was given after it', () => {
  const orders = new DrainOrders();
  assert.equal(orders.refusal(true, T + ORDER_MS, T), null);
  assert.equal(orders.refusal(false, T + 100 + ORDER_MS, T + 100), null);
  assert.equal(orders.refusal(true, T + ORDER_MS, T + 200), 'superseded');
});

test('a copy of the newest order is answered as that was', () => {
  const orders = new DrainOrders();
  assert.equal(orders.refusal(true, T + ORDER_MS, T), null);
  assert.equal(orders.refusal(true, T + ORDER_MS, T + 300), null);
});

test('of two orders by two gateways in the same millisecond only the first is obeyed', () => {
  const orders = new DrainOrders();
  assert.equal(orders.refusal(true, T + ORDER_MS, T), null);
  assert.equal(orders.refusal(false, T + ORDER_MS, T), 'superseded');
});

test('what was ordered right here is not undone by what was ordered elsewhere before', () => {
  const orders = new DrainOrders();
  assert.equal(orders.refusal(true, T + ORDER_MS, T), null);
  orders.given(false, T + 100);
  assert.equal(orders.refusal(true, T + ORDER_MS, T + 200), 'superseded');
  assert.equal(orders.refusal(true, T + 300 + ORDER_MS, T + 300), null, 'the next one is obeyed again');
});

test('a gateway whose clock is ahead does not make an order of here void', () => {
  const orders = new DrainOrders();
  assert.equal(orders.refusal(true, T + 300 + ORDER_MS, T), null);
  orders.given(false, T + 100);
  assert.equal(orders.refusal(true, T + 300 + ORDER_MS, T + 200), 'superseded');
});

test('orders that one member gives in the same millisecond, or as time is set back, are obeyed in turn', () => {
  const sender = new DrainOrders();
  const receiver = new DrainOrders();
  const answers = [T, T, T, T - 50, T + 1].map((now, index) =>
    receiver.refusal(index % 2 === 0, sender.deadlineAt(now), T),
  );
  assert.deepEqual(answers, [null, null, null, null, null]);
  assert.equal(sender.deadlineAt(T + 500), T + 500 + ORDER_MS, 'no longer than any other');
});
