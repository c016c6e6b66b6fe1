/**
 * What a member offers to its edge (HTTP and WebSocket): the only thing of `member/` that `http/` knows.
 *
 * Role: any member serves any game; where the session lives is hidden behind `execute`.
 * Invariants:
 *  - An `Answer` reflects committed state only, and for a command it comes after the commit (I2).
 *  - `execute` always resolves, at the deadline at the latest (then 503 `session_unavailable`).
 */
import type { SlotMap } from '../../cluster/slot-map.ts';
import type { ErrorCode } from '../../errors.ts';
import type { GameCommand } from '../../game/commands.ts';
import type { Followed } from '../../ports/tracing.ts';
import type { Caller, Permission } from '../../session/permission.ts';
import type { Grant, Origin } from '../../session/rules.ts';
import type { MemberReport, StuckReport, WebhookReport } from './member-report.ts';

export type { MemberReport, SlotMap, StuckReport, WebhookReport };

export interface Gateway {
  readonly self: { readonly id: string; readonly incarnation: string };
  readonly draining: boolean;
  readonly readiness: Readiness;
  /** How long ago the newest acknowledged renewal was sent; null: there was none yet. */
  readonly renewedMsAgo: number | null;
  /** How many members are in the cluster as this one sees it; 0 before it has joined. */
  readonly memberCount: number;
  /** The time by which games go, whole ms since the epoch; the machine's own until this process has joined a cluster for the first time. */
  readonly now: number;
  /** Of this member alone, at once. */
  measurements(): Measurements;
  execute(operation: Operation): Promise<Answer>;
  /** What `execute` would answer, if that is known without waiting for anything; null: it is not. Most reads of games that are here are such. */
  readNow(operation: ReadOperation): Answer | null;
  location(gameId: string): Location;
  cluster(): Promise<ClusterPicture>;
  /** Whether each bucket can be used, as far as this member knows. */
  readonly buckets: ReadonlyMap<string, boolean>;
  listGames(query: ListQuery): Promise<GamePage>;
  /**
   * What has happened in a game since the event `after`: 200 `{events, latest, truncated}`. If there is no such event (any more):
   * from the first one, marked `reset`. Rejects with StoreUnavailable.
   */
  events(query: EventsQuery): Promise<Answer>;
  /** The record of a finished round as the caller may see it; 404 if there is none. Rejects with StoreUnavailable. */
  round(query: RoundQuery): Promise<Answer>;
  /** Cordon a member (`on`) or take it back. False if no such member is in the view. Rejects with MemberSilent, OrderVoid or StoreUnavailable. */
  setDrain(memberId: string, on: boolean): Promise<boolean>;
  /**
   * Committed states of a game as they come, newest wins, versions only rise until one is marked `reset`. `onUpdate` gets the first one
   * soon after the call and every later one; a gap is closed by re-reading. Events come without a gap. Returns a function that ends it.
   */
  watch(subject: WatchSubject, onUpdate: (update: GameUpdate) => void): () => void;
}

/** A member did not say that it did what it was asked to: it may do it yet. */
export class MemberSilent extends Error {
  override readonly name = 'MemberSilent';
}

/** A member answered that it does not obey the order: it certainly was not carried out. */
export class OrderVoid extends Error {
  override readonly name = 'OrderVoid';
}

export interface Readiness {
  readonly ready: boolean;
  /** What is missing; of a member that is ready all the same: because all miss it alike. */
  readonly reasons: readonly string[];
}

export interface Measurements {
  readonly ready: boolean;
  /** To NATS. */
  readonly connected: boolean;
  readonly slotsHeld: number;
  /** By the ring. */
  readonly slotsWanted: number;
  readonly slotsUnowned: number;
  readonly sessions: number;
  /** The same by status; `suspended` ones apart. */
  readonly games: ReadonlyMap<string, number>;
  readonly members: number;
  /** What is left of jumps of the store's clock, by which the time of games is kept ahead of it. */
  readonly clockHeldMs: number;
  /** Games of which something is to be told to the webhook. */
  readonly webhookGames: number;
  /** For how long the oldest such event has waited. */
  readonly webhookOldestMs: number;
  /** Round ends that are kept, one a game at most. */
  readonly deadlines: number;
  /** Games that are being loaded, or wait for that. */
  readonly loads: number;
  /** How many may be loaded at one time, as quickly as NATS answers now. */
  readonly loadsAtOnce: number;
  /** Games of slots that were taken, which are not claimed yet. */
  readonly claims: number;
  /** What makes no progress, by kind. */
  readonly stuck: ReadonlyMap<string, number>;
  /** Whether each bucket can be used, as far as this member knows. */
  readonly buckets: ReadonlyMap<string, boolean>;
  /** How often what went wrong since the process began, by kind. */
  readonly incidents: ReadonlyMap<string, number>;
  /** How often something was done again because the store gave no final answer, by reason. */
  readonly retries: ReadonlyMap<string, number>;
}

export type Operation = ReadOperation | ContinueOperation | CreateOperation | CommandOperation | EraseOperation;

interface Addressed extends Followed {
  readonly gameId: string;
  readonly caller: Caller;
  /** What the caller has to be. */
  readonly may: Permission;
}

export interface ReadOperation extends Addressed {
  readonly kind: 'read';
  readonly consistency: 'strong' | 'eventual';
}

