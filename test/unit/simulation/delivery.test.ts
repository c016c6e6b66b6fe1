/**
 * How a simulated client asks: what is repeated, what is not, and what counts as an answer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, Operation } from '../../../src/member/contract/gateway.ts';
import { Balancer } from '../../simulation/clients/balancer.ts';
import { Delivery } from '../../simulation/clients/delivery.ts';
import { operationOf } from '../../simulation/clients/operations.ts';
import { Tally } from '../../simulation/clients/tally.ts';
import type { Front, FrontReply } from '../../simulation/world/front.ts';
import type { Asked, Heard } from '../../simulation/world/witness.ts';
import { CalmWorld } from './served-world.ts';

const OK = answered(200);
const UNAVAILABLE = answered(503);
const LONG_MS = 200_000;

/** What becomes of a command whose tries get these replies, in order; the last one again and again. */
async function deliver(key: string | null, replies: readonly FrontReply<unknown>[], isDoubled = false) {
  const world = new CalmWorld(1);
  const host = world.start('m0');
  const sent: Operation[] = [];
  const execute = async (operation: Operation): Promise<undefined> => void sent.push(operation);
  const front = {
    request: async (_: unknown, run: (member: unknown) => unknown) => {
      const reply = replies[Math.min(sent.length, replies.length - 1)];
      await run({ execute });
      return reply;
    },
  } as unknown as Front;
  const context = { ...world.context, front, hosts: () => [host] };
  const balancer = new Balancer(context);
  const delivery = new Delivery({ ...context, balancer, tally: new Tally(), around: 1 }, () => 0.5);
  const base = { number: 1, client: 'c0', kind: 'act', gameId: 'G0', viewer: 'admin', round: null } as const;
  const asked: Asked = { ...base, tag: 'c0-1', key, invokedAt: 0 };
  const result: { heard?: Heard | null } = {};
  const errand = { asked, operation: operationOf(asked, null), isDoubled };
  void delivery.untilAnswered(errand).then(({ heard }) => {
    result.heard = heard;
  });
  await world.pass(LONG_MS);
  const [story] = world.notes.all;
  assert.ok(story !== undefined && result.heard !== undefined);
  assert.equal(story.copies, sent.length);
  assert.ok(sent.every((operation) => operation === errand.operation));
  return { status: result.heard?.status ?? null, copies: story.copies, heard: story.heard, gaveUpAt: story.gaveUpAt };
}

function answered(status: number): FrontReply<Answer> {
  return { kind: 'answer', value: { status, body: '', owner: null } };
}

test('a keyed command is asked again until it is answered with something other than 503', async () => {
  const { status, copies, heard, gaveUpAt } = await deliver('k', [
    UNAVAILABLE,
    { kind: 'refused' },
    { kind: 'reset' },
    { kind: 'timeout' },
    OK,
  ]);
  assert.deepEqual([status, copies, gaveUpAt], [200, 5, null]);
  assert.deepEqual(
    heard.map((each) => each.status),
    [503, 200],
  );
});

test('a command without a key is asked once', async () => {
  for (const reply of [UNAVAILABLE, { kind: 'refused' }, { kind: 'timeout' }] as const) {
    const { status, copies, gaveUpAt } = await deliver(null, [reply, OK]);
    assert.deepEqual([status, copies, gaveUpAt], [null, 1, 0]);
  }
});

test('a doubled command is asked again until both copies of a try are answered', async () => {
  for (const replies of [
    [UNAVAILABLE, OK],
    [OK, UNAVAILABLE, OK],
  ]) {
    const { status, copies, heard } = await deliver('k', replies, true);
    assert.deepEqual([status, copies, heard.length], [200, 4, 4]);
  }
});

test('in the end a client gives up', async () => {
  const { status, copies, gaveUpAt } = await deliver('k', [UNAVAILABLE]);
  assert.equal(status, null);
  assert.ok(copies > 10 && gaveUpAt !== null && gaveUpAt > 15_000 && gaveUpAt < 62_000);
});
