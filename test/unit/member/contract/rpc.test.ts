/**
 * Frames between members: a checked header, raw bytes as they are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeReply,
  decodeRequest,
  encodeFrame,
  type RpcReply,
  type RpcRequest,
  type TransferEntry,
  type WireOperation,
} from '../../../../src/member/contract/rpc.ts';
import { bytes, text } from '../lab.ts';

const command = { principal: 'p', id: 'c', keyed: true, again: false, receivedAt: 5, fingerprint: 'f' };
const entry = {
  ...{ gameId: 'G', revision: 4, unsettled: false, status: 'active', listed: true, epoch: 2, commit: 3 },
  ...{ suspended: true, playedAt: 8 },
};
const byAdmin = { gameId: 'G', caller: { kind: 'admin' }, may: ['self', 'admin'] } as const;
const byNobody = { gameId: 'G', caller: { kind: 'public' }, may: ['anyone'] } as const;
const bearer = { playerId: 'p0', nonce: 'n', generation: 7 };
const byPlayer = { gameId: 'G', caller: { kind: 'player', ...bearer }, may: ['player', 'host'] } as const;
const origin = { nonce: 'n', host: { playerId: 'h', displayName: null } };

/** Of every kind, in every way of asking. */
const operations = [
  { kind: 'read', ...byAdmin, consistency: 'strong' },
  { kind: 'read', ...byNobody, consistency: 'eventual' },
  { kind: 'continue', ...byAdmin, document: { id: 'G', players: null }, origin: { nonce: 'n', host: null }, command },
  { kind: 'create', ...byNobody, document: { status: 'lobby' }, origin, command },
  { kind: 'create', ...byAdmin, document: { status: 'lobby' }, origin: { ...origin, byAdmin: true }, command },
  { kind: 'command', ...byPlayer, input: { type: 'end_round', round: 3 } as never, command },
  { kind: 'erase', ...byAdmin, command },
  { kind: 'erase', ...byAdmin, command: { ...command, waited: true } },
  { kind: 'events', ...byPlayer },
  { kind: 'state', gameId: 'G' },
] as unknown as readonly WireOperation[];

const envelope = { type: 'execute', slot: 3, revision: 9, deadline: 12, interested: true } as const;
const requests: readonly RpcRequest[] = [
  { type: 'ping' },
  ...operations.map((operation): RpcRequest => ({ ...envelope, operation })),
  { ...envelope, revision: 0, interested: false, operation: { kind: 'state', gameId: 'G' } },
  { type: 'offer', slot: 0, transferId: 't', from: 'm1' },
  { type: 'transfer', slot: 0, transferId: 't', whole: { epoch: 1, attempt: 1, total: 2 }, sessions: [] },
  { type: 'transfer', slot: 0, transferId: 't', sessions: [{ ...entry, deadline: null, bytes: null }] },
  { type: 'list', status: null, listedOnly: true, limit: 10, cursor: 'G' },
  { type: 'stats' },
  { type: 'drain', on: false, deadline: 1 },
];
const webhook = { waiting: 1, oldestMs: 2, givenUp: 3, deliveredMsAgo: null };
/** As a member of an older version says it. */
const failure = { outcome: 'rejected', status: 422, msAgo: 4 };
const replies: readonly RpcReply[] = [
  { type: 'ok' },
  { type: 'refused', reason: 'leaving' },
  { type: 'answer', status: 200, owner: null },
  { type: 'answer', status: 201, owner: 'm1', grant: { role: 'host', ...bearer } },
  { type: 'moved', revision: 7, uncertain: true },
  { type: 'page', slots: [1, 2], games: [{ id: 'G', status: 'active', roundEndTime: null, listed: false }] },
  { type: 'stats', sessions: 3 },
  { type: 'stats', sessions: 3, webhook: { ...webhook, failure } },
  { type: 'stats', sessions: 3, webhook: { ...webhook, failure: { ...failure, ofOneGame: true } } },
];

test('a member that knows of no rest hands over games whose clocks run', () => {
  const { suspended: _, playedAt: __, ...older } = { ...entry, deadline: 4, bytes: null };
  const sent = encodeFrame({ type: 'transfer', slot: 0, transferId: 't', sessions: [older as TransferEntry] });
  const { header } = decodeRequest(sent);
  assert.ok(header.type === 'transfer');
  assert.deepEqual(header.sessions, [{ ...older, suspended: false, playedAt: null }]);
});

