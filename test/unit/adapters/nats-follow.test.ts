/**
 * Following a bucket while NATS loses, doubles and reorders what it delivers: no pass is believed that has a hole.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { NatsStore } from '../../../src/adapters/nats/store.ts';
import type { Follow } from '../../../src/ports/store.ts';
import type { Published } from '../../support/scripted-nats.ts';
import { waitFor } from '../../support/wait.ts';
import { Lab } from './nats-lab.ts';

const CREATE = '$JS.API.CONSUMER.CREATE.KV_ns_slots';
const DELETE = '$JS.API.CONSUMER.DELETE.KV_ns_slots';

interface Consumer {
  readonly name: string;
  readonly inbox: string;
}

/** A follow, and the server's side of its consumers. */
class Followed {
  readonly lab: Lab;
  readonly follow: Follow;
  /** What it told: `pass 1`, `k.1@7`, … */
  readonly told: string[] = [];

  private constructor(lab: Lab) {
    this.lab = lab;
    lab.server.answer = ({ subject }) => (subject.startsWith('$JS.API.') ? {} : null);
    this.follow = new NatsStore(lab.wire, 'ns').bucket('slots').follow({
      prefixes: ['k'],
      headersOnly: true,
      onPass: (pass) => this.told.push(`pass ${pass}`),
      onEntry: ({ key, revision }) => this.told.push(`${key}@${revision}`),
    });
  }

  static async start(t: TestContext): Promise<Followed> {
    return new Followed(await Lab.start(t));
  }

  /** The consumers that were asked for. */
  get consumers(): readonly Consumer[] {
    return this.lab.server.to(CREATE).map(({ payload }: Published) => {
      const { config } = JSON.parse(payload);
      return { name: config.name, inbox: config.deliver_subject };
    });
  }

  /** The nth of them, once it is announced. */
  async pass(number: number): Promise<Consumer> {
    const announced = () => (this.told.includes(`pass ${number}`) ? this.consumers[number - 1] : undefined);
    return waitFor(`pass ${number}`, announced);
  }

  deliver({ name, inbox }: Consumer, key: string, revision: number, delivery: number): boolean {
    const reply = `$JS.ACK.KV_ns_slots.${name}.1.${revision}.${delivery}.1700000000000000000.0`;
    return this.lab.server.deliver(`$KV.ns_slots.${key}`, '', { on: inbox, reply });
  }

  /** The consumer is idle, and says how far it is. */
  heartbeat({ inbox }: Consumer, delivered: number, more = ''): boolean {
    const headers = `NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: ${delivered}\r\nNats-Last-Stream: 9${more}`;
    return this.lab.server.deliver(inbox, '', { headers });
  }

  /** Several heartbeats' time, each with its heartbeat. */
  async quiet(consumer: Consumer, delivered: number, count: number): Promise<void> {
    for (let beat = 0; beat < count; beat += 1) {
      this.heartbeat(consumer, delivered);
      await this.lab.settled();
      await this.lab.clock.advance(500);
    }
  }
}

test('a pass is told from its first entry on, and asks for everything under its prefixes', async (t) => {
  const followed = await Followed.start(t);
  const one = await followed.pass(1);
  followed.deliver(one, 'k.1', 3, 1);
  followed.deliver(one, 'k.2', 7, 2);
  await followed.quiet(one, 2, 20);
  assert.deepEqual(followed.told, ['pass 1', 'k.1@3', 'k.2@7']);
  const [created] = followed.lab.server.to(CREATE);
  const { config } = JSON.parse(created?.payload ?? '');
  assert.deepEqual(
    [config.filter_subjects, config.deliver_policy, config.headers_only, config.ack_policy],
    [['$KV.ns_slots.k.>'], 'all', true, 'none'],
  );
});

const holes: readonly [string, (followed: Followed, one: Consumer) => void][] = [
  ['the first delivery', (followed, one) => followed.deliver(one, 'k.2', 7, 2)],
  [
    'one in the middle',
    (followed, one) => {
      followed.deliver(one, 'k.1', 3, 1);
      followed.deliver(one, 'k.3', 9, 3);
    },
  ],
  [
    'the last one',
    (followed, one) => {
      followed.deliver(one, 'k.1', 3, 1);
      followed.heartbeat(one, 2);
    },
  ],
  ['all of them', (followed, one) => followed.heartbeat(one, 1)],
  [
    'one that came twice instead',
    (followed, one) => {
      followed.deliver(one, 'k.1', 3, 1);
      followed.deliver(one, 'k.1', 3, 1);
    },
  ],
  [
    'the order',
    (followed, one) => {
      followed.deliver(one, 'k.1', 3, 1);
      followed.deliver(one, 'k.2', 2, 2);
    },
  ],
  [
    'what the consumer knew of itself',
    (followed, one) => {
      followed.deliver(one, 'k.1', 3, 1);
      followed.heartbeat(one, 0);
    },
  ],
  [
    'the consumer',
    (followed, one) => followed.lab.server.deliver(one.inbox, '', { headers: 'NATS/1.0 409 Consumer Deleted' }),
  ],
];

