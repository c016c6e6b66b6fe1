/**
 * Messages with commands that came to this incarnation: a second copy of one changes nothing.
 *
 * Role: closes what the results in the state leave open. They tell a copy of a command that was applied; they cannot tell one of a command
 * that was answered "not here" when it came first (its gateway may have said "not applied" since), nor one of a creation whose game was
 * erased, nor, once the results are forgotten, one without a key. Nobody repeats a message on purpose: what is sent again is another one.
 * Why memory is enough: a message goes to one incarnation, and comes to nothing after its deadline.
 * Invariants: a message is known until its deadline; of more than `MOST` the oldest are forgotten.
 */

/** About 10 s of 6,000 commands each. */
const MOST = 65_536;

export class SeenMessages {
  /** Message → deadline (cluster time, ms), in the order in which they came. */
  private readonly deadlines = new Map<string, number>();

  get size(): number {
    return this.deadlines.size;
  }

  /** False if it came before: whoever sent it gets the answer of that one. */
  begin(message: string, deadline: number, now: number): boolean {
    this.forgetOld(now);
    if (this.deadlines.has(message)) return false;
    this.deadlines.set(message, deadline);
    return true;
  }

  private forgetOld(now: number): void {
    for (const [message, deadline] of this.deadlines) {
      if (deadline >= now && this.deadlines.size < MOST) return;
      this.deadlines.delete(message);
    }
  }
}
