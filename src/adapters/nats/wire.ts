/**
 * NATS as the adapter uses it: batched publishing, requests with answers, guarded subscriptions.
 *
 * Role: everything above it speaks in requests and outcomes and never sees which connection carries them.
 * Why not the library's own request: it makes a stack trace, a timer and a set of checked header objects per request;
 * here one subscription serves all answers, one timer all timeouts, and what one turn of the event loop sends goes out
 * in one write to the socket, as far as the socket has room (`send-queue.ts`).
 * Invariants:
 *  - What cannot be sent on the present connection is never sent; nor is a request whose time was up before its turn came.
 *  - A request settles exactly once; a disconnect settles all that are under way.
 *  - A subscription lives until it is stopped: every connection begins with all of them.
 *  - No callback's exception reaches the library: the connection would end.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Subscription } from '../../ports/messaging.ts';
import { atEndOfTurn } from '../system.ts';
import type { Link } from './link.ts';
import { isNoResponders, type Message } from './message.ts';
import { type Outgoing, SendQueue } from './send-queue.ts';

export type { Log };

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
  /** It goes before everything that is not. Default false. */
  readonly urgent?: boolean;
  /** For an answer of several messages: takes each; false if it is the last one, which `conclude` gets. Never throws. */
  readonly more?: (part: Message) => boolean;
  readonly conclude: (reply: Reply) => T;
}

interface Pending {
  readonly subject: string;
  readonly more: ((part: Message) => boolean) | undefined;
  readonly deadline: number;
  readonly settle: (reply: Reply) => void;
}

interface Subscribed {
  readonly subject: string;
  readonly onMessage: (message: Message) => void;
  stopped: boolean;
  /** Ends it on the present connection. */
  end: () => void;
}

/** How late a timeout may be noticed. */
const SWEEP_MS = 10;
/** How soon it is seen that the socket has room again. */
const ROOM_MS = 1;
/** How long after NATS refused a subscription it is asked again: permissions may be granted while we run. */
const RESUBSCRIBE_MS = 1_000;
/** Of a server whose configuration says nothing about it. */
export const USUAL_PAYLOAD_BYTES = 1024 * 1024;

export class Wire {
  readonly clock: Clock;
  readonly log: Log;
  readonly #inboxRoot: string;
  readonly #inbox: string;
  readonly #pending = new Map<string, Pending>();
  readonly #subscriptions = new Set<Subscribed>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #link: Link | null = null;
  readonly #outgoing = new SendQueue();
  /** A flush comes at the end of this turn. */
  #flushing = false;
  /** A flush comes as soon as the socket may have room again. */
  #waiting = false;
  #requests = 0;
  #sweeping = false;

