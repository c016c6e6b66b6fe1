/**
 * Large answers take turns on their way to sockets: so many bytes in one turn of the event loop, over all sockets of this member.
 *
 * Why: an answer that many sockets wait for comes to all of them at once. To write it a hundred times in one turn would hold up whatever else
 * the member does, the renewals of its membership first of all.
 * Invariants: in one turn at most `BYTES_A_TURN` begin, or one reply that is larger; they begin in the order in which they came. Small ones
 * do not wait.
 */
import type { Clock } from '../../ports/clock.ts';

export const BYTES_A_TURN = 2 * 1024 * 1024;
export const SMALL_BYTES = 16 * 1024;
/** Answers that wait are kept until their turn. */
const CROWDED_BYTES = 32 * 1024 * 1024;
/** Nobody can tell when a turn ends; but a timer comes after what waits already. */
const TURN_MS = 1;

export class ReplyTurns {
  readonly #clock: Clock;
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = [];
  #waitingBytes = 0;
  /** Of this turn. */
  #bytes = 0;
  #ticking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So much waits that no more should be begun than has to be. */
  get isCrowded(): boolean {
    return this.#waitingBytes > CROWDED_BYTES;
  }

  /** Null: now. */
  wait(bytes: number): Promise<void> | null {
    if (bytes <= SMALL_BYTES) return null;
    this.#tickSoon();
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#bytes += bytes;
      return null;
    }
    this.#waitingBytes += bytes;
    return new Promise((begin) => this.#waiting.push({ bytes, begin }));
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= BYTES_A_TURN;
  }

  #tickSoon(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#clock.after(TURN_MS, () => this.#tick());
  }

  #tick(): void {
    this.#ticking = false;
    this.#bytes = 0;
    let begun = 0;
    for (const { bytes, begin } of this.#waiting) {
      if (!this.#hasRoom(bytes)) break;
      this.#bytes += bytes;
      this.#waitingBytes -= bytes;
      begun += 1;
      begin();
    }
    this.#waiting.splice(0, begun);
    if (this.#bytes > 0) this.#tickSoon();
  }
}
