/**
 * The clocks of one session's running round: of the state that it works on, and of each state that the store may hold.
 *
 * Role: keeps the rules of round-clock.ts for a session, which tells it what changes, goes out and lands.
 * Invariant: a clock starts when the change that began its round is committed, not before.
 */
import { beginsHere, goesOn, lengthened, type RoundClock, rings, started } from './round-clock.ts';

export class SessionClock {
  /** Null if none runs. */
  private running: RoundClock | null;
  /** The change that began the running round. */
  private beganAt: number;
  private inFlight: RoundClock | null = null;
  /** Of the round that is committed, if anything is. */
  private committed: RoundClock | null;

  constructor(running: RoundClock | null, mark: number, isCommitted: boolean) {
    this.running = running;
    this.beganAt = mark;
    this.committed = isCommitted ? running : null;
  }

  /** When it rings, cluster time; null if none runs, or not before the round's beginning is committed. */
  get deadline(): number | null {
    return rings(this.running);
  }

  /** Of every state that the store may turn out to hold. */
  get known(): readonly RoundClock[] {
    return [this.inFlight, this.committed].filter((clock) => clock !== null);
  }

  /** Time was set forward, `byMs` at once. */
  lengthen(byMs: number): void {
    const set = (clock: RoundClock | null) => clock && lengthened(clock, byMs);
    this.running = set(this.running);
    this.committed = set(this.committed);
    this.inFlight = set(this.inFlight);
  }

  /** The change `mark` begins a round, or gives it its full time anew; null: no round runs from here on. */
  begin(deadline: number | null, now: number, mark: number, isAgain: boolean): void {
    this.running = deadline === null ? null : beginsHere(deadline, now, isAgain);
    this.beganAt = mark;
  }

  /** What is in memory goes out. For how long its round goes on, as is known whenever it is sent; null: that says nothing. */
  cut(): (now: number) => number | null {
    this.inFlight = this.running;
    return (now) => goesOn(this.inFlight, now);
  }

  /** It landed. */
  landed(): void {
    this.committed = this.inFlight;
    this.inFlight = null;
  }

  /** Everything up to `mark` is committed. The clock of a round whose beginning was committed late, else null. */
  start(mark: number, now: number): RoundClock | null {
    if (this.running === null || this.beganAt > mark) return null;
    const { clock, isLate } = started(this.running, now);
    this.running = clock;
    this.committed = clock;
    return isLate ? clock : null;
  }

  /** The committed round lasts until `deadline`, whether or not that is ever stored. */
  outlast(clock: RoundClock, deadline: number): void {
    this.committed = { ...clock, byMs: deadline - clock.deadline };
  }
}
