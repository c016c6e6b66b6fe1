/**
 * Port: what a request is followed by, through every member that has to do with it: its id, and the spans of whoever traces.
 *
 * Role: spans are begun and ended, nothing can be read from them; so no decision can depend on who traces.
 * Invariant: nothing here throws, whatever the SDK of the operator does: a span may be lost, a write that landed may not.
 * Why parents are handed on by hand: what a member writes for many requests at once belongs to none, and an ambient one would be wrong.
 */

/** What is done for a request. */
export interface Followed {
  /** Absent: nobody asked for it from outside, or a member of an older version does not say who did. */
  readonly trace?: Trace | undefined;
}

export interface Trace {
  /** Stands in the log lines about the request; of safe characters only. */
  readonly requestId: string;
  /** What the next span belongs to; absent: nobody traces. */
  readonly parent?: Parent | undefined;
}

/** Whoever traces, as all that do need to know. */
export interface Traced {
  /** Null: nobody traces. Nothing is made for spans then. */
  readonly tracing: Tracing | null;
}

export interface Tracing {
  begin(start: SpanStart): Span;
}

export interface SpanStart {
  /**
   * `request`: one that came in. `forward`: to another member. `command`: what an owner is asked, by itself or another member. `commit`: a
   * write for all commands that are its links.
   */
  readonly role: 'request' | 'forward' | 'command' | 'commit';
  readonly name: string;
  readonly attributes: Attributes;
  /** Absent: it begins a trace. */
  readonly parent?: Parent | undefined;
  readonly links?: readonly Parent[];
}

/** By the semantic conventions of OpenTelemetry, where they have a name for it. */
export type Attributes = Readonly<Record<string, string | number>>;

export interface Span {
  /** Names it to other processes. */
  readonly carrier: Readonly<Record<string, string>>;
  /** Only the first call counts. `error`: what went wrong, in a word. */
  end(attributes?: Attributes, error?: string): void;
}

/** A span of this process; or what another one names one by, among other things: headers, say. */
export type Parent = Span | Readonly<Record<string, string | string[] | undefined>>;
