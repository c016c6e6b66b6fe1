/**
 * The frames of one socket that wait for their turn, and for how long each may have been on its way.
 *
 * Why: a client may have given the connection up meanwhile, asked elsewhere and gone on. A command that waited must not pass for one that has just
 * come (member/gateway/receive-clock.ts).
 * Invariant: what is read soon after a pause counts as having come when that began: it may have waited in the connection.
 */
import type { RawData } from 'ws';

/** After a pause what had waited in the connection has been read. */
const BACKLOG_MS = 1_000;

export interface Frame {
  readonly data: RawData;
  /** Monotonic ms: it came then, or later. Null: it has just come. */
  readonly since: number | null;
}

export class WaitingFrames {
  readonly #frames: Frame[] = [];
  #pause: { readonly from: number; readonly until: number } | null = null;

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** What has been read now. */
  read(data: RawData, now: number): Frame {
    const pause = this.#pause;
    return { data, since: pause !== null && now < pause.until + BACKLOG_MS ? pause.from : null };
  }

  /** Nothing is read from now on, until `resumed`; what was read already still comes. */
  push(frame: Frame, now: number): void {
    if (this.isEmpty) this.#pause = { from: now, until: Number.POSITIVE_INFINITY };
    this.#frames.push({ ...frame, since: frame.since ?? now });
  }

  next(): Frame | undefined {
    return this.#frames.shift();
  }

  resumed(now: number): void {
    if (this.#pause !== null) this.#pause = { from: this.#pause.from, until: now };
  }

  clear(): void {
    this.#frames.length = 0;
  }
}
