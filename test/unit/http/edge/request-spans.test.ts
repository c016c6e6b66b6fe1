/**
 * A span for each request and each frame, within what the client says of its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { openTelemetry } from '../../../../src/adapters/tracing.ts';
import { problem } from '../../../../src/errors.ts';
import type { Answer } from '../../../../src/member/contract/gateway.ts';
import { MemorySdk } from '../../../support/memory-tracer.ts';
import { waitFor } from '../../../support/wait.ts';
import { asAdmin, injectedEdge, listeningEdge, SocketClient } from '../edge-fixture.ts';

const sdk = new MemorySdk();
const tracing = openTelemetry('1.0.0', { error: () => undefined });

const traceId = 'a'.repeat(32);
const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
const http = { 'url.scheme': 'http', 'minotaur.request.id': 'r1' };
const ofGame = { ...http, 'minotaur.game.id': 'ABC' };

const ended = async (count: number) => {
  await waitFor('the spans end', () => sdk.ended.length >= count);
  return sdk.ended.splice(0);
};

test('a request is a span, named by its route, within that of its client; what is asked for it belongs to it', async (t) => {
  const { app, gateway } = await injectedEdge(t, { tracing });
  for (const atOnce of [false, true]) {
    gateway.atOnce = atOnce;
    gateway.traces.length = 0;
    await app.inject({ url: '/v1/games/ABC?x=y', headers: { ...asAdmin, traceparent, 'x-request-id': 'r1' } });
    const [span] = await ended(1);
    assert.ok(span);
    assert.equal(span.name, 'GET /v1/games/:id');
    assert.equal(span.kind, SpanKind.SERVER);
    assert.deepEqual([span.traceId, span.parent], [traceId, 'b'.repeat(16)]);
    const route = { 'http.request.method': 'GET', 'http.route': '/v1/games/:id', 'http.response.status_code': 200 };
    assert.deepEqual(span.attributes, { ...ofGame, ...route });
    const [asked] = gateway.traces;
    assert.ok(asked?.parent && 'carrier' in asked.parent);
    assert.deepEqual(asked.parent.carrier, { traceparent: `00-${traceId}-${span.id}-01` });
  }
});

test('what a client writes into an address is in no span, and a 5xx alone is an error', async (t) => {
  const { app, gateway } = await injectedEdge(t, { tracing });
  const ask = async (url: string) => {
    await app.inject({ url, headers: { ...asAdmin, 'x-request-id': 'r1' } });
    const [span] = await ended(1);
    assert.ok(span);
    return span;
  };
  const nowhere = await ask('/secret/address');
  assert.equal(nowhere.name, 'GET');
  const answered = (status: number) => ({ 'http.request.method': 'GET', 'http.response.status_code': status });
  assert.deepEqual(nowhere.attributes, { ...http, ...answered(404) });
  assert.deepEqual([nowhere.status, nowhere.parent], [null, null]);
  const wrong = await ask('/v1/games/se.cret');
  assert.deepEqual(wrong.attributes, { ...http, 'http.route': '/v1/games/:id', ...answered(400) });
  const document = problem('session_unavailable', 'because');
  gateway.answerWith = () => ({ status: 503, body: JSON.stringify(document), owner: null });
  const failed = await ask('/v1/games/ABC');
  assert.deepEqual([failed.status?.code, failed.attributes['error.type']], [SpanStatusCode.ERROR, '503']);
});

test('a frame begins a trace, linked to the request that opened its socket, which ended then', async (t) => {
  const { port, gateway } = await listeningEdge(t, { tracing });
  const client = await SocketClient.open(t, port, 'ABC', '', { ...asAdmin, traceparent, 'x-request-id': 'r1' });
  const [opened] = await ended(1);
  assert.ok(opened);
  assert.equal(opened.attributes['http.response.status_code'], 101);
  gateway.traces.length = 0;
  await client.ask('commit_round', { body: { round: 1, playerId: 'p0' } });
  await client.ask('secret');
  const [span, unknown] = await ended(2);
  assert.ok(span && unknown);
  const rpc = { 'rpc.system': 'minotaur', 'rpc.service': 'minotaur.v1', 'minotaur.game.id': 'ABC' };
  const command = { 'rpc.method': 'commit_round', 'minotaur.request.id': 'r1.1', 'rpc.response.status_code': '200' };
  assert.deepEqual(span.attributes, { ...rpc, ...command });
  assert.deepEqual([span.name, span.kind, span.parent], ['minotaur.v1/commit_round', SpanKind.SERVER, null]);
  assert.deepEqual(
    span.links.map(({ context }) => context.spanId),
    [opened.id],
  );
  const [asked] = gateway.traces;
  assert.ok(asked?.parent && 'carrier' in asked.parent);
  assert.deepEqual(asked.parent.carrier, { traceparent: `00-${span.traceId}-${span.id}-01` });
  assert.equal(unknown.name, 'minotaur.v1/_OTHER');
});

test('a stream is one span, until it ends', async (t) => {
  const { port } = await listeningEdge(t, { tracing });
  const aborted = new AbortController();
  const url = `http://127.0.0.1:${port}/v1/games/ABC/stream`;
  await fetch(url, { headers: asAdmin, signal: aborted.signal });
  assert.equal(sdk.ended.length, 0);
  aborted.abort();
  const [span] = await ended(1);
  assert.equal(span?.name, 'GET /v1/games/:id/stream');
  assert.equal(span.attributes['http.response.status_code'], 200, 'its client ends it');
});

test('a request whose client left before it was answered has no status, and says so', async (t) => {
  const { port, gateway } = await listeningEdge(t, { tracing });
  const answer = Promise.withResolvers<Answer>();
  gateway.answerWith = () => answer.promise;
  const aborted = new AbortController();
  const url = `http://127.0.0.1:${port}/v1/games/ABC`;
  const asked = fetch(url, { headers: asAdmin, signal: aborted.signal });
  await waitFor('the request arrives', () => gateway.operations.length > 0);
  aborted.abort();
  await assert.rejects(asked);
  const [span] = await ended(1);
  answer.resolve({ status: 200, body: '{}', owner: null });
  assert.deepEqual([span?.status?.code, span?.attributes['error.type']], [SpanStatusCode.ERROR, 'client_closed']);
  assert.equal(span?.attributes['http.response.status_code'], undefined);
});
