/**
 * How many of something are there at once, at this member: sockets of an address, spectators of a game.
 *
 * Invariant: what has none takes no memory.
 */
export class CountedPlaces {
  readonly #most: number;
  readonly #keyOf: (name: string) => string;
  readonly #taken = new Map<string, number>();

  /** `keyOf`: what is counted as one. */
  constructor(most: number, keyOf: (name: string) => string) {
    this.#most = most;
    this.#keyOf = keyOf;
  }

  /** Takes one; false if there are as many as may be. After true, `release` follows once. */
  admit(name: string): boolean {
    const key = this.#keyOf(name);
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= this.#most) return false;
    this.#taken.set(key, taken + 1);
    return true;
  }

  release(name: string): void {
    const key = this.#keyOf(name);
    const taken = this.#taken.get(key) ?? 0;
    if (taken > 1) this.#taken.set(key, taken - 1);
    else this.#taken.delete(key);
  }
}