test('every request and every reply comes through', () => {
  for (const request of requests) assert.deepEqual(decodeRequest(encodeFrame(request)).header, request);
  for (const reply of replies) assert.deepEqual(decodeReply(encodeFrame(reply)).header, reply);
});

test('a game that is to be resumed has no document at the other end either', () => {
  const resuming = { kind: 'continue', ...byPlayer, document: undefined, origin, command } as unknown as WireOperation;
  const { header } = decodeRequest(encodeFrame({ ...envelope, operation: resuming }));
  assert.ok(header.type === 'execute' && header.operation.kind === 'continue');
  assert.equal(header.operation.document, undefined);
});

test('an answer without a grant has none at the other end', () => {
  const { header } = decodeReply(encodeFrame({ type: 'answer', status: 200, owner: 'm1' }));
  assert.equal('grant' in header, false);
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

test('what no member says is unreadable, and nothing worse', () => {
  const frame = (header: unknown) => bytes(`${JSON.stringify(header)}\n`);
  const bad: Record<string, Uint8Array> = {
    'no newline': bytes('{"type":"ping"}'),
    'no JSON': bytes('ping\n'),
    'an unknown type': frame({ type: 'dance' }),
    'a slot below zero': frame({ type: 'offer', slot: -1, transferId: 't', from: 'm' }),
    'an unknown operation': frame({ ...envelope, operation: { kind: 'steal', ...byAdmin, command } }),
    'a command without an identity': frame({
      ...envelope,
      operation: { kind: 'create', ...byAdmin, document: {}, origin },
    }),
    'an erasure without an identity': frame({ ...envelope, operation: { kind: 'erase', ...byAdmin } }),
    'a creation without an origin': frame({
      ...envelope,
      operation: { kind: 'create', ...byAdmin, document: {}, command },
    }),
    'an input that is no object': frame({
      ...envelope,
      operation: { kind: 'command', ...byAdmin, input: 'x', command },
    }),
    'nobody who asks': frame({ ...envelope, operation: { kind: 'events', gameId: 'G', may: ['anyone'] } }),
    'nothing that is asked for': frame({ ...envelope, operation: { ...operations[0], may: undefined } }),
    'a relation that nobody knows': frame({ ...envelope, operation: { ...operations[0], may: ['friend'] } }),
    'a player without a generation': frame({
      ...envelope,
      operation: { ...operations[0], caller: { ...byPlayer.caller, generation: undefined } },
    }),
    'a caller of an unknown kind': frame({ ...envelope, operation: { ...operations[0], caller: { kind: 'root' } } }),
    'a reply': frame({ type: 'ok' }),
  };
  for (const [what, payload] of Object.entries(bad))
    assert.equal(decodeRequest(payload).header.type, 'unreadable', what);
  assert.equal(decodeReply(encodeFrame({ type: 'ping' })).header.type, 'unreadable');
  const grant = { role: 'admin', ...bearer };
  assert.equal(decodeReply(frame({ type: 'answer', status: 200, owner: 'm1', grant })).header.type, 'unreadable');
});

test('the id of a request comes through; a member without any, or with another idea of it, is understood', () => {
  const traced = (trace?: unknown) => {
    const operation = { ...operations[0], ...(trace !== undefined && { trace }) };
    const { header } = decodeRequest(bytes(`${JSON.stringify({ ...envelope, operation })}\n`));
    assert.ok(header.type === 'execute' && header.operation.kind === 'read');
    return header.operation.trace;
  };
  assert.deepEqual(traced({ requestId: 'r1' }), { requestId: 'r1' });
  assert.deepEqual(traced({ requestId: 'r1', addedLater: 1 }), { requestId: 'r1' });
  for (const other of [undefined, null, 'r1', { requestId: 1 }, {}]) assert.equal(traced(other), undefined);
});

test('fields that a newer member adds are left out', () => {
  const payload = bytes(`${JSON.stringify({ type: 'ping', addedLater: 1 })}\n`);
  assert.deepEqual(decodeRequest(payload).header, { type: 'ping' });
});