for (const [what, lose] of holes) {
  test(`a new pass begins at once when it is seen that something was lost: ${what}`, async (t) => {
    const followed = await Followed.start(t);
    const one = await followed.pass(1);
    lose(followed, one);
    const two = await followed.pass(2);
    const before = followed.told.length;
    // What still comes for the old pass is nobody's, and its consumer is taken away.
    followed.deliver(one, 'k.old', 20, 2);
    followed.deliver(two, 'k.1', 3, 1);
    followed.deliver(two, 'k.2', 7, 2);
    await followed.quiet(two, 2, 10);
    assert.deepEqual(followed.told.slice(before), ['k.1@3', 'k.2@7']);
    assert.deepEqual(
      followed.lab.server.to(DELETE).map(({ subject }) => subject),
      [`${DELETE}.${one.name}`],
    );
  });
}

test('a consumer that goes silent is replaced, one that says something is not', async (t) => {
  const followed = await Followed.start(t);
  const one = await followed.pass(1);
  await followed.quiet(one, 0, 12);
  assert.equal(followed.consumers.length, 1);
  await followed.lab.clock.advance(3_000);
  await followed.pass(2);
});

test('passes that have ended leave nothing behind: after many restarts nothing begins by itself', async (t) => {
  const followed = await Followed.start(t);
  await followed.pass(1);
  for (let number = 2; number <= 7; number += 1) {
    // In the middle of the silence that the timer of the pass watches.
    await followed.lab.clock.advance(1_500);
    followed.follow.restart();
    await followed.pass(number);
  }
  const last = await followed.pass(7);
  await followed.quiet(last, 0, 20);
  assert.deepEqual([followed.consumers.length, followed.told.length], [7, 7]);
  assert.equal(followed.lab.server.subjects.length, 2, 'answers, and one inbox');
});

test('a flow control request is answered, a stalled consumer too; neither is a hole', async (t) => {
  const followed = await Followed.start(t);
  const one = await followed.pass(1);
  followed.deliver(one, 'k.1', 3, 1);
  followed.lab.server.deliver(one.inbox, '', { headers: 'NATS/1.0 100 FlowControl Request', reply: '$JS.FC.one' });
  followed.heartbeat(one, 1, '\r\nNats-Consumer-Stalled: $JS.FC.two');
  await waitFor('both answers', () => followed.lab.server.to('$JS.FC.').length === 2);
  await followed.quiet(one, 1, 5);
  assert.deepEqual(followed.told, ['pass 1', 'k.1@3']);
});

test('a consumer that cannot be had is asked for again, with growing pauses; an answer that is none is no exception', async (t) => {
  const followed = await Followed.start(t);
  await followed.pass(1);
  const refusals: (object | null)[] = [{ error: { description: 'no', err_code: 10008 } }, null];
  followed.lab.server.answer = ({ subject }) => (subject.startsWith(CREATE) ? (refusals[0] ?? null) : {});
  followed.follow.restart();
  const asked = (count: number) => waitFor(`${count} requests`, () => followed.consumers.length === count);
  await asked(2);
  for (const [index, pauseMs] of [50, 100, 200, 400, 800, 1_000, 1_000].entries()) {
    await waitFor('the refusal', () => followed.lab.lines.length === index + 1);
    await followed.lab.clock.advance(pauseMs - 1);
    await followed.lab.settled();
    assert.equal(followed.consumers.length, index + 2);
    await followed.lab.clock.advance(1);
    await asked(index + 3);
  }
  await waitFor('the refusal', () => followed.lab.lines.length === 8);
  followed.lab.server.answer = () => null;
  await followed.lab.clock.advance(1_000);
  await asked(10);
  followed.lab.server.deliver(followed.lab.server.to(CREATE).at(-1)?.reply ?? '', 'not json');
  await waitFor('a word about it', () => followed.lab.lines.length === 9);
  followed.lab.server.answer = () => ({});
  await followed.lab.clock.advance(1_000);
  await followed.pass(2);
});

test('a reconnect begins a new pass at once, and a follow that was stopped does not', async (t) => {
  const followed = await Followed.start(t);
  await followed.pass(1);
  await followed.lab.cut();
  await followed.lab.clock.advance(10_000);
  assert.equal(followed.consumers.length, 1, 'nothing is asked while it is away');
  await followed.lab.connect();
  const two = await followed.pass(2);
  followed.follow.stop();
  followed.follow.stop();
  await followed.lab.settled();
  assert.equal(followed.deliver(two, 'k.1', 3, 1), false);
  await followed.lab.cut();
  await followed.lab.connect();
  followed.follow.restart();
  await followed.lab.clock.advance(10_000);
  await followed.lab.settled();
  assert.deepEqual([followed.told, followed.consumers.length], [['pass 1', 'pass 2'], 2]);
});
