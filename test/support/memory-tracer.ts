/**
 * An SDK of OpenTelemetry in memory: keeps every span that was ended, and names spans to other processes as W3C Trace Context says.
 *
 * Role: as much of an SDK as the tests need to see what a real one would be told; ids are counted.
 */
import {
  type Attributes,
  type Context,
  type Link,
  propagation,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type SpanStatus,
  type TextMapPropagator,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';

export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly status: SpanStatus | null;
  readonly id: string;
  readonly traceId: string;
  /** Id of the span that it belongs to; null: it began its trace. */
  readonly parent: string | null;
  readonly isParentRemote: boolean;
}

/** Registers itself, as an SDK that `--import` loads would: once a process. */
export class MemorySdk {
  readonly ended: EndedSpan[] = [];
  #ids = 0;
  readonly #told: (span: EndedSpan) => void;

  /** `told` is told of each span as it ends. */
  constructor(told: (span: EndedSpan) => void = () => undefined) {
    this.#told = told;
    const startSpan: Tracer['startSpan'] = (name, options = {}, context) => this.#start(name, options, context);
    const getTracer = () => ({ startSpan }) as Tracer;
    trace.setGlobalTracerProvider({ getTracer });
    propagation.setGlobalPropagator(w3c);
  }

  named(name: string): readonly EndedSpan[] {
    return this.ended.filter((span) => span.name === name);
  }

  #start(name: string, { kind, attributes: first, links = [], root }: SpanOptions, context?: Context): Span {
    const parent = context === undefined || root ? undefined : trace.getSpanContext(context);
    this.#ids += 1;
    const id = this.#ids.toString(16).padStart(16, '0');
    const traceId = parent?.traceId ?? this.#ids.toString(16).padStart(32, '0');
    const spanContext: SpanContext = { traceId, spanId: id, traceFlags: TraceFlags.SAMPLED };
    const attributes = { ...first };
    let status: SpanStatus | null = null;
    const span = {
      spanContext: () => spanContext,
      setAttribute: (key: string, value: string) => Object.assign(attributes, { [key]: value }),
      setAttributes: (more: Attributes) => Object.assign(attributes, more),
      setStatus: (given: SpanStatus) => {
        status = given;
      },
      end: () => {
        const from = { parent: parent?.spanId ?? null, isParentRemote: parent?.isRemote === true };
        const ended = { name, kind, attributes, links, status, id, traceId, ...from };
        this.ended.push(ended);
        this.#told(ended);
      },
    };
    return span as unknown as Span;
  }
}

const shape = /^00-([\da-f]{32})-([\da-f]{16})-(\d\d)$/;

const w3c: TextMapPropagator = {
  fields: () => ['traceparent'],
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context);
    if (span !== undefined) setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`);
  },
  extract(context, carrier, getter) {
    const [, traceId, spanId, flags] = shape.exec(String(getter.get(carrier, 'traceparent'))) ?? [];
    if (traceId === undefined || spanId === undefined) return context;
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: Number(flags), isRemote: true });
  },
};
