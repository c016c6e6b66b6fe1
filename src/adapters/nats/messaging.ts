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

export class NatsMessaging implements Messaging {
  readonly #wire: Wire;
  readonly #namespace: string;

  constructor(wire: Wire, namespace: string) {
    this.#wire = wire;
    this.#namespace = namespace;
  }

  get largestPayload(): number {
    return this.#wire.largestMessage;
  }

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
        throw new Error(`an answer of ${answer.length} bytes is more than NATS takes (max_payload)`);
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
    case 'tooLarge':
      return { kind: reply.kind };
    default:
      return { kind: 'disconnected' };
  }
}
