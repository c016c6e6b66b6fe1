/**
 * How far a client may run ahead of the oldest command that it has no answer to: its side of the exactly-once promise.
 *
 * Role: one for each client and game, because results are kept for each principal of a game. All commands count, those without a key
 * too: their results take places as well.
 * A command whose newest copy was given up without an answer stays open for good: nobody knows where that copy is.
 * Invariant: no command begins, and none is sent again, more than `AHEAD` commands after it.
 */
const AHEAD = 48;

export class CommandWindow {
  #begun = 0;
  /** Place → how many wait for its answer. */
  readonly #open = new Map<number, number>();

  get hasRoom(): boolean {
    return this.#begun - Math.min(this.#begun, ...this.#open.keys()) < AHEAD;
  }

  /** The place of a new command, open until `end`. */
  begin(): number {
    const place = this.#begun++;
    this.#open.set(place, 1);
    return place;
  }

  /** Opens a place again, to ask for its answer once more. False if too many commands came after it. */
  reopen(place: number): boolean {
    if (this.#begun - place > AHEAD) return false;
    this.#open.set(place, (this.#open.get(place) ?? 0) + 1);
    return true;
  }

  end(place: number): void {
    const left = (this.#open.get(place) ?? 0) - 1;
    if (left > 0) this.#open.set(place, left);
    else this.#open.delete(place);
  }
}
