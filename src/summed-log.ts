/**
 * Trouble that comes again and again is written for its first occurrence, and then summed.
 *
 * Role: stands before the log of a member, real or simulated. Which events are summed, and what makes two of them the same trouble, says the
 * table of events.
 * Why: a cluster without NATS says the same thing hundreds of times a minute, and hides the one line that says why.
 * Invariants:
 *  - The first occurrence is written at once, and each later one is in a sum: at the latest `QUIET_MS` after the last one, or at the stop.
 *  - Of one trouble the pauses between lines double, from `FIRST_PAUSE_MS` to `LONGEST_PAUSE_MS`.
 *  - Of one event at most `MOST_CAUSES` are told apart: the others are summed as one. So the table is as long as the table of events allows.
 *  - While there is no trouble there is no timer.
 *  - What names a request is never summed, because its id would be lost: there are few lines of it (few-lines.ts).
 */
import { FewLines } from './few-lines.ts';
import { eventOf, type SummedBy } from './log-events.ts';
import type { Clock, Timer } from './ports/clock.ts';
import type { Log } from './ports/log.ts';

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 300_000;
/** What has not come for so long is over: the next time is a first one. */
const QUIET_MS = 60_000;
const LOOK_MS = 1_000;
const MOST_CAUSES = 16;

/** Wall for people, monotonic for pauses; ms. */
export type Now = Readonly<Record<'wall' | 'monotonic', number>>;

/** All that came of it, up to the last one. */
export interface Sum {
  readonly count: number;
  /** Wall ms of the first and of the last one. */
  readonly since: number;
  readonly until: number;
}

export interface Trouble extends Sum {
  /** How many of them are in lines. */
  readonly told: number;
  /** Monotonic ms of the last one, and of the next line. */
  readonly cameAt: number;
  readonly sayAt: number;
  readonly pauseMs: number;
}

export type Summary = readonly [state: Trouble | null, said: 'first' | Sum | null];

/** `state`: null before the first one, and when the trouble is over. */
export function summary(state: Trouble | null, event: 'came' | 'looked' | 'stopped', now: Now): Summary {
  const { wall, monotonic } = now;
  if (event === 'came') {
    const came = { until: wall, cameAt: monotonic };
    if (state !== null) return [{ ...state, ...came, count: state.count + 1 }, null];
    const paused = { pauseMs: FIRST_PAUSE_MS, sayAt: monotonic + FIRST_PAUSE_MS };
    return [{ count: 1, told: 1, since: wall, ...came, ...paused }, 'first'];
  }
  if (state === null) return [null, null];
  const { count, since, until, told, cameAt, sayAt } = state;
  const isOver = event === 'stopped' || monotonic - cameAt >= QUIET_MS;
  const said = count > told && (isOver || monotonic >= sayAt) ? { count, since, until } : null;
  if (isOver) return [null, said];
  if (said === null) return [state, null];
  const pauseMs = Math.min(2 * state.pauseMs, LONGEST_PAUSE_MS);
  return [{ ...state, told: count, pauseMs, sayAt: monotonic + pauseMs }, said];
}

interface Known {
  readonly event: string;
  state: Trouble;
  /** As the last one is written. */
  write(sum: object): void;
}

export class SummedLog implements Log {
  readonly #below: Log;
  readonly #clock: Clock;
  /** By event and cause. */
  readonly #known = new Map<string, Known>();
  /** By event. */
  readonly #requests = new Map<string, FewLines>();
  #timer: Timer | null = null;

  constructor(below: Log, clock: Clock) {
    this.#below = below;
    this.#clock = clock;
  }

  info(fields: object, message: string): void {
    this.#came(fields, message, (sum) => this.#below.info({ ...fields, ...sum }, message));
  }

  warn(fields: object, message: string): void {
    this.#came(fields, message, (sum) => this.#below.warn({ ...fields, ...sum }, message));
  }

  error(fields: object, message: string): void {
    this.#came(fields, message, (sum) => this.#below.error({ ...fields, ...sum }, message));
  }

  /** Before the last lines of a process: what has not been written is. */
  stop(): void {
    this.#look('stopped');
  }

  #came(fields: object, message: string, write: Known['write']): void {
    const { name, summedBy } = eventOf(message) ?? {};
    if (name === undefined || summedBy === undefined) {
      write({});
      return;
    }
    const cause = causeOf(fields, summedBy);
    if ('requestId' in fields) {
      this.#cameOfRequest(name, cause, write);
      return;
    }
    const key = this.#keyOf(name, cause);
    const [state, said] = summary(this.#known.get(key)?.state ?? null, 'came', this.#now());
    if (state !== null) this.#known.set(key, { event: name, state, write });
    if (said === 'first') write({});
    this.#timer ??= this.#clock.after(LOOK_MS, () => this.#look('looked'));
  }

  #cameOfRequest(event: string, cause: string, write: Known['write']): void {
    const lines = this.#requests.get(event) ?? new FewLines();
    this.#requests.set(event, lines);
    const unsaid = lines.admit(cause, this.#clock.monotonic());
    if (unsaid !== null) write(unsaid > 0 ? { unsaid } : {});
  }

  #keyOf(event: string, cause: string): string {
    const key = `${event} ${cause}`;
    const isNew = !this.#known.has(key);
    const isFull =
      isNew && this.#known.values().reduce((sum, known) => sum + Number(known.event === event), 0) >= MOST_CAUSES;
    return isFull ? event : key;
  }

  #look(event: 'looked' | 'stopped'): void {
    const now = this.#now();
    for (const [key, known] of this.#known) {
      const [state, said] = summary(known.state, event, now);
      if (state === null) this.#known.delete(key);
      else known.state = state;
      if (said !== null && said !== 'first') known.write(shown(said));
    }
    this.#timer?.cancel();
    this.#timer = this.#known.size === 0 ? null : this.#clock.after(LOOK_MS, () => this.#look('looked'));
  }

  #now(): Now {
    return { wall: this.#clock.wall(), monotonic: this.#clock.monotonic() };
  }
}

function causeOf(fields: object, summedBy: SummedBy): string {
  const values = fields as Readonly<Record<string, unknown>>;
  const isThere = (name: string) => values[name] !== undefined;
  return summedBy.map((names) => String(values[[names].flat().find(isThere) ?? ''])).join(' ');
}

function shown({ count, since, until }: Sum): object {
  return { count, since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
