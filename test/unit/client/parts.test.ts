/** The small parts of the client library: the server's clock, mailboxes, streams read as text, commands in line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CommandLine } from '../../../src/client/command.ts';
import { eventReader } from '../../../src/client/event-stream.ts';
import { Mailbox } from '../../../src/client/mailbox.ts';
import type { Game, GameEvent } from '../../../src/client/protocol.ts';
import { Refused } from '../../../src/client/requests.ts';
import { ServerClock } from '../../../src/client/server-clock.ts';

test('the time of the server is the median of what pings say: one slow answer moves nothing', () => {
  const clock = new ServerClock();
  assert.equal(clock.at(0), null);
  clock.sample(null, 100, 10_050);
  assert.equal(clock.at(200), 10_150, 'something is better than nothing');
  for (const [sentAt, now] of [
    [1_000, 1_020],
    [2_000, 2_020],
    [3_000, 3_020],
  ] as const)
    clock.sample(sentAt, now, sentAt + 10 + 10_000);
  clock.sample(4_000, 8_000, 14_000);
  clock.sample(4_000, 4_020, 99_000);
  assert.equal(clock.at(5_000), 15_000);
  clock.sample(null, 5_000, 99_999);
  clock.sample(5_000, 5_000, Number.NaN);
  assert.equal(clock.at(5_000), 15_000);
  for (let time = 10_000; time < 19_000; time += 1_000) clock.sample(time, time, time + 20_000);
  assert.equal(clock.at(20_000), 40_000, 'old samples are forgotten');
});

const game = (round: number) => ({ id: 'ABC', status: 'active', round }) as Game;
const event = (seq: number) => ({ seq, type: 'x' }) as GameEvent;

test('a slow reader gets the newest view alone, and every event', async () => {
  const mailbox = new Mailbox();
  assert.equal(mailbox.take(), null);
  mailbox.put(null, 0, [event(1)], 'snapshot');
  assert.equal(mailbox.take(), null, 'there is no view yet');
  mailbox.put(game(1), 3, [], 'snapshot');
  mailbox.put(null, 3, [event(2), event(3)], 'gapless');
  mailbox.put(game(2), 5, [], 'gapless');
  assert.deepEqual(mailbox.take(), { game: game(2), version: 5, events: [1, 2, 3].map(event), resumed: 'snapshot' });
  assert.equal(mailbox.take(), null);
  const woken = mailbox.wait();
  mailbox.put(null, 5, [event(4)], 'gapless');
  await woken;
  assert.deepEqual(mailbox.take(), { game: game(2), version: 5, events: [event(4)], resumed: 'gapless' });
});

test('what was not read of a history that starts over is dropped', () => {
  const mailbox = new Mailbox();
  mailbox.put(game(1), 3, [event(1), event(2)], 'gapless');
  mailbox.put(null, 3, [event(1)], 'snapshot');
  mailbox.put(game(1), 2, [], 'snapshot');
  mailbox.put(null, 2, [event(2)], 'gapless');
  mailbox.put(null, 2, [event(1)], 'snapshot');
  assert.deepEqual(mailbox.take()?.events, [event(1)]);
});

test('who leaves more than 10,000 events unread is told', () => {
  const mailbox = new Mailbox();
  mailbox.put(game(1), 1, [], 'snapshot');
  for (let seq = 1; seq <= 10_000; seq += 1) mailbox.put(null, 1, [event(seq)], 'gapless');
  assert.equal(mailbox.take()?.events.length, 10_000);
  for (let seq = 1; seq <= 10_001; seq += 1) mailbox.put(null, 1, [event(seq)], 'gapless');
  assert.throws(() => mailbox.take(), /10000 events/);
});

test('a stream means the same however it is cut', () => {
  const text = ':\n\nevent: game\nid: 3.0\ndata: {"a":1}\n\n:beat\n\ndata:x\ndata: y\n\nevent: lonely\n\n';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 6 }), (cuts) => {
      const read = eventReader();
      const at = [0, ...cuts.toSorted((one, other) => one - other), text.length];
      const found = at.flatMap((from, index) => read(text.slice(from, at[index + 1] ?? from)));
      assert.deepEqual(found, [null, '{"a":1}', null, 'x\ny']);
    }),
  );
});

test('commands are sent one after another, whatever becomes of each', async () => {
  const line = new CommandLine();
  const order: string[] = [];
  const command = (name: string, ends: Promise<unknown>) =>
    line.add(async () => {
      order.push(`${name} begins`);
      await ends;
      order.push(`${name} ends`);
      return name;
    });
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const refusal = new Refused({ status: 409, code: 'round_over', detail: 'x' });
  const [first, second, third] = [command('1', open), command('2', Promise.reject(refusal)), command('3', open)];
  assert.deepEqual([first.status, second.status], ['pending', 'pending']);
  resolve();
  assert.equal(await third, '3');
  assert.deepEqual(order, ['1 begins', '1 ends', '2 begins', '3 begins', '3 ends']);
  assert.deepEqual([first.status, second.status, second.problem], ['stored', 'refused', refusal.problem]);
  await assert.rejects(async () => second, refusal);
});

test('at most 48 commands wait; one more is refused at once, and the line goes on', async () => {
  const line = new CommandLine();
  const { promise: open, resolve } = Promise.withResolvers<void>();
  const some = Array.from({ length: 48 }, () => line.add(() => open));
  await assert.rejects(async () => line.add(() => open), /too_many_pending/);
  resolve();
  await Promise.all(some);
  await line.add(() => open);
});
