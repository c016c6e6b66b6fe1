/**
 * Commands without a client's key that came to this incarnation: a second copy of the message that brought one is not applied.
 *
 * Role: closes what the results in the state leave open. A command with a key is refused there once it is too old to be told from a repetition.
 * One without a key must not be: nobody but its gateway repeats it, and marks it then. Only a network that carries a message twice does the same.
 * Why memory is enough: a message goes to one incarnation, and comes to nothing after its deadline.
 * Invariants: an id is known until the deadline of its message; of more than `MOST` ids the oldest are forgotten.
 */
import type { RoutedOperation } from './rpc.ts';

/** About 10 s of 6,000 commands each. */
const MOST = 65_536;

export class FirstTries {
  /** Id → deadline (cluster time, ms), in the order in which they came. */
  private readonly deadlines = new Map<string, number>();

  get size(): number {
    return this.deadlines.size;
  }

  /** False if it came before: whoever sent it gets the answer of that one. */
  begin(operation: RoutedOperation, deadline: number, now: number): boolean {
    const id = idOf(operation);
    if (id === null) return true;
    this.forgetOld(now);
    if (this.deadlines.has(id)) return false;
    this.deadlines.set(id, deadline);
    return true;
  }

  /** It was not applied here: its gateway may send it again. */
  undo(operation: RoutedOperation): void {
    const id = idOf(operation);
    if (id !== null) this.deadlines.delete(id);
  }

  private forgetOld(now: number): void {
    for (const [id, deadline] of this.deadlines) {
      if (deadline >= now && this.deadlines.size < MOST) return;
      this.deadlines.delete(id);
    }
  }
}

/** Null: not the first try of a command without a key. */
function idOf(operation: RoutedOperation): string | null {
  if (!('command' in operation)) return null;
  const { id, keyed, again } = operation.command;
  return keyed || again ? null : id;
}
