/**
 * How many of something (sockets) an address holds at once, at this member.
 *
 * Invariant: an address without any takes no memory.
 */
import { addressKey } from './addresses.ts';

export class AddressSlots {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes one for `address` (`request.ip`); false if it has as many as it may. After true, `release` follows once. */
  admit(address: string): boolean {
    const key = addressKey(address);
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= this.#most) return false;
    this.#taken.set(key, taken + 1);
    return true;
  }

  release(address: string): void {
    const key = addressKey(address);
    const taken = this.#taken.get(key) ?? 0;
    if (taken > 1) this.#taken.set(key, taken - 1);
    else this.#taken.delete(key);
  }
}
