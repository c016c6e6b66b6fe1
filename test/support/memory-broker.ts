/**
 * What members share in memory instead of NATS: a broker, and each member's link to it.
 *
 * Role: carries the memory twins of the store and of messaging; knows about connections, delays and their faults, and
 * nothing about keys or subjects.
 * Invariants:
 *  - Each direction of a link keeps its order. What was sent before a link was cut still arrives, as it may with NATS;
 *    what the broker sends to a link that was cut meanwhile does not.
 *  - All delays go through the clock, so with a manual clock a run is deterministic.
 */
import type { Clock } from '../../src/ports/clock.ts';

/** How a request to the broker ended. */
export type LinkReply<T> =
  | { readonly kind: 'reply'; readonly value: T }
  | { readonly kind: 'notSent' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'timeout' };

export class MemoryBroker {
  readonly clock: Clock;
  readonly #latencyMs: () => number;
  readonly #links = new Set<MemoryLink>();
  #running = true;

  /** `latencyMs` is asked for every message in either direction. */
  constructor(clock: Clock, latencyMs: () => number = () => 0) {
    this.clock = clock;
    this.#latencyMs = latencyMs;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Connects one more member. */
  attach(): MemoryLink {
    const link = new MemoryLink(this);
    this.#links.add(link);
    return link;
  }

  detach(link: MemoryLink): void {
    link.cut();
    this.#links.delete(link);
  }

  /** As if the server process ended: every link is cut, nothing arrives. What is stored stays. */
  stop(): void {
    this.#running = false;
    for (const link of this.#links) link.cut();
  }

  start(): void {
    this.#running = true;
    for (const link of this.#links) link.restore();
  }

  /** A first-in, first-out way to carry calls out after a delay. */
  lane(): (run: () => void) => void {
    const queue: (() => void)[] = [];
    return (run) => {
      queue.push(run);
      this.clock.after(this.#latencyMs(), () => queue.shift()?.());
    };
  }
}

export class MemoryLink {
  readonly clock: Clock;
  readonly #broker: MemoryBroker;
  readonly #toBroker: (run: () => void) => void;
  readonly #toMember: (run: () => void) => void;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #underWay = new Set<() => void>();
  #connected: boolean;
  #connections = 1;

  constructor(broker: MemoryBroker) {
    this.clock = broker.clock;
    this.#broker = broker;
    this.#toBroker = broker.lane();
    this.#toMember = broker.lane();
    this.#connected = broker.running;
  }

  get connected(): boolean {
    return this.#connected;
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Cuts this member off. Its requests under way are lost to it, whatever becomes of them. */
  cut(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#connections += 1;
    for (const lose of [...this.#underWay]) lose();
    for (const listener of [...this.#listeners]) listener(false);
  }

  /** Connects it again, if the broker runs. */
  restore(): void {
    if (this.#connected || !this.#broker.running) return;
    this.#connected = true;
    for (const listener of [...this.#listeners]) listener(true);
  }

  /** Runs `run` at the broker, later. False if it was not sent. */
  send(run: () => void): boolean {
    if (!this.#connected) return false;
    this.#toBroker(() => {
      if (this.#broker.running) run();
    });
    return true;
  }

  /** Runs `run` at the member, later, unless the link was cut meanwhile. For the broker's side. */
  deliver(run: () => void): void {
    const connection = this.#connections;
    if (!this.#connected) return;
    this.#toMember(() => {
      if (this.#connected && this.#connections === connection) run();
    });
  }

  /** `serve` runs at the broker and calls `reply` there when it has an answer, if it ever has. */
  request<T>(timeoutMs: number, serve: (reply: (value: T) => void) => void): Promise<LinkReply<T>> {
    return new Promise((resolve) => {
      const settle = (outcome: LinkReply<T>): void => {
        timer.cancel();
        this.#underWay.delete(lose);
        resolve(outcome);
      };
      const lose = (): void => settle({ kind: 'lost' });
      const timer = this.clock.after(timeoutMs, () => settle({ kind: 'timeout' }));
      this.#underWay.add(lose);
      const reply = (value: T): void => this.deliver(() => settle({ kind: 'reply', value }));
      if (!this.send(() => serve(reply))) settle({ kind: 'notSent' });
    });
  }
}
