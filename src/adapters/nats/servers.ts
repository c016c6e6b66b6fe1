/**
 * The servers to try, one after the other: those of the settings, and those that NATS itself announces.
 *
 * Invariants:
 *  - Servers of the settings are never forgotten, however long they are away.
 *  - Of the announced ones the newest list counts, and no more than MOST_ANNOUNCED of it: a round has an end.
 *  - Each member has an order of its own, so that a server that ends does not send all of its members to the same one.
 */
import { addressIn } from '../../egress.ts';
import type { Random } from '../../ports/random.ts';

export interface ServerAddress {
  /** `host:port`, as NATS writes it. */
  readonly address: string;
  /** The name that its certificate has to be for; empty: its IP address. */
  readonly tlsName: string;
}

const MOST_ANNOUNCED = 16;

export class Servers {
  readonly #random: Random;
  readonly #configured: ReadonlySet<string>;
  #order: ServerAddress[];

  /** `configured`: host or `host:port`. */
  constructor(configured: readonly string[], random: Random) {
    this.#random = random;
    this.#configured = new Set(configured);
    this.#order = this.#shuffled([...this.#configured]).map((address) => ({ address, tlsName: nameOf(address) ?? '' }));
  }

  /** How many there are: a round of tries. */
  get count(): number {
    return this.#order.length;
  }

  /** The one whose turn it is. */
  next(): ServerAddress {
    const [first, ...others] = this.#order as [ServerAddress, ...ServerAddress[]];
    this.#order = [...others, first];
    return first;
  }

  /** `by` says that these servers belong to its cluster. What is no address is passed over. */
  announced(addresses: readonly string[], by: ServerAddress): void {
    const named = addresses.filter((address) => !this.#configured.has(address) && nameOf(address) !== null);
    const wanted = new Set(this.#shuffled(named).slice(0, MOST_ANNOUNCED));
    const kept = this.#order.filter(({ address }) => this.#configured.has(address) || wanted.delete(address));
    // A certificate is for the name of a cluster, hardly ever for the address of one of its servers.
    const added = [...wanted].map((address) => ({ address, tlsName: nameOf(address) || by.tlsName }));
    this.#order = [...added, ...kept];
  }

  #shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, place: this.#random.fraction() }));
    return keyed.sort((a, b) => a.place - b.place).map(({ item }) => item);
  }
}

/** The host's name; empty if it is an IP address, null if it is no address at all. */
function nameOf(address: string): string | null {
  const url = URL.parse(`nats://${address}`);
  if (!url?.hostname || url.host !== address) return null;
  return addressIn(url) === null ? url.hostname : '';
}
