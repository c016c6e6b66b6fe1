/**
 * Frames between members: a checked header, raw bytes as they are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeReply, decodeRequest, encodeFrame, type RpcReply, type RpcRequest } from '../../../src/member/rpc.ts';
import { bytes, text } from './lab.ts';

const command = { principal: 'p', id: 'c', keyed: true, again: false, receivedAt: 5, fingerprint: 'f' };
const entry = { gameId: 'G', revision: 4, unsettled: false, status: 'active', listed: true, epoch: 2, commit: 3 };
const requests: readonly RpcRequest[] = [
  { type: 'ping' },
  {
    type: 'execute',
    operation: { kind: 'read', gameId: 'G', viewer: 'admin', consistency: 'strong' },
    slot: 3,
    revision: 9,
    deadline: 12,
    interested: true,
  },
  {
    type: 'execute',
    operation: { kind: 'continue', gameId: 'G', viewer: 'public', document: { id: 'G', players: null }, command },
    slot: 3,
    revision: 0,
    deadline: 12,
    interested: false,
  },
  { type: 'offer', slot: 0, transferId: 't', from: 'm1' },
  { type: 'transfer', slot: 0, transferId: 't', sessions: [{ ...entry, deadline: null, bytes: null }] },
  { type: 'list', status: null, listedOnly: true, limit: 10, cursor: 'G' },
  { type: 'stats' },
  { type: 'drain', on: false, deadline: 1 },
];
const replies: readonly RpcReply[] = [
  { type: 'ok' },
  { type: 'refused', reason: 'leaving' },
  { type: 'answer', status: 200, owner: null },
  { type: 'moved', revision: 7, uncertain: true },
  { type: 'page', slots: [1, 2], games: [{ id: 'G', status: 'active', roundEndTime: null, listed: false }] },
  { type: 'stats', sessions: 3 },
];

test('every request and every reply comes through', () => {
  for (const request of requests) assert.deepEqual(decodeRequest(encodeFrame(request)).header, request);
  for (const reply of replies) assert.deepEqual(decodeReply(encodeFrame(reply)).header, reply);
});

test('a command keeps its input as it is', () => {
  const operation = {
    kind: 'command' as const,
    gameId: 'G',
    viewer: 'admin' as const,
    input: { type: 'end_round', round: 3 } as never,
    command,
  };
  const request: RpcRequest = { type: 'execute', operation, slot: 1, revision: 1, deadline: 1, interested: false };
  assert.deepEqual(decodeRequest(encodeFrame(request)).header, request);
});

test('a body travels raw, newlines and all', () => {
  const body = new Uint8Array([10, 0, 255, 123, 10, 10]);
  const decoded = decodeReply(encodeFrame({ type: 'ok' }, body));
  assert.deepEqual([...decoded.body], [...body]);
  assert.equal(decodeReply(encodeFrame({ type: 'ok' })).body.length, 0);
  const answer = encodeFrame({ type: 'answer', status: 200, owner: 'ü\n' }, bytes('{"a":1}'));
  assert.deepEqual(
    [decodeReply(answer).header, text(decodeReply(answer).body)],
    [{ type: 'answer', status: 200, owner: 'ü\n' }, '{"a":1}'],
  );
});

test('what no member says is refused', () => {
  const frame = (header: unknown) => bytes(`${JSON.stringify(header)}\n`);
  const bad: Record<string, Uint8Array> = {
    'no newline': bytes('{"type":"ping"}'),
    'no JSON': bytes('ping\n'),
    'an unknown type': frame({ type: 'dance' }),
    'a slot below zero': frame({ type: 'offer', slot: -1, transferId: 't', from: 'm' }),
    'an unknown operation': frame({ ...requests[1], operation: { kind: 'steal', gameId: 'G', viewer: 'admin' } }),
    'a command without an identity': frame({
      ...requests[2],
      operation: { ...command, kind: 'continue', gameId: 'G', viewer: 'admin' },
    }),
    'an input that is no object': frame({
      ...requests[1],
      operation: { kind: 'command', gameId: 'G', viewer: 'admin', input: 'x', command },
    }),
    'a reply': frame({ type: 'ok' }),
  };
  for (const [what, payload] of Object.entries(bad)) assert.throws(() => decodeRequest(payload), what);
  assert.throws(() => decodeReply(encodeFrame({ type: 'ping' })));
});

test('fields that a newer member adds are left out', () => {
  const payload = bytes(`${JSON.stringify({ type: 'ping', addedLater: 1 })}\n`);
  assert.deepEqual(decodeRequest(payload).header, { type: 'ping' });
});
