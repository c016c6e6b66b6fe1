/**
 * What members share in memory instead of NATS: a broker, and each member's link to it.
 *
 * Role: carries the memory twins of the store and of messaging; knows about connections and delays, and nothing about keys or subjects.
 * Invariants:
 *  - Each direction of a link keeps its order. What was sent before a link was cut still arrives, as it may with NATS (or later, or
 *    never, if the cut says so); what the broker sends to a link that was cut meanwhile does not.
 *  - All delays go through the clock, so with a simulated clock a run is deterministic.
 */
import type { Clock } from '../../src/ports/clock.ts';
import type { MemoryFollow } from './memory-store.ts';
import { calm, type Weather } from './memory-weather.ts';

/** How a request to the broker ended. */
export type LinkReply<T> =
  | { readonly kind: 'reply'; readonly value: T }
  | { readonly kind: 'notSent' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'timeout' };

/** Who uses a link: it has a clock of its own, may be late in taking input, and may die. */
export interface Host {
  readonly clock: Clock;
  readonly alive: boolean;
  /** How far its present step lies ahead of the broker's time, ms. */
  readonly lagMs: number;
  /** Runs `run` when it takes its next input. */
  enter(run: () => void): void;
}

/** For the rounding of sums. */
const HAIR_MS = 1e-6;

export class MemoryBroker {
  readonly clock: Clock;
  readonly weather: Weather;
  readonly #links = new Set<MemoryLink>();
  #running = true;

  /** `latencyMs` is asked for every message in either direction, unless the weather knows better. */
  constructor(clock: Clock, latencyMs: () => number = () => 0, weather: Weather = { ...calm, latencyMs }) {
    this.clock = clock;
    this.weather = weather;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Connects one more member. */
  attach(host: Host = { clock: this.clock, alive: true, lagMs: 0, enter: (run) => run() }): MemoryLink {
    const link = new MemoryLink(this, host);
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

  /** Links connect again at once, unless `restore` brings them back in its own time. */
  start(restore: (link: MemoryLink) => void = (link) => link.restore()): void {
    this.#running = true;
    for (const link of this.#links) restore(link);
  }
}

/** One direction: first in, first out, each after a delay. While it is held everything waits. */
export class Lane {
  readonly #broker: MemoryBroker;
  #waiting: { run: () => void; at: number }[] = [];
  #lastAt = 0;
  #held = false;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  push(run: () => void, extraMs = 0): void {
    const message = { run, at: 0 };
    this.#waiting.push(message);
    if (!this.#held) this.#carry(message, extraMs);
  }

  hold(): void {
    this.#held = true;
  }

  /** What has waited comes through, in order. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    for (const message of this.#waiting) this.#carry(message, 0);
  }

  /** Takes out everything that is under way. */
  empty(): (() => void)[] {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken.map(({ run }) => run);
  }

  #carry(message: { at: number }, extraMs: number): void {
    const { clock, weather } = this.#broker;
    const now = clock.monotonic();
    this.#lastAt = Math.max(this.#lastAt, now + extraMs + weather.latencyMs());
    message.at = this.#lastAt;
    clock.after(message.at - now, () => {
      const [first] = this.#waiting;
      if (this.#held || first === undefined || first.at > clock.monotonic() + HAIR_MS) return;
      this.#waiting.shift();
      first.run();
    });
  }
}

export class MemoryLink {
  readonly host: Host;
  readonly weather: Weather;
  readonly toBroker: Lane;
  readonly toMember: Lane;
  /** The watches that run over it, for whoever spoils one. */
  readonly follows = new Set<MemoryFollow>();
  readonly #broker: MemoryBroker;
  readonly #listeners = new Set<(connected: boolean) => void>();
  readonly #underWay = new Set<() => void>();
  #connected: boolean;
  #connections = 1;

  constructor(broker: MemoryBroker, host: Host) {
    this.host = host;
    this.weather = broker.weather;
    this.#broker = broker;
    this.toBroker = new Lane(broker);
    this.toMember = new Lane(broker);
    this.#connected = broker.running;
  }

  /** The member's own clock. */
  get clock(): Clock {
    return this.host.clock;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** The broker's clocks. */
  get wall(): number {
    return this.#broker.clock.wall() + Math.round(this.weather.storeAheadMs());
  }

  get now(): number {
    return this.#broker.clock.monotonic();
  }

  /** A further way from the broker to the member, in step with nothing else. */
  lane(): Lane {
    return new Lane(this.#broker);
  }

  /** Runs `run` at the broker after `ms`. */
  afterAtBroker(ms: number, run: () => void): void {
    this.#broker.clock.after(ms, run);
  }

  /** Carries a message between two links, at the broker's side: as many copies as the weather lets through. */
  carry(from: MemoryLink, to: MemoryLink, run: () => void): void {
    for (const ms of this.weather.carry(from, to)) {
      if (ms === 0) run();
      else this.afterAtBroker(ms, run);
    }
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Cuts this member off. Its requests under way are lost to it, whatever becomes of them: `strays` decides after how many ms each
   * message that was not at the broker yet arrives there (null: never); without it they go their way.
   */
  cut(strays?: () => number | null): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#connections += 1;
    if (strays !== undefined) this.#scatter(strays);
    this.host.enter(() => this.#tellCut());
  }

  /** Connects it again, if the broker runs. */
  restore(): void {
    if (this.#connected || !this.#broker.running) return;
    this.#connected = true;
    this.host.enter(() => this.#tell(true));
  }

  /** Runs `run` at the broker, later. False if it was not sent. */
  send(run: () => void): boolean {
    // The dead send nothing, but what they would have done with a refusal does not matter either.
    if (!this.host.alive) return true;
    if (!this.#connected) return false;
    this.toBroker.push(() => {
      if (this.#broker.running) run();
    }, this.host.lagMs + this.weather.slownessMs(this));
    return true;
  }

  /** Runs `run` at the member, later, unless the link was cut meanwhile. For the broker's side. */
  deliver(run: () => void, lane: Lane = this.toMember, extraMs = 0): void {
    const connection = this.#connections;
    if (!this.#connected) return;
    lane.push(() => {
      if (!this.#connected || this.#connections !== connection) return;
      this.host.enter(() => {
        if (this.#connections === connection) run();
      });
    }, extraMs + this.weather.slownessMs(this));
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

  #scatter(strays: () => number | null): void {
    for (const run of this.toBroker.empty()) {
      const ms = strays();
      if (ms !== null) this.afterAtBroker(ms, run);
    }
  }

  #tellCut(): void {
    for (const lose of [...this.#underWay]) lose();
    this.#tell(false);
  }

  #tell(connected: boolean): void {
    for (const listener of [...this.#listeners]) listener(connected);
  }
}