/** Start the game from `document`, or resume what is stored when there is none. */
export interface ContinueOperation extends Addressed {
  readonly kind: 'continue';
  readonly document: unknown;
  readonly origin: Origin;
  readonly command: CommandIdentity;
}

/** Make a new game: 409 `game_exists` if the id is taken by one that this command did not make. Without a document it only finds what it made. */
export interface CreateOperation extends Addressed {
  readonly kind: 'create';
  readonly document: unknown;
  readonly origin: Origin;
  readonly command: CommandIdentity;
}

export interface CommandOperation extends Addressed {
  readonly kind: 'command';
  readonly input: GameCommand;
  readonly command: CommandIdentity;
}

/** Delete the game and everything that is archived of it. */
export interface EraseOperation extends Addressed {
  readonly kind: 'erase';
  readonly command: CommandIdentity;
  /** Wall ms: 409 `game_not_idle` if somebody has played it since. */
  readonly idleSince?: number | undefined;
}

/** What makes a command recognisable when it comes again. */
export interface CommandIdentity {
  /** Who: results are kept per principal (`admin`, `player.<id>`, …). */
  readonly principal: string;
  /** The client's idempotency key; null if it gave none. */
  readonly key: string | null;
  /** A digest of method, address and body: the same key with another one is `key_reused`. */
  readonly fingerprint: string;
  /** For how long it may have waited before it was asked of this gateway. Absent: it has just come. */
  readonly waitedMs?: number;
}

/** What to tell the client. */
export interface Answer {
  readonly status: number;
  /** JSON text: the result, or a problem document if `status` is 400 or above. Empty for 204. */
  readonly body: string;
  /** The owner's member id; null if nobody owns the game's slot right now. */
  readonly owner: string | null;
  /** A token goes with the answer. */
  readonly grant?: Grant;
}

export interface EventsQuery extends Addressed {
  /** The last event that the client has; 0 for none. */
  readonly after: number;
  readonly limit: number;
}

export interface RoundQuery extends Addressed {
  readonly round: number;
}

export interface WatchSubject {
  readonly gameId: string;
  readonly caller: Caller;
  /** The newest version that the client has; 0 for none. */
  readonly since: number;
  /** The last event that the client has; null: begin with those of the running round. */
  readonly after: number | null;
}

export type GameUpdate =
  | {
      readonly kind: 'state';
      readonly version: number;
      /** The game was put back to an older state: what the client had does not count any more, and events begin as without `after`. */
      readonly reset: boolean;
      readonly view: 'admin' | 'player' | 'public';
      /** JSON text of the game as the caller sees it. */
      readonly game: string;
      /** JSON texts: what happened since the update before. */
      readonly events: readonly string[];
      /** That of the last event up to here; 0 if there is none. */
      readonly seq: number;
    }
  /** Who follows the game, when that changed. `players`: JSON text, by id `{connected, since}`; the public is told of none. */
  | { readonly kind: 'presence'; readonly players: string; readonly spectators: number }
  /** No such game is alive. */
  | { readonly kind: 'gone' }
  /** The token holds no more. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

export interface Location {
  readonly gameId: string;
  readonly slot: number;
  readonly owner: string | null;
  readonly desiredOwner: string | null;
  readonly epoch: number;
  /** How its owner came by the slot; null: nobody ever owned it. */
  readonly acquired: string | null;
  /** From whom; of a slot without an owner the last one. Null: from nobody, or not known. */
  readonly previousOwner: string | null;
  /** RFC 3339; null: not known. */
  readonly ownedSince: string | null;
}

export interface ClusterReport {
  readonly self: string;
  /** Revision of the newest membership change that this member has seen. */
  readonly revision: number;
  readonly members: readonly MemberReport[];
  readonly slots: number;
  readonly unowned: number;
  /** As the cluster's record says it; null before this member has seen it. */
  readonly versions?: { readonly minimum: SpokenVersions; readonly written: SpokenVersions } | null;
}

/** Of stored games, of what members say to each other, of the game that is played. */
export interface SpokenVersions {
  readonly stateVersion: number;
  readonly protocol: number;
  readonly module: number;
}

/** All of one moment. */
export interface ClusterPicture extends ClusterReport {
  /** Who owns which slot, as far as this member has heard; null before it has joined. */
  readonly slotMap: SlotMap | null;
}

export interface ListQuery {
  readonly caller: Caller;
  readonly status?: 'lobby' | 'active' | 'concluded';
  /** Only games whose clock is suspended, or only others. */
  readonly suspended?: boolean | undefined;
  /** Only games that nobody has played since, wall ms. */
  readonly idleSince?: number | undefined;
  /** Only lobbies that take somebody in. */
  readonly seats?: 'free' | undefined;
  readonly limit: number;
  /** The last id of the page before. */
  readonly cursor?: string;
}

export interface PagedGame {
  readonly id: string;
  readonly status: string;
  readonly roundEndTime: string | null;
  /** Of a lobby, and for administrators: when somebody last played, RFC 3339; null: not known. */
  readonly playedAt?: string | null;
  /** Of a lobby. */
  readonly seatsLeft?: number;
  /** Of a lobby. */
  readonly playerCount?: number;
  /** Of a lobby, the name of its host; null: it does not play. */
  readonly host?: string | null;
}

export interface GamePage {
  readonly games: readonly PagedGame[];
  readonly nextCursor: string | null;
  /** An owner did not answer, or a slot has none: games may be missing. */
  readonly partial: boolean;
}
