/**
 * One NATS connection as the adapter uses it: batched publishing, requests with answers, guarded subscriptions.
 *
 * Role: everything above it speaks in requests and outcomes and never sees the client library.
 * Why not the library's own request: it makes a stack trace, a timer and a set of checked header objects per request;
 * here one subscription serves all answers, one timer all timeouts, and what one turn of the event loop sends goes out
 * in one write to the socket.
 * Invariants:
 *  - Nothing is handed to the library while it is disconnected: it would send it late.
 *  - A request settles exactly once; a disconnect settles all that are under way.
 *  - No callback's exception reaches the library: its reader would stop for good.
 */
import type { MsgHdrs, NatsConnection, Subscription as Subscribed } from 'nats';
import type { MsgImpl, NatsConnectionImpl } from 'nats/lib/nats-base-client/internal_mod.js';
import type { Clock } from '../../ports/clock.ts';
import type { Subscription } from '../../ports/messaging.ts';
import { atEndOfTurn } from '../system.ts';

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A message as it came in. `payload` is a view into the socket's buffer: copy what is kept. */
export interface Message {
  readonly subject: string;
  readonly reply: string;
  /** The raw header block; null if the message has none. */
  readonly headers: Buffer | null;
  readonly payload: Buffer;
}

export type Reply =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'noResponders' }
  | { readonly kind: 'timeout' }
  /** The connection went away before an answer came; it may have been sent. */
  | { readonly kind: 'lost' }
  /** Not connected: it was not sent. */
  | { readonly kind: 'notSent' }
  /** Above the server's max_payload: it was not sent. */
  | { readonly kind: 'tooLarge' }
  /** NATS refused this request, or another one to the same subject at that moment: this one may have been taken. */
  | { readonly kind: 'denied' };

/** A request whose every outcome `conclude` turns into the caller's result. */
export interface Request<T> {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers?: Uint8Array;
  readonly timeoutMs: number;
  readonly conclude: (reply: Reply) => T;
}

interface Pending {
  readonly subject: string;
  readonly deadline: number;
  readonly settle: (reply: Reply) => void;
}

interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply: string;
  readonly headers: Uint8Array | null;
}

/** How late a timeout may be noticed. */
const SWEEP_MS = 10;
/** How long after NATS refused a subscription it is asked again: permissions may be granted while we run. */
const RESUBSCRIBE_MS = 1_000;
const EMPTY = Buffer.alloc(0);
const NO_RESPONDERS = Buffer.from('NATS/1.0 503');

export class Wire {
  readonly clock: Clock;
  readonly log: Log;
  readonly #connection: NatsConnectionImpl;
  readonly #inboxRoot: string;
  readonly #inbox: string;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #outgoing: Outgoing[] = [];
  #requests = 0;
  #sweeping = false;
  #connected = true;

  /** `inbox`: a subject prefix that nobody else uses. */
  constructor(connection: NatsConnection, inbox: string, clock: Clock, log: Log) {
    this.#connection = connection as NatsConnectionImpl;
    this.#inboxRoot = inbox;
    this.#inbox = `${inbox}.re.`;
    this.clock = clock;
    this.log = log;
    this.subscribe(`${this.#inbox}*`, (message) => this.#onReply(message));
  }

  get connected(): boolean {
    return this.#connected && this.#connection.protocol.connected;
  }

  /** Called with every change of `connected`. Returns a function that ends it. */
  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** To be told by whoever watches the connection's status; repeated news are ignored. */
  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    if (!connected) {
      this.#outgoing = [];
      this.#settleAll({ kind: 'lost' });
    }
    for (const listener of [...this.#listeners]) this.#guard(() => listener(connected), 'connection listener');
  }

  /** Sends and forgets. False if it was not sent: disconnected, or too large. */
  publish(subject: string, payload: Uint8Array, headers: Uint8Array | null = null): boolean {
    return this.#send({ subject, payload, headers, reply: '' }) === 'sent';
  }

  request<T>({ subject, payload, headers, timeoutMs, conclude }: Request<T>): Promise<T> {
    const token = (this.#requests++).toString(36);
    const sent = this.#send({ subject, payload, headers: headers ?? null, reply: this.#inbox + token });
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply): void => {
        try {
          resolve(conclude(reply));
        } catch (error) {
          reject(error);
        }
      };
      if (sent !== 'sent') return settle({ kind: sent });
      this.#pending.set(token, { subject, deadline: this.clock.monotonic() + timeoutMs, settle });
      this.#sweepSoon();
    });
  }

