/**
 * What a gateway says of a command when it first sends it on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf } from '../../../../src/member/contract/host-answers.ts';
import { decodeRequest, encodeFrame, type WireOperation } from '../../../../src/member/contract/rpc.ts';
import { identify, receivedOf } from '../../../../src/member/gateway/command-identity.ts';
import { mayBeOld } from '../../../../src/session/session-command.ts';
import { act } from '../little-cluster.ts';

const time = { isKnown: true, at: (monotonic: number) => 1_000 + monotonic };
const context = { time, random: { token: () => 'abc', fraction: () => 0 } } as never;

function sent(received: { at: number; waited: boolean }) {
  const operation = identify(context, act('G', 'k'), received) as WireOperation | null;
  assert.ok(operation !== null && 'command' in operation);
  const { header } = decodeRequest(
    encodeFrame({ type: 'execute', operation, slot: 1, revision: 1, deadline: 1, interested: false }),
  );
  assert.ok(header.type === 'execute' && 'command' in header.operation);
  const { receivedAt, waited } = header.operation.command;
  return { receivedAt, waited };
}

test('a command says when it was received, and whether it may have been later', () => {
  assert.deepEqual(sent({ at: 5, waited: false }), { receivedAt: 1_005, waited: undefined });
  assert.deepEqual(sent({ at: 5, waited: true }), { receivedAt: 1_005, waited: true });
});

test('who may have come late is answered 503: nobody knows whether it was applied', () => {
  const answer = answerOf(mayBeOld(0).reply) as { status: number; body: string };
  const { code, outcome } = JSON.parse(answer.body) as { code: string; outcome: string };
  assert.deepEqual([answer.status, code, outcome], [503, 'session_unavailable', 'unknown']);
});

test('what waited before its gateway was asked may have come so much earlier', () => {
  const asked = { at: 100, waited: false };
  const operation = act('G', 'k');
  assert.ok('command' in operation);
  assert.deepEqual(receivedOf(operation, asked), asked);
  const late = { ...operation, command: { ...operation.command, waitedMs: 70 } };
  assert.deepEqual(receivedOf(late, asked), { at: 30, waited: true });
});
