/**
 * Everything that this library needs of where it runs, a browser or Node.js: the one file that touches globals.
 *
 * Why injected: tests give time and networks of their own; Node.js 20, which has no WebSocket, may be given one (else streams are used).
 */

/** The part of a WebSocket that is used. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export type SocketClass = new (url: string, protocols: string[]) => Socket;

export interface Host {
  readonly fetch: typeof fetch;
  /** Null: there are none here. */
  readonly WebSocket: SocketClass | null;
  /** Ms, only forward. */
  now(): number;
  /** Ms since the epoch, as far as this machine knows. */
  wall(): number;
  random(): number;
  /** Unguessable, and never twice. */
  key(): string;
  /** Runs once; the function that it gives cancels. */
  after(ms: number, run: () => void): () => void;
}

export function hostOf(given: Partial<Host> = {}): Host {
  return {
    fetch: (...request) => fetch(...request),
    WebSocket: typeof WebSocket === 'undefined' ? null : (WebSocket as unknown as SocketClass),
    now: () => performance.now(),
    wall: () => Date.now(),
    random: () => Math.random(),
    key: () =>
      [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    after: (ms, run) => {
      const timer = setTimeout(run, Math.min(ms, 0x7fff_ffff));
      return () => clearTimeout(timer);
    },
    ...given,
  };
}