  /** `inbox`: a subject prefix that nobody else uses. Disconnected until it is attached to a link. */
  constructor(inbox: string, clock: Clock, log: Log) {
    this.#inboxRoot = inbox;
    this.#inbox = `${inbox}.re.`;
    this.clock = clock;
    this.log = log;
    this.subscribe(`${this.#inbox}*`, (message) => this.#onReply(message));
  }

  get connected(): boolean {
    return this.#link?.isOpen ?? false;
  }

  /** Bytes that were sent and that the system has not taken yet. */
  get unsent(): number {
    return this.#link?.unsent ?? 0;
  }

  /** What the server takes in one message, headers included. */
  get largestMessage(): number {
    return this.#link?.info.max_payload ?? USUAL_PAYLOAD_BYTES;
  }

  /** Called with every change of `connected`. Returns a function that ends it. */
  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From here on this link carries everything. */
  attach(link: Link): void {
    this.#link = link;
    for (const subscribed of this.#subscriptions) this.#begin(subscribed, link);
    this.#tell(true);
  }

  /** The link has ended. */
  detach(): void {
    if (this.#link === null) return;
    this.#link = null;
    this.#outgoing.clear();
    this.#settleAll({ kind: 'lost' });
    this.#tell(false);
  }

  /** Sends and forgets. False if it was not sent: disconnected, or too large. */
  publish(subject: string, payload: Uint8Array, headers: Uint8Array | null = null): boolean {
    return this.#send({ subject, payload, headers, reply: '', urgent: false }) === 'sent';
  }

  request<T>({ subject, payload, headers, timeoutMs, urgent = false, more, conclude }: Request<T>): Promise<T> {
    const token = (this.#requests++).toString(36);
    const sent = this.#send({ subject, payload, headers: headers ?? null, reply: this.#inbox + token, urgent });
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply): void => {
        try {
          resolve(conclude(reply));
        } catch (error) {
          reject(error);
        }
      };
      if (sent !== 'sent') return settle({ kind: sent });
      this.#pending.set(token, { subject, more, deadline: this.clock.monotonic() + timeoutMs, settle });
      this.#sweepSoon();
    });
  }

  /** While NATS refuses the subscription it is tried again and again. */
  subscribe(subject: string, onMessage: (message: Message) => void): Subscription {
    const subscribed: Subscribed = { subject, onMessage, stopped: false, end: () => {} };
    this.#subscriptions.add(subscribed);
    if (this.#link !== null) this.#begin(subscribed, this.#link);
    return {
      stop: () => {
        if (subscribed.stopped) return;
        subscribed.stopped = true;
        this.#subscriptions.delete(subscribed);
        subscribed.end();
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

  /** Sends what waits and gives the server up to `timeoutMs` to take it; then every request under way is lost. */
  async close(timeoutMs: number): Promise<void> {
    this.#flush();
    if (this.#link?.isOpen) await Promise.race([this.#link.flush(), this.pause(timeoutMs)]);
    this.detach();
  }

  #begin(subscribed: Subscribed, link: Link): void {
    const { subject, onMessage } = subscribed;
    const onRefused = (): void => {
      this.clock.after(RESUBSCRIBE_MS, () => {
        if (!subscribed.stopped && this.#link === link) this.#begin(subscribed, link);
      });
    };
    const guarded = (message: Message): void => {
      if (!subscribed.stopped) this.#guard(() => onMessage(message), subject);
    };
    subscribed.end = link.subscribe(subject, guarded, onRefused);
  }

  #send(message: Outgoing): 'sent' | 'notSent' | 'tooLarge' {
    if (!this.connected) return 'notSent';
    const size = message.payload.length + (message.headers?.length ?? 0);
    if (size > this.largestMessage) return 'tooLarge';
    if (!this.#outgoing.push(message)) return 'notSent';
    // At the end of this turn of the event loop: everything that is sent in it goes out in one write to the socket.
    if (!this.#flushing) atEndOfTurn(() => this.#flush());
    this.#flushing = true;
    return 'sent';
  }

  #flush(): void {
    this.#flushing = false;
    const link = this.#link;
    if (!link?.isOpen) return;
    this.#outgoing.drain(
      () => link.unsent,
      ({ subject, payload, reply, headers }) => {
        if (this.#isWanted(reply)) link.publish(subject, payload, reply, headers);
      },
    );
    if (this.#outgoing.isEmpty || this.#waiting) return;
    this.#waiting = true;
    this.clock.after(ROOM_MS, () => {
      this.#waiting = false;
      this.#flush();
    });
  }

  /** False: it is a request that nobody waits for any more. */
  #isWanted(reply: string): boolean {
    return reply === '' || this.#pending.has(reply.slice(this.#inbox.length));
  }

  #onReply(message: Message): void {
    const token = message.subject.slice(this.#inbox.length);
    const pending = this.#pending.get(token);
    if (!pending || pending.more?.(message)) return;
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

  #tell(connected: boolean): void {
    for (const listener of [...this.#listeners]) this.#guard(() => listener(connected), 'connection listener');
  }

  #guard(run: () => void, where: string): void {
    try {
      run();
    } catch (error) {
      this.log.error({ err: error, where }, 'a callback on the NATS connection threw');
    }
  }
}
