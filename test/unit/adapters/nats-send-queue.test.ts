/**
 * What leaves first, and how much at once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Link } from '../../../src/adapters/nats/link.ts';
import { HANDED_OVER_BYTES, type Outgoing, SendQueue, WAITING_BYTES } from '../../../src/adapters/nats/send-queue.ts';
import { Wire } from '../../../src/adapters/nats/wire.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

const message = (subject: string, bytes = 1, urgent = false): Outgoing => ({
  subject,
  payload: new Uint8Array(bytes),
  reply: '',
  headers: null,
  urgent,
});

/** Subjects that are handed over while the socket has so many bytes. */
function drained(queue: SendQueue, unsent = 0): string[] {
  const subjects: string[] = [];
  queue.drain(
    () => unsent,
    ({ subject }) => subjects.push(subject),
  );
  return subjects;
}

test('what is urgent goes first; else it is first come, first served', () => {
  const queue = new SendQueue();
  for (const [subject, urgent] of [
    ['a', false],
    ['renewal', true],
    ['b', false],
    ['delete', true],
  ] as const) {
    assert.ok(queue.push(message(subject, 1, urgent)));
  }
  assert.deepEqual(drained(queue), ['renewal', 'delete', 'a', 'b']);
  assert.ok(queue.isEmpty);
});

test('no more is handed over than the socket may have; what is urgent always is', () => {
  const queue = new SendQueue();
  for (let index = 0; index < 10; index += 1) queue.push(message(`m${index}`, HANDED_OVER_BYTES / 2));
  assert.deepEqual(drained(queue), ['m0', 'm1']);
  assert.deepEqual(drained(queue, HANDED_OVER_BYTES), []);
  queue.push(message('renewal', 100, true));
  assert.deepEqual(drained(queue, HANDED_OVER_BYTES), ['renewal']);
  assert.deepEqual(drained(queue, HANDED_OVER_BYTES - 1), ['m2'], 'one that is larger than what is left goes too');
  const rest: string[] = [];
  while (!queue.isEmpty) rest.push(...drained(queue));
  assert.deepEqual(rest, ['m3', 'm4', 'm5', 'm6', 'm7', 'm8', 'm9']);
});

test('more than may wait is refused; one message always may', () => {
  const queue = new SendQueue();
  assert.ok(queue.push(message('large', WAITING_BYTES + 1)));
  assert.ok(!queue.push(message('next')));
  assert.ok(queue.push(message('renewal', 1, true)));
  assert.deepEqual(drained(queue), ['renewal', 'large']);
  assert.ok(queue.push(message('next')));
  queue.clear();
  assert.deepEqual([queue.isEmpty, drained(queue)], [true, []]);
});

test('a renewal overtakes what the wire has not handed over; what timed out meanwhile is not sent any more', async () => {
  const clock = new ManualClock();
  let unsent = 0;
  const published: string[] = [];
  const link = {
    isOpen: true,
    info: {},
    get unsent() {
      return unsent;
    },
    subscribe: () => () => undefined,
    publish: (subject: string, payload: Uint8Array) => {
      published.push(subject);
      unsent += payload.length;
    },
  };
  const wire = new Wire('inbox', clock, silentLog);
  wire.attach(link as unknown as Link);
  const half = new Uint8Array(HANDED_OVER_BYTES / 2);
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const asked = (subject: string, timeoutMs: number, urgent = false) =>
    wire.request({ subject, payload: half, timeoutMs, urgent, conclude: ({ kind }) => kind });
  for (const subject of ['a', 'b', 'c', 'd']) wire.publish(subject, half);
  const late = asked('late', 20);
  await turn();
  assert.deepEqual(published, ['a', 'b']);
  void asked('renewal', 10_000, true);
  await turn();
  assert.deepEqual(published.splice(0), ['a', 'b', 'renewal']);
  await clock.advance(40);
  assert.equal(await late, 'timeout');
  unsent = 0;
  await clock.advance(10);
  unsent = 0;
  await clock.advance(10);
  assert.deepEqual(published, ['c', 'd']);
});
