/**
 * What is known of one game that bots played: what they were told when they acted, and what anybody can read afterwards.
 *
 * Role: types alone, between who plays (one-game.ts), who reads (reading.ts) and who judges (verdict.ts, replay.ts).
 */
import type { GameEvent, RoundRecord } from '../../client/index.ts';

export interface Evidence {
  readonly gameId: string;
  /** What chance follows from, as an administrator said; null: it was drawn. */
  readonly seed: number | null;
  /** Of the bots that played over the wire. */
  readonly players: readonly string[];
  /** Actions that were acknowledged. */
  readonly given: readonly GivenOverWire[];
  readonly admin: Read;
  /** By player. */
  readonly seen: ReadonlyMap<string, Seen>;
}

export interface GivenOverWire {
  readonly playerId: string;
  readonly actionId: string;
  /** That was seen when it was sent, so it belongs to this one or to a later one. */
  readonly round: number;
  readonly action: { readonly type: string };
  /** Taken back, and that was acknowledged, too. */
  readonly retracted: boolean;
}

/** What one viewer reads once the game is over. */
export interface Read {
  readonly game: FinalGame;
  /** Of each round, from the first to the last. */
  readonly records: readonly Recorded[];
  /** All events, from `GET …/events`. */
  readonly events: readonly GameEvent[];
}

export interface Seen extends Read {
  /** What came over the connection while the game was played. */
  readonly live: readonly GameEvent[];
}

export interface FinalGame {
  readonly status: string;
  readonly round: number;
  readonly version: number;
  readonly world: unknown;
  readonly outcome?: Outcome | null;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly players: Readonly<Record<string, { readonly id: string; readonly bot?: boolean }>>;
}

export interface Outcome {
  readonly winners: readonly string[];
  readonly [field: string]: unknown;
}

export type Recorded = RoundRecord & {
  readonly endedAt: string;
  readonly reason: string;
  readonly outcome?: Outcome;
};
