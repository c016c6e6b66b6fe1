/**
 * A host in memory for the client library: time that passes when told, sockets that do what tests say, answers by hand.
 */
import type { Host, Socket } from '../../../src/client/host.ts';
import { ManualClock } from '../http/edge-fixture.ts';

export class FakeSocket implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;
  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  open(): void {
    this.onopen?.(undefined as never);
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason });
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }
}

export interface FakeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly isAborted: boolean;
  answer(status: number, body?: unknown, headers?: Record<string, string>): void;
  /** Answers with a stream; gives what writes to it, or (null) ends it. */
  stream(): (text: string | null) => void;
  fail(): void;
}

export class FakeHost {
  readonly clock = new ManualClock();
  readonly sockets: FakeSocket[] = [];
  readonly requests: FakeRequest[] = [];
  readonly host: Host;
  #keys = 0;

  constructor() {
    const { sockets, clock } = this;
    this.host = {
      WebSocket: class extends FakeSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols);
          sockets.push(this);
        }
      },
      fetch: (url, options) => this.#request(String(url), options ?? {}),
      now: () => clock.monotonic(),
      wall: () => 1_000_000 + clock.monotonic(),
      random: () => 0.5,
      key: () => {
        this.#keys += 1;
        return `key-${this.#keys}`;
      },
      after: (ms, run) => {
        const timer = clock.after(ms, run);
        return () => timer.cancel();
      },
    };
  }

  /** The newest. */
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }

  /** The newest. */
  get request(): FakeRequest {
    return this.requests.at(-1) as FakeRequest;
  }

  /** Lets everything settle that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  #request(url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
      this.requests.push({
        url,
        method,
        headers: headers as Record<string, string>,
        body: body === undefined || body === null ? null : JSON.parse(String(body)),
        answer: (status, content = {}, more = {}) =>
          resolve(new Response(status === 204 ? null : JSON.stringify(content), { status, headers: more })),
        get isAborted() {
          return signal?.aborted === true;
        },
        stream: () => {
          const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
          const writer = writable.getWriter();
          resolve(new Response(readable));
          return (text) => {
            const done = text === null ? writer.close() : writer.write(new TextEncoder().encode(text));
            done.catch(() => undefined);
          };
        },
        fail: () => reject(new Error('no network')),
      });
    });
  }
}
