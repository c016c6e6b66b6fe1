/**
 * Messaging between members over NATS subjects.
 *
 * Role: request/reply to one incarnation of one member, and a subject per game for committed updates.
 * Invariant: no callback's exception and no late answer reaches anybody else's request.
 */
import type { CallHandler, CallOutcome, Messaging, Peer, ProbeOutcome, Subscription } from '../../ports/messaging.ts';
import type { Message } from './message.ts';
import { gameSubject, memberSubject } from './names.ts';
import { probe } from './probe.ts';
import type { Reply, Wire } from './wire.ts';

/** The payload is larger than what NATS takes in one message (`max_payload`, 1 MiB unless configured otherwise). */
class PayloadTooLarge extends Error {
  override readonly name = 'PayloadTooLarge';
}

export class NatsMessaging implements Messaging {
  readonly #wire: Wire;
  readonly #namespace: string;

  constructor(wire: Wire, namespace: string) {
    this.#wire = wire;
    this.#namespace = namespace;
  }

  /** Rejects with PayloadTooLarge. */
  call(peer: Peer, payload: Uint8Array, timeoutMs: number): Promise<CallOutcome> {
    const subject = memberSubject(this.#namespace, peer);
    return this.#wire.request({ subject, payload, timeoutMs, conclude: toCallOutcome });
  }

  answer(self: Peer, handler: CallHandler): Subscription {
    const subject = memberSubject(this.#namespace, self);
    return this.#wire.subscribe(subject, (message) => void this.#handle(message, handler));
  }

  publish(slot: number, gameId: string, payload: Uint8Array): void {
    this.#wire.publish(gameSubject(this.#namespace, slot, gameId), payload);
  }

  subscribe(slot: number, gameId: string, handler: (payload: Uint8Array) => void): Subscription {
    return this.#wire.subscribe(gameSubject(this.#namespace, slot, gameId), ({ payload }) => handler(payload));
  }

  probe(address: string, timeoutMs: number): Promise<ProbeOutcome> {
    return probe(address, timeoutMs, this.#wire.clock);
  }

  async #handle({ payload, reply, subject }: Message, handler: CallHandler): Promise<void> {
    try {
      const answer = await handler(payload);
      if (answer === null || reply === '') return;
      if (!this.#wire.publish(reply, answer) && this.#wire.connected)
        throw new PayloadTooLarge('an answer is too large');
    } catch (error) {
      this.#wire.log.error({ err: error, subject }, 'a request from another member could not be answered');
    }
  }
}

function toCallOutcome(reply: Reply): CallOutcome {
  switch (reply.kind) {
    case 'message':
      return { kind: 'answer', payload: reply.message.payload };
    case 'noResponders':
    case 'timeout':
      return { kind: reply.kind };
    case 'tooLarge':
      throw new PayloadTooLarge('a request to another member is too large');
    default:
      return { kind: 'disconnected' };
  }
}
