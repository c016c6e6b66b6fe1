/**
 * Spans by the API of OpenTelemetry: none without an SDK; with one, of the right kind, within the right one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { propagation, SpanKind, SpanStatusCode, type TextMapPropagator, trace } from '@opentelemetry/api';
import { openTelemetry } from '../../../src/adapters/tracing.ts';
import { MemorySdk } from '../../support/memory-tracer.ts';

const failures: unknown[] = [];
const log = { error: (_fields: object, message: string) => failures.push(message) };
const before = openTelemetry('1.0.0', log);
let told: () => void = () => undefined;
const sdk = new MemorySdk(() => told());
const tracing = openTelemetry('1.0.0', log);
assert.ok(tracing);

const attributes = { 'minotaur.slot': 1 };
const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

test('without an SDK nobody traces', () => {
  assert.equal(before, null);
  assert.deepEqual(sdk.ended, [], 'and finding out leaves no span');
});

test('a span belongs to one of this process, to what a carrier names, or to none', () => {
  const root = tracing.begin({ role: 'request', name: 'root', attributes, parent: {} });
  const child = tracing.begin({ role: 'forward', name: 'child', attributes, parent: root });
  const owner = tracing.begin({ role: 'command', name: 'owner', attributes, parent: child.carrier });
  const local = tracing.begin({ role: 'command', name: 'local', attributes, parent: root });
  const commit = tracing.begin({ role: 'commit', name: 'commit', attributes, links: [owner, local, { other: 'x' }] });
  const told = tracing.begin({ role: 'request', name: 'told', attributes, parent: { traceparent } });
  for (const span of [root, child, owner, local, commit, told]) span.end();
  const [r, c, o, l, w, t] = sdk.ended.splice(0);
  assert.ok(r && c && o && l && w && t);
  assert.deepEqual(
    [r, c, o, l, w, t].map(({ kind }) => kind),
    [SpanKind.SERVER, SpanKind.CLIENT, SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CLIENT, SpanKind.SERVER],
  );
  assert.deepEqual([r.parent, c.parent, o.parent, l.parent, w.parent], [null, r.id, c.id, r.id, null]);
  assert.equal(new Set([r, c, o, l].map(({ traceId }) => traceId)).size, 1);
  assert.notEqual(w.traceId, r.traceId);
  assert.deepEqual(
    w.links.map(({ context }) => context.spanId),
    [o.id, l.id],
  );
  assert.deepEqual([t.traceId, t.parent, t.isParentRemote], ['a'.repeat(32), 'b'.repeat(16), true]);
});

test('a span ends once; what went wrong is its status', () => {
  const span = tracing.begin({ role: 'commit', name: 'n', attributes });
  span.end({ 'minotaur.commit.operations': 3 }, 'conflict');
  span.end({ 'minotaur.commit.operations': 4 });
  const [ended, ...more] = sdk.ended.splice(0);
  assert.equal(more.length, 0);
  assert.deepEqual(ended?.attributes, {
    ...attributes,
    'minotaur.commit.operations': 3,
    'error.type': 'conflict',
  });
  assert.equal(ended?.status?.code, SpanStatusCode.ERROR);
});

test('whatever an SDK throws, no span of ours does; each is told to the log', (t) => {
  const fails = () => {
    throw new Error('of the SDK');
  };
  const open = tracing.begin({ role: 'command', name: 'open', attributes });
  told = fails;
  t.after(() => {
    told = () => undefined;
    sdk.ended.length = 0;
  });
  open.end();
  const propagator = { fields: () => [], inject: fails, extract: fails } satisfies TextMapPropagator;
  t.mock.method(propagation, 'inject', propagator.inject);
  assert.deepEqual(open.carrier, {});
  t.mock.method(propagation, 'extract', propagator.extract);
  const lost = tracing.begin({ role: 'request', name: 'lost', attributes, parent: {} });
  assert.deepEqual(lost.carrier, {});
  lost.end();
  t.mock.method(trace, 'getTracer', fails);
  assert.equal(openTelemetry('1.0.0', log), null);
  assert.deepEqual(failures, Array(4).fill('tracing failed: spans are lost, requests are not'));
});

test('what could not begin is no parent and no link', () => {
  const failing = {
    get traceparent(): string {
      throw new Error('of the SDK');
    },
  };
  const lost = tracing.begin({ role: 'request', name: 'lost', attributes, parent: failing });
  const child = tracing.begin({ role: 'command', name: 'child', attributes, parent: lost, links: [lost] });
  child.end();
  const [ended, ...more] = sdk.ended.splice(0);
  assert.deepEqual([ended?.name, ended?.parent, ended?.links, more], ['child', null, [], []]);
});

test('baggage of strangers goes no further: of what a client sends, only its span does', (t) => {
  const baggage = propagation.createBaggage({ user: { value: 'secret' } });
  const { extract } = propagation;
  t.mock.method(propagation, 'extract', (...given: Parameters<typeof extract>) =>
    propagation.setBaggage(extract.apply(propagation, given), baggage),
  );
  const within: unknown[] = [];
  t.mock.method(propagation, 'inject', (context: Parameters<typeof propagation.inject>[0]) =>
    within.push(propagation.getBaggage(context), trace.getSpanContext(context)?.traceId),
  );
  const span = tracing.begin({ role: 'request', name: 'n', attributes, parent: { traceparent } });
  assert.ok(span.carrier);
  assert.deepEqual(within, [undefined, 'a'.repeat(32)]);
});
