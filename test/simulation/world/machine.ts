/**
 * A machine with its clocks, and the process that runs on it.
 *
 * Role: everything by which a member senses time, and its way in and out: a process may stall, stop, sleep with its machine or die.
 * How a process is stopped between any two steps of its code: a stall that begins in the middle of a turn leaves that turn its place in
 * true time, but from then on its clocks show, and what it sends leaves, as late as the stall ends; whatever comes in waits until then.
 * Nothing else can tell the difference, because nothing of it shows outside before something is sent.
 * Invariants:
 *  - Input is taken one event at a time, in the order in which it came.
 *  - A dead process takes no input, and what it sends after its death goes nowhere.
 */
import type { Clock, Timer } from '../../../src/ports/clock.ts';
import type { Host } from '../../support/memory-broker.ts';
import { BEGINNING, type Timeline } from './timeline.ts';

/** Timers ring a little late: sums of rounded numbers must not make them ring early. */
const TIMER_LATE_MS = 0.001;

export class Machine {
  readonly id: string;
  readonly #timeline: Timeline;
  /** How fast its monotonic clock runs. */
  readonly #rate: number;
  /** How far its wall clock is from true time, ms. */
  wallOffsetMs: number;
  #asleepMs = 0;
  #asleepSince: number | null = null;

  constructor(id: string, timeline: Timeline, clocks: { readonly rate: number; readonly wallOffsetMs: number }) {
    this.id = id;
    this.#timeline = timeline;
    this.#rate = clocks.rate;
    this.wallOffsetMs = clocks.wallOffsetMs;
  }

  /** Its monotonic clock at a true time. */
  monotonicAt(at: number): number {
    const asleepMs = this.#asleepMs + (this.#asleepSince === null ? 0 : Math.max(0, at - this.#asleepSince));
    return (at - asleepMs) * this.#rate;
  }

  wallAt(at: number): number {
    return BEGINNING + Math.floor(at + this.wallOffsetMs);
  }

  jumpWall(ms: number): void {
    this.wallOffsetMs += ms;
  }

  /** True ms until the monotonic clock has moved by `ms`, if the machine stays awake. */
  trueMs(ms: number): number {
    return ms / this.#rate;
  }

  /** Its monotonic clock stands still until `wake`. */
  sleep(): void {
    this.#asleepSince ??= this.#timeline.monotonic();
  }

  wake(): void {
    if (this.#asleepSince === null) return;
    this.#asleepMs += this.#timeline.monotonic() - this.#asleepSince;
    this.#asleepSince = null;
  }
}

export class Process implements Clock, Host {
  readonly machine: Machine;
  readonly clock: Clock = this;
  readonly #timeline: Timeline;
  /** Ms of a stall that begins now, or 0: asked at every step that can be seen from outside. */
  readonly #stallMs: () => number;
  #alive = true;
  #awakeAt = 0;
  /** How often it has stood still. */
  stalls = 0;
  /** That are set and have not run. */
  timers = 0;
  #waiting: (() => void)[] = [];
  #wakeUp: Timer | null = null;
  readonly #mourners = new Set<() => void>();

  constructor(machine: Machine, timeline: Timeline, stallMs: () => number = () => 0) {
    this.machine = machine;
    this.#timeline = timeline;
    this.#stallMs = stallMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it takes input right now. */
  get awake(): boolean {
    return this.#alive && this.#awakeAt <= this.#timeline.monotonic();
  }

  /** How far its present step lies ahead of true time, ms. */
  get lagMs(): number {
    return Math.max(0, this.#awakeAt - this.#timeline.monotonic());
  }

  /** True ms at which its present step happens. */
  get trueNow(): number {
    return Math.max(this.#awakeAt, this.#timeline.monotonic());
  }

  /** It stands still for `ms` from now (or from the end of the stall that it is in). */
  stall(ms: number): void {
    this.stalls += 1;
    this.#awakeAt = this.trueNow + ms;
    this.#wakeUp?.cancel();
    this.#wakeUp = this.#timeline.at(this.#awakeAt, () => this.#takeNext());
  }

  die(): void {
    this.#alive = false;
    this.#waiting = [];
    this.#wakeUp?.cancel();
    for (const mourner of [...this.#mourners]) mourner();
  }

  /** Calls `listener` at its death. Returns a function that ends it. */
  onDeath(listener: () => void): () => void {
    this.#mourners.add(listener);
    return () => this.#mourners.delete(listener);
  }

  /** Its next input, now or when it is awake. */
  enter(run: () => void): void {
    if (!this.#alive) return;
    if (this.awake && this.#waiting.length === 0) run();
    else this.#waiting.push(run);
  }

  #takeNext(): void {
    if (!this.awake) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    next();
    if (this.#waiting.length > 0) this.#timeline.after(0, () => this.#takeNext());
  }

  wall(): number {
    this.#maybeStall();
    return this.machine.wallAt(this.trueNow);
  }

  monotonic(): number {
    this.#maybeStall();
    return this.machine.monotonicAt(this.trueNow);
  }

  after(ms: number, run: () => void): Timer {
    const due = this.machine.monotonicAt(this.trueNow) + Math.max(0, ms);
    let isOver = false;
    let timer: Timer;
    const end = () => {
      if (!isOver) this.timers -= 1;
      isOver = true;
    };
    this.timers += 1;
    const arm = () => {
      const leftMs = due - this.machine.monotonicAt(this.#timeline.monotonic());
      timer = this.#timeline.after(this.machine.trueMs(leftMs) + TIMER_LATE_MS, () => this.enter(ring));
    };
    const ring = () => {
      if (isOver) return;
      // The machine slept meanwhile.
      if (this.machine.monotonicAt(this.trueNow) < due) arm();
      else {
        end();
        run();
      }
    };
    arm();
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }

  /** A step that others can see: it may be the one before which the process stands still. */
  #maybeStall(): void {
    const ms = this.#stallMs();
    if (ms > 0) this.stall(ms);
  }
}
