/**
 * The server's time, however wrong the clock here is: the median of what its pings say, so that one slow answer moves nothing.
 *
 * Invariant: at most `MOST` samples are kept. A frame that came by itself says only that the server's clock is at least so far; it counts where
 * no ping was answered yet.
 */
const MOST = 9;

export class ServerClock {
  readonly #offsets: number[] = [];
  #atLeast: number | null = null;

  /** All in ms, `sentAt` and `now` by one clock that only goes forward; `sentAt` null: nobody asked. */
  sample(sentAt: number | null, now: number, serverTime: number): void {
    if (!Number.isFinite(serverTime)) return;
    if (sentAt === null) {
      this.#atLeast = Math.max(this.#atLeast ?? Number.NEGATIVE_INFINITY, serverTime - now);
      return;
    }
    this.#offsets.push(serverTime - (sentAt + now) / 2);
    if (this.#offsets.length > MOST) this.#offsets.shift();
  }

  /** Ms since the epoch; null: nothing is known yet. */
  at(now: number): number | null {
    const sorted = this.#offsets.toSorted((one, other) => one - other);
    const offset = sorted[sorted.length >> 1] ?? this.#atLeast;
    return offset === null ? null : now + offset;
  }
}
