/** What was recorded of the wire, in the order in which it came (record-wire.ts). */
export type Recorded =
  | { readonly request: RecordedRequest }
  /** A socket was asked for: path and query. */
  | { readonly socket: string }
  | { readonly open: true }
  | { readonly frame: object }
  | { readonly close: { readonly code: number; readonly reason: string } };

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly answer: unknown;
}
