/**
 * How often what happened to the clients of a world.
 *
 * Role: statistics only, by name (`asked act`, `answered 200`, `retries`): they show whether a world did what it was drawn for.
 */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(name: string): void {
    this.#counts.set(name, this.get(name) + 1);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
