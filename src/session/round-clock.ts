/**
 * What is known of a running round's clock beside its deadline: how much longer it lasts, and whether its beginning is committed.
 *
 * Role: pure. A session keeps one clock of the state that it works on, and one of each state that the store may hold: should a write fail,
 * any of those may be what is loaded next.
 * Why: a deadline is an absolute time. An owner's time can have been behind when it reckoned it, can be set forward since, and a slow store
 * can show the round only when it is over: a round can be seen for all of its time nevertheless.
 * Invariants:
 *  - A clock says something about the round with its `deadline` alone.
 *  - It never makes a round shorter.
 */

/** By so much less than its time, or by such a part of it, a round may be seen: a clock that is started anew is a version that no command made. */
export const LATE_MS = 250;
const LATE_PART = 0.1;

/** Whose time is further off than this was wrong about a deadline that another one reckoned: that is an absolute time, and was shown. */
const LONGEST_MS = 10_000;

/** One that is committed, one that is in doubt, and one that was in doubt when a claim read the state before it. */
const MOST_CLOCKS = 3;

/** A new game keeps the end that it was given. */
export const NEVER_LATE = Number.POSITIVE_INFINITY;
/** Nobody can have seen much of the round. */
export const LONG_AGO = Number.NEGATIVE_INFINITY;

export interface RoundClock {
  readonly deadline: number;
  /** By how much the round outlasts its deadline. */
  readonly byMs: number;
  /** Its deadline was reckoned here, by the time that this member had then. */
  readonly begunHere: boolean;
  /** Null: its beginning is committed. */
  readonly starting: Starting | null;
}

/** A beginning that is to be committed is late after `lateFrom`. `again`: when it gave the round its full time anew, if it did. */
interface Starting {
  readonly lateFrom: number;
  readonly again: number | null;
  /** The full time that it gets should it be late; null: only the rules know. */
  readonly fullMs: number | null;
}

/** A round of which only the deadline is known; it lasts `byMs` longer, at most by `LONGEST_MS`. */
export function begunElsewhere(deadline: number, byMs = 0): RoundClock {
  return { deadline, byMs: Math.min(byMs, LONGEST_MS), begunHere: false, starting: null };
}

/** A round that begins now, or gets its full time anew. */
export function beginsHere(deadline: number, now: number, isAgain: boolean): RoundClock {
  const lateFrom = now + Math.max(LATE_MS, LATE_PART * (deadline - now));
  return {
    deadline,
    byMs: 0,
    begunHere: true,
    starting: { lateFrom, again: isAgain ? now : null, fullMs: deadline - now },
  };
}

/** What is known of a round whose beginning is not committed stays; else it is late after `lateFrom`. */
export function uncommitted(clock: RoundClock | null, lateFrom: number): RoundClock | null {
  return clock && { ...clock, starting: clock.starting ?? { lateFrom, again: null, fullMs: null } };
}

/** For how long it goes on from when its state is stored, which is about now, as its owner knows it; null: that says nothing. */
export function goesOn(clock: RoundClock | null, now: number): number | null {
  if (clock === null) return null;
  const { deadline, byMs, starting } = clock;
  return starting === null || starting.lateFrom === NEVER_LATE ? deadline + byMs - now : starting.fullMs;
}

/** Its owner before meant it to last until `endsAt`, by our time: it does, should that be later by more than clocks may be apart. */
export function keptUntil(clock: RoundClock, endsAt: number): RoundClock {
  const byMs = Math.min(endsAt - clock.deadline, LONGEST_MS);
  return clock.starting === null && byMs > clock.byMs + LATE_MS ? { ...clock, byMs } : clock;
}

/** Time was set forward, `byMs` at once: what the round had left it still has. However wrong that time was, a round that began by it ends by it. */
export function lengthened(clock: RoundClock, byMs: number): RoundClock {
  // A round that is not committed yet will be late.
  if (clock.starting !== null) return clock;
  const sum = clock.byMs + byMs;
  return clock.begunHere ? { ...clock, byMs: sum } : begunElsewhere(clock.deadline, sum);
}

/** When it rings, cluster time; null while its beginning is not committed. */
export function rings(clock: RoundClock | null): number | null {
  return clock === null || clock.starting !== null ? null : clock.deadline + clock.byMs;
}

/** Its beginning is committed now. `isLate`: it is to get its full time anew. That is done once; later it only lasts so much longer. */
export function started(clock: RoundClock, now: number): { readonly clock: RoundClock; readonly isLate: boolean } {
  const { starting } = clock;
  const running = { ...clock, starting: null };
  if (starting === null || now <= starting.lateFrom) return { clock: running, isLate: false };
  if (starting.again === null) return { clock: running, isLate: true };
  return { clock: { ...running, byMs: now - starting.again }, isLate: false };
}

/** That round's clock, if anything is known of it. */
export function clockOf(deadline: number | null, known: readonly RoundClock[]): RoundClock | null {
  return deadline === null ? null : (known.find((clock) => clock.deadline === deadline) ?? begunElsewhere(deadline));
}

/** What is known of every state that may be stored, given what was known before. */
export function newestClocks(now: readonly RoundClock[], before: readonly RoundClock[]): readonly RoundClock[] {
  const others = before.filter((clock) => now.every(({ deadline }) => deadline !== clock.deadline));
  return [...now, ...others].slice(0, MOST_CLOCKS);
}