  /** While NATS refuses the subscription it is tried again and again. */
  subscribe(subject: string, onMessage: (message: Message) => void): Subscription {
    let stopped = false;
    const begin = (): Subscribed => this.#connection.subscribe(subject, { callback });
    const callback = (refusal: unknown, raw: unknown): void => {
      if (stopped) return;
      if (!refusal) this.#guard(() => onMessage(toMessage(raw as MsgImpl)), subject);
      else this.clock.after(RESUBSCRIBE_MS, again);
    };
    const again = (): void => {
      if (!stopped && !this.#connection.isClosed()) subscription = begin();
    };
    let subscription = begin();
    return {
      stop: () => {
        if (stopped) return;
        stopped = true;
        if (!this.#connection.isClosed()) subscription.unsubscribe();
      },
    };
  }

  /** To be told by whoever watches the connection's status: NATS took no message to `subject` just now. */
  denied(subject: string): void {
    for (const [token, pending] of this.#pending) {
      if (pending.subject !== subject) continue;
      this.#pending.delete(token);
      pending.settle({ kind: 'denied' });
    }
  }

  /** A subject that only this connection uses; it is good for one subscription. */
  newInbox(): string {
    return `${this.#inboxRoot}.in${(this.#requests++).toString(36)}`;
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(ms, resolve));
  }

  /**
   * Ends the socket without waiting for what is written to it. The library waits, and so never gives up a connection
   * whose peer vanished while more was waiting than the system's buffer holds.
   */
  dropSocket(): void {
    const { socket } = this.#connection.protocol.transport as { socket?: { destroy(): void } };
    socket?.destroy();
  }

  /** Sends what waits and gives the server up to `timeoutMs` to take it; then every request under way is lost. */
  async close(timeoutMs: number): Promise<void> {
    this.#flush();
    if (this.connected) await Promise.race([this.#connection.flush().catch(() => {}), this.pause(timeoutMs)]);
    this.setConnected(false);
  }

  #send(message: Outgoing): 'sent' | 'notSent' | 'tooLarge' {
    if (!this.connected) return 'notSent';
    const size = message.payload.length + (message.headers?.length ?? 0);
    const limit = this.#connection.info?.max_payload;
    if (limit !== undefined && size > limit) return 'tooLarge';
    // At the end of this turn of the event loop: everything that is sent in it goes out in one write to the socket.
    if (this.#outgoing.push(message) === 1) atEndOfTurn(() => this.#flush());
    return 'sent';
  }

  #flush(): void {
    const messages = this.#outgoing;
    this.#outgoing = [];
    if (!this.connected) return;
    for (const { subject, payload, reply, headers } of messages) {
      this.#connection.publish(subject, payload, {
        reply,
        ...(headers && { headers: { encode: () => headers } as unknown as MsgHdrs }),
      });
    }
  }

  #onReply(message: Message): void {
    const token = message.subject.slice(this.#inbox.length);
    const pending = this.#pending.get(token);
    if (!pending) return;
    this.#pending.delete(token);
    pending.settle(isNoResponders(message) ? { kind: 'noResponders' } : { kind: 'message', message });
  }

  #sweepSoon(): void {
    if (this.#sweeping) return;
    this.#sweeping = true;
    this.clock.after(SWEEP_MS, () => {
      this.#sweeping = false;
      const now = this.clock.monotonic();
      for (const [token, pending] of this.#pending) {
        if (pending.deadline > now) continue;
        this.#pending.delete(token);
        pending.settle({ kind: 'timeout' });
      }
      if (this.#pending.size > 0) this.#sweepSoon();
    });
  }

  #settleAll(reply: Reply): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of waiting) pending.settle(reply);
  }

  #guard(run: () => void, where: string): void {
    try {
      run();
    } catch (error) {
      this.log.error({ err: error, where }, 'a callback on the NATS connection threw');
    }
  }
}

function toMessage(raw: MsgImpl): Message {
  const headerLength = raw._msg.hdr;
  const bytes = raw._rdata ? asBuffer(raw._rdata) : EMPTY;
  return {
    subject: raw.subject,
    get reply() {
      return raw.reply;
    },
    headers: headerLength > 0 ? bytes.subarray(0, headerLength) : null,
    payload: headerLength > 0 ? bytes.subarray(headerLength) : bytes,
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The server's own answer for a subject without subscribers: status 503 and nothing else. */
function isNoResponders({ headers, payload }: Message): boolean {
  return headers !== null && payload.length === 0 && NO_RESPONDERS.equals(headers.subarray(0, NO_RESPONDERS.length));
}
