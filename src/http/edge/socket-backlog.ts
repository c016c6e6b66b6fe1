/**
 * What all sockets of this member together have left unread, and which of them are cut when that is too much.
 *
 * Why beside the bound of each socket: a thousand that each keep to theirs would still take more than a member has.
 * Why not at once: a commit that many watch is unread by all of them for a moment, and nobody is at fault.
 * Invariant: above the limit nothing stays that has not moved for `PATIENCE_MS`; those that moved longest ago go first, until it fits.
 */
import type { Clock } from '../../ports/clock.ts';

const PATIENCE_MS = 2_000;

/** A socket that has something unread. */
export interface Behind {
  /** To be cut now, without a word: it would not read that either. */
  cut(): void;
}

interface Unread {
  readonly bytes: number;
  /** Since when nothing was taken from it. */
  readonly since: number;
}

export class SocketBacklog {
  readonly #clock: Clock;
  readonly #limitBytes: number;
  /** Who moved longest ago comes first. */
  readonly #unread = new Map<Behind, Unread>();
  #bytes = 0;

  constructor(clock: Clock, limitBytes: number) {
    this.#clock = clock;
    this.#limitBytes = limitBytes;
  }

  /** Whether sockets have to take what they have, before they get more. */
  get isFull(): boolean {
    return this.#bytes > this.#limitBytes;
  }

  /** For how long it has taken nothing of what it has left unread, ms. */
  standsFor(who: Behind): number {
    const unread = this.#unread.get(who);
    return unread === undefined ? 0 : this.#clock.monotonic() - unread.since;
  }

  sent(who: Behind, bytes: number): void {
    const { bytes: before, since } = this.#unread.get(who) ?? { bytes: 0, since: this.#clock.monotonic() };
    this.#unread.set(who, { bytes: before + bytes, since });
    this.#bytes += bytes;
    if (this.isFull) this.#cutWhoStands();
  }

  taken(who: Behind, bytes: number): void {
    const unread = this.#unread.get(who);
    if (unread === undefined) return;
    this.#bytes -= bytes;
    this.#unread.delete(who);
    const left = unread.bytes - bytes;
    if (left > 0) this.#unread.set(who, { bytes: left, since: this.#clock.monotonic() });
  }

  /** Whatever it has left unread is gone. */
  forget(who: Behind): void {
    this.#bytes -= this.#unread.get(who)?.bytes ?? 0;
    this.#unread.delete(who);
  }

  #cutWhoStands(): void {
    const movedBefore = this.#clock.monotonic() - PATIENCE_MS;
    for (const [who, { since }] of this.#unread) {
      if (!this.isFull || since > movedBefore) return;
      this.forget(who);
      who.cut();
    }
  }
}
