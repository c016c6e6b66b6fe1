/**
 * How large a game may get, from what the store takes in one write.
 *
 * Why in parts: a round has to end, and refusals have to be remembered, when the game has no room left for players' commands. So those
 * may fill six tenths of a write, and the rest is kept for what follows from them.
 */
export interface Sizes {
  /** State and results together, after a player's command. */
  readonly game: number;
  /** From here on every command is measured, with the end of the round that it leads to; below, a bound on what one can add is enough. */
  readonly measured: number;
  /** Remembered results. */
  readonly results: number;
  /** Anything that is written: snapshots and records of rounds. */
  readonly write: number;
}

/** A store that takes more makes games no larger: they travel between members, and are read whole. */
const LARGEST_GAME_BYTES = 512 * 1024;
/** What surrounds state and results in a snapshot. */
const ENVELOPE_BYTES = 2 * 1024;
/** What one command can add to anything that is written. */
export const LARGEST_COMMAND_BYTES = 1024;

/** The record of a round repeats what the state says, each action with who took it: at most 2.5 times as long. */
const RECORD_GROWTH = 2.5;

/** `largestValue`: bytes that the store takes in one write. */
export function sizesFor(largestValue: number): Sizes {
  const write = largestValue - ENVELOPE_BYTES;
  const game = Math.min(LARGEST_GAME_BYTES, Math.floor(0.6 * write));
  const measured = Math.min(0.75 * game, write / RECORD_GROWTH - LARGEST_COMMAND_BYTES);
  return { game, measured, results: game / 2, write };
}

export function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Whether the end of a round still fits into a write: measured as seldom as will do, for measuring means to try the end. */
export class EndRoom {
  private readonly largest: number;
  /** Commands that fit in any case. */
  private credit = 0;
  /** A game so large was found to have no room. */
  private fullFrom = Number.POSITIVE_INFINITY;

  constructor(largest: number) {
    this.largest = largest;
  }

  /** A command that makes the game `bytes` large. `measure`: how large a write its round's end would take. */
  admits(bytes: number, measure: () => number): boolean {
    if (bytes >= this.fullFrom) return false;
    if (this.credit > 0) {
      this.credit -= 1;
      return true;
    }
    const room = this.largest - measure();
    this.credit = Math.max(0, Math.floor(room / LARGEST_COMMAND_BYTES));
    this.fullFrom = room < 0 ? bytes : Number.POSITIVE_INFINITY;
    return room >= 0;
  }
}
