/**
 * What this library knows of the wire contract: frames of the server, problems, and which ends are for good.
 *
 * Role: types alone and two tables. Fields and types of frames that are not known are ignored, so a newer server is understood.
 */

/** A refusal (RFC 9457): act on `code`. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
}

/** What lets somebody back in: keep it, and tell nobody. */
export interface Seat {
  readonly gameId: string;
  readonly playerId: string;
  readonly token: string;
}

export interface GameEvent {
  readonly seq: number;
  readonly round: number;
  readonly at: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A seat of the game, as everybody may see it. */
export interface Player {
  readonly id: string;
  readonly displayName: string;
  readonly ready: boolean;
  /** Committed the running round. */
  readonly done: boolean;
  /** Has a connection to some server. Absent: not told yet, not told to spectators, or a bot. */
  readonly connected?: boolean;
  readonly [field: string]: unknown;
}

/** The platform's part of a game. */
export interface Game {
  readonly id: string;
  readonly status: 'lobby' | 'active' | 'concluded';
  readonly round: number;
  readonly roundEndTime: string | null;
  readonly world: unknown;
  readonly players: Readonly<Record<string, Player>> | null;
  readonly [field: string]: unknown;
}

/** A round that is over. */
export interface RoundRecord {
  readonly round: number;
  /** In the order in which they were carried out; a player's own only. */
  readonly actions: readonly { readonly id: string; readonly playerId: string; readonly type: string }[];
  readonly events: readonly GameEvent[];
  /** Of the events: they are `seq` `from` through `through`, and none where it is one less. */
  readonly from: number;
  readonly through: number;
  readonly [field: string]: unknown;
}

/** The game that comes after one that is over. */
export interface Rematch {
  readonly gameId: string;
  readonly status: 'lobby' | 'active';
  /** Player ids: who of the game before is in it. */
  readonly joined: readonly string[];
}

/** Who follows the game. */
export interface Presence {
  /** By id: who has a connection somewhere, or had one lately. Of whoever is not there, none is known. Spectators are told of nobody. */
  readonly players: Readonly<Record<string, { readonly connected: boolean; readonly since: string }>>;
  readonly spectators: number;
}

export type ServerFrame =
  | { readonly type: 'game'; readonly version: number; readonly game: Game; readonly reset?: boolean }
  | { readonly type: 'events'; readonly events: readonly GameEvent[]; readonly reset?: boolean }
  | ({ readonly type: 'presence' } & Presence)
  | { readonly type: 'reply' | 'reconnect' }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

/** Every frame says it; RFC 3339. */
export interface Stamped {
  readonly serverTime?: string;
}

/** Answers after which the same request, under the same key, is sent again. */
export const again: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Whether nothing will ever be told over a connection that was closed with this. 4429: too many, for now. */
export function isForGood(code: number): boolean {
  return code >= 4400 && code < 4429;
}

/** Gone: it was told to its end, or never was. */
export const NOT_ALIVE = 4404;
