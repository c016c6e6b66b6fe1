/** What all sockets together have left unread. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Behind, SocketBacklog } from '../../../../src/http/edge/socket-backlog.ts';
import { ManualClock } from '../edge-fixture.ts';

const limit = 1_000;

function backlogOf(...names: string[]) {
  const clock = new ManualClock();
  const backlog = new SocketBacklog(clock, limit);
  const cut: string[] = [];
  const sockets = names.map((name): Behind => ({ cut: () => cut.push(name) }));
  return { clock, backlog, cut, sockets: sockets as [Behind, Behind, Behind, Behind] };
}

test('above the limit those that moved longest ago are cut, until the rest fits', () => {
  const { clock, backlog, cut, sockets } = backlogOf('still', 'moving', 'later', 'last');
  const [still, moving, later, last] = sockets;
  backlog.sent(still, 400);
  backlog.sent(moving, 300);
  clock.advance(1_000);
  backlog.sent(later, 300);
  assert.equal(backlog.isFull, false);
  clock.advance(1_000);
  backlog.taken(moving, 100);
  backlog.sent(last, 300);
  assert.deepEqual(cut, ['still']);
  assert.equal(backlog.isFull, false);
  clock.advance(1_000);
  backlog.sent(last, 300);
  assert.deepEqual(cut, ['still', 'later']);
  assert.equal(backlog.isFull, false);
});

test('what is unread for a moment cuts nobody', () => {
  const { clock, backlog, cut, sockets } = backlogOf('a', 'b');
  const [one, other] = sockets;
  backlog.sent(one, 5_000);
  backlog.sent(other, 5_000);
  clock.advance(1_999);
  backlog.sent(other, 5_000);
  assert.deepEqual(cut, []);
  assert.equal(backlog.isFull, true);
  // Each that takes something has its time again.
  backlog.taken(one, 1_000);
  clock.advance(1_999);
  backlog.sent(one, 1);
  assert.deepEqual(cut, ['b']);
});

test('nothing is counted of who read everything, was cut, or is gone', () => {
  const { clock, backlog, cut, sockets } = backlogOf('reader', 'gone', 'standing');
  const [reader, gone, standing] = sockets;
  for (const each of [reader, gone]) backlog.sent(each, 600);
  backlog.taken(reader, 600);
  backlog.forget(gone);
  backlog.sent(standing, limit);
  assert.equal(backlog.isFull, false);
  clock.advance(2_000);
  backlog.sent(standing, 1);
  assert.deepEqual(cut, ['standing']);
  // The library tells of each frame that it dropped.
  for (const bytes of [limit, 1]) backlog.taken(standing, bytes);
  backlog.forget(standing);
  backlog.sent(reader, limit);
  assert.equal(backlog.isFull, false);
  backlog.sent(reader, 1);
  assert.equal(backlog.isFull, true);
});
