/**
 * Messaging in memory: several members' messaging on one bus, and their addresses.
 *
 * Role: the twin of the NATS messaging for simulations and unit tests; keeps every condition of the port.
 */
import type {
  CallHandler,
  CallOutcome,
  Messaging,
  Peer,
  ProbeOutcome,
  Subscription,
} from '../../src/ports/messaging.ts';
import type { MemoryLink } from './memory-broker.ts';

interface Registration<T> {
  readonly link: MemoryLink;
  readonly handle: T;
}

type UpdateHandler = (payload: Uint8Array) => void;

/** What all members' messaging has in common: who listens to what, and who answers at which address. */
export class MemoryBus {
  readonly handlers = new Registrations<CallHandler>();
  readonly updates = new Registrations<UpdateHandler>();
  /** What a probe finds at an address; an address that is not here refuses. */
  readonly addresses = new Map<string, ProbeOutcome>();
}

class Registrations<T> {
  readonly #byName = new Map<string, Set<Registration<T>>>();

  /** Those that are registered and connected right now. */
  at(name: string): readonly Registration<T>[] {
    return [...(this.#byName.get(name) ?? [])].filter(({ link }) => link.connected);
  }

  add(name: string, registration: Registration<T>): Subscription {
    const all = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, all.add(registration));
    return {
      stop: () => {
        all.delete(registration);
        if (all.size === 0 && this.#byName.get(name) === all) this.#byName.delete(name);
      },
    };
  }
}

/** As NATS has it unless it is told otherwise. */
const LARGEST_PAYLOAD_BYTES = 1024 * 1024;

/** One member's messaging. */
export class MemoryMessaging implements Messaging {
  readonly largestPayload = LARGEST_PAYLOAD_BYTES;
  readonly #bus: MemoryBus;
  readonly #link: MemoryLink;

  constructor(bus: MemoryBus, link: MemoryLink) {
    this.#bus = bus;
    this.#link = link;
  }

  async call(peer: Peer, payload: Uint8Array, timeoutMs: number): Promise<CallOutcome> {
    if (payload.length > this.largestPayload) return { kind: 'tooLarge' };
    const sent = this.#says(payload);
    const reply = await this.#link.request<CallOutcome>(timeoutMs, (respond) => {
      const registered = this.#reached(this.#bus.handlers.at(nameOf(peer)));
      if (registered.length === 0) respond({ kind: 'noResponders' });
      for (const { link, handle } of registered) {
        const answer = (outcome: CallOutcome) => this.#link.carry(link, this.#link, () => respond(outcome));
        this.#link.carry(this.#link, link, () => link.deliver(() => void answerCall(link, handle, sent, answer)));
      }
    });
    if (reply.kind === 'reply') return reply.value;
    return { kind: reply.kind === 'timeout' ? 'timeout' : 'disconnected' };
  }

  answer(self: Peer, handler: CallHandler): Subscription {
    return this.#register(this.#bus.handlers, nameOf(self), handler, async () => null);
  }

  publish(slot: number, gameId: string, payload: Uint8Array): void {
    const sent = this.#says(payload);
    this.#link.send(() => {
      for (const { link, handle } of this.#reached(this.#bus.updates.at(`${slot}.${gameId}`))) {
        this.#link.carry(this.#link, link, () => link.deliver(() => handle(sent)));
      }
    });
  }

  subscribe(slot: number, gameId: string, handler: UpdateHandler): Subscription {
    return this.#register(this.#bus.updates, `${slot}.${gameId}`, handler, () => {});
  }

  async probe(address: string, timeoutMs: number): Promise<ProbeOutcome> {
    const { weather } = this.#link;
    const looked = weather.probe(this.#link, address, timeoutMs);
    if (looked !== null) return looked;
    const found = this.#bus.addresses.get(address) ?? { kind: 'refused' };
    if (found.kind === 'silent') await new Promise<void>((resolve) => this.#link.clock.after(timeoutMs, resolve));
    return found;
  }

  #says(payload: Uint8Array): Uint8Array {
    return this.#link.weather.says(this.#link, payload.slice());
  }

  #reached<T>(registered: readonly Registration<T>[]): readonly Registration<T>[] {
    return registered.filter(({ link }) => this.#link.weather.reaches(this.#link, link));
  }

  /** Registers `handle` until it is stopped; what is still on its way by then goes to `ignore`. */
  #register<T>(registrations: Registrations<T>, name: string, handle: T, ignore: T): Subscription {
    let current = handle;
    const forward = ((payload: Uint8Array) => (current as UpdateHandler & CallHandler)(payload)) as T;
    const registration = registrations.add(name, { link: this.#link, handle: forward });
    return {
      stop: () => {
        current = ignore;
        registration.stop();
      },
    };
  }
}

async function answerCall(
  link: MemoryLink,
  handler: CallHandler,
  payload: Uint8Array,
  respond: (outcome: CallOutcome) => void,
): Promise<void> {
  // A handler that throws sends no answer, as with NATS.
  const answer = await handler(payload).catch(() => null);
  if (answer === null) return;
  const said = link.weather.says(link, answer.slice());
  link.send(() => respond({ kind: 'answer', payload: said }));
}

function nameOf({ id, incarnation }: Peer): string {
  return `${id}.${incarnation}`;
}
