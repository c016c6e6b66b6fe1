/**
 * Port: time. The only source of "now" and of timers for everything that decides.
 *
 * Conditions that every implementation keeps (test/contract/clock.ts):
 *  C1 `wall` is milliseconds since the Unix epoch, UTC, as an integer; it may jump either way.
 *  C2 `monotonic` is milliseconds, never decreases, has an arbitrary origin, and may stop while the machine is suspended.
 *  C3 `after(ms, run)` calls `run` once, never before `ms` milliseconds of `monotonic` passed, never synchronously.
 *  C4 `cancel` before the call prevents it; after it, it does nothing.
 */
export interface Clock {
  wall(): number;
  monotonic(): number;
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
