/**
 * Adapter: spans, by the API of OpenTelemetry.
 *
 * Role: the operator's SDK, which is loaded before the member (`node --import`), samples, gives ids and exports; here is what it is told.
 * Invariants:
 *  - Without an SDK there is no tracing at all, so nothing is paid for it.
 *  - Nothing that an SDK throws reaches the member: its samplers and processors are code of others, and games go on without spans.
 *  - Of what a client or another member names, only a span is taken: baggage of strangers would go on to all members.
 */
import {
  type Context,
  isSpanContextValid,
  type Span as OtelSpan,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Log } from '../ports/log.ts';
import type { Attributes, Parent, Span, SpanStart, Tracing } from '../ports/tracing.ts';

/** Null: no SDK is there, or it fails at once. */
export function openTelemetry(version: string, log: Pick<Log, 'error'>): Tracing | null {
  const guard = guardOf(log);
  return guard<Tracing | null>(null, () => {
    const tracer = trace.getTracer('minotaur', version);
    // Every SDK gives ids, the API's own no-op does not. What never ends is never exported.
    const isReal = isSpanContextValid(tracer.startSpan('start', { root: true }).spanContext());
    return isReal ? { begin: (start) => guard(untraced, () => begin(tracer, start, guard)) } : null;
  });
}

/** Gives what `call` gives, or `otherwise` if it throws. */
type Guard = <Given>(otherwise: Given, call: () => Given) => Given;

function guardOf(log: Pick<Log, 'error'>): Guard {
  return (otherwise, call) => {
    try {
      return call();
    } catch (error) {
      log.error({ err: error }, 'tracing failed: spans are lost, requests are not');
      return otherwise;
    }
  };
}

/** In place of a span that could not begin. */
const untraced: Span = { carrier: {}, end: () => undefined };

const kinds = {
  request: SpanKind.SERVER,
  forward: SpanKind.CLIENT,
  commit: SpanKind.CLIENT,
} as const;

class OpenSpan implements Span {
  readonly context: Context;
  readonly #span: OtelSpan;
  readonly #guard: Guard;
  #isOver = false;

  constructor(span: OtelSpan, within: Context, guard: Guard) {
    this.#span = span;
    this.#guard = guard;
    this.context = trace.setSpan(within, span);
  }

  get carrier(): Record<string, string> {
    return this.#guard({}, () => {
      const carrier = {};
      propagation.inject(this.context, carrier);
      return carrier;
    });
  }

  end(attributes: Attributes = {}, error?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#guard(undefined, () => {
      this.#span.setAttributes(attributes);
      if (error !== undefined) {
        this.#span.setAttribute('error.type', error);
        this.#span.setStatus({ code: SpanStatusCode.ERROR });
      }
      this.#span.end();
    });
  }
}

function begin(tracer: Tracer, { role, name, attributes, parent, links = [] }: SpanStart, guard: Guard): Span {
  const within = contextOf(parent);
  const linked = links.flatMap((link) => trace.getSpanContext(contextOf(link)) ?? []);
  const options = {
    kind: role === 'command' ? ownersKind(within) : kinds[role],
    attributes,
    links: linked.map((context) => ({ context })),
  };
  return new OpenSpan(tracer.startSpan(name, options, within), within, guard);
}

/** Of an owner: whether another member asked. */
function ownersKind(within: Context): SpanKind {
  return trace.getSpanContext(within)?.isRemote ? SpanKind.SERVER : SpanKind.INTERNAL;
}

function contextOf(parent: Parent | undefined): Context {
  if (parent instanceof OpenSpan) return parent.context;
  const named = parent && trace.getSpanContext(propagation.extract(ROOT_CONTEXT, parent));
  return named === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, named);
}
