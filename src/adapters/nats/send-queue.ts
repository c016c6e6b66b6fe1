/**
 * What waits to be handed to the socket.
 *
 * Role: the order in which messages leave, and how much is handed over at once. Pure but for `hand`, which is the caller's.
 * Why: what the socket has can no longer be overtaken. Membership rests on renewals, which share the connection with snapshots, answers and
 * pushes; so those are handed over in small portions, and renewals go before what still waits.
 * Invariants:
 *  - An urgent message waits behind at most `HANDED_OVER_BYTES` and one message more, and what the system itself buffers.
 *  - In either lane messages leave in the order in which they came.
 *  - At most `WAITING_BYTES` wait; the next is refused.
 */
export const HANDED_OVER_BYTES = 256 * 1024;
export const WAITING_BYTES = 64 * 1024 * 1024;

export interface Outgoing {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly reply: string;
  readonly headers: Uint8Array | null;
  /** It goes before what is not. */
  readonly urgent: boolean;
}

export class SendQueue {
  #urgent: Outgoing[] = [];
  #others: Outgoing[] = [];
  /** How many of the others have been handed over: an array is costly to shift. */
  #gone = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#urgent.length === 0 && this.#gone === this.#others.length;
  }

  /** False: too much waits already. */
  push(message: Outgoing): boolean {
    if (message.urgent) {
      this.#urgent.push(message);
      return true;
    }
    const bytes = sizeOf(message);
    if (this.#bytes > 0 && this.#bytes + bytes > WAITING_BYTES) return false;
    this.#bytes += bytes;
    this.#others.push(message);
    return true;
  }

  /** Hands over all that is urgent, then as much as may be; `unsent` tells how many bytes the socket has. */
  drain(unsent: () => number, hand: (message: Outgoing) => void): void {
    for (const message of this.#urgent.splice(0)) hand(message);
    for (let room = HANDED_OVER_BYTES - unsent(); room > 0; ) {
      const next = this.#others[this.#gone];
      if (next === undefined) break;
      this.#gone += 1;
      const bytes = sizeOf(next);
      this.#bytes -= bytes;
      room -= bytes;
      hand(next);
    }
    if (this.#gone < this.#others.length / 2) return;
    this.#others = this.#others.slice(this.#gone);
    this.#gone = 0;
  }

  clear(): void {
    this.#urgent = [];
    this.#others = [];
    this.#gone = 0;
    this.#bytes = 0;
  }
}

function sizeOf({ payload, headers }: Outgoing): number {
  return payload.length + (headers?.length ?? 0);
}
