/**
 * What passed over the wire: a frame of a socket, or a request.
 */
export interface Passed {
  readonly at: number;
  readonly way: 'in' | 'out';
  /** Of a frame its text, of a request its body. */
  readonly text: string;
  /** Of a request: method, path and status. */
  readonly request: string | null;
  /** How long the answer took. */
  readonly ms: number | null;
}
