/**
 * The one interface through which a session sees the rules of its game.
 *
 * Role: keeps `session/` and `member/` free of any knowledge of the game, and the game free of clusters.
 * Invariants that an implementation keeps:
 *  - Pure: same arguments, same answer. No clock, no randomness but what the state carries and the context brings. Never mutates its arguments;
 *    a state is an immutable JSON value (plain objects, arrays, strings, finite numbers, booleans, null).
 *  - `apply` may throw: the session then rejects that command and keeps the old state. Nothing else does.
 */
import type { ErrorCode } from '../errors.ts';
export interface Rules<State, Command> {
  /** The version that `apply` works on and that is written. */
  readonly stateVersion: number;
  /** What is played. All members of a cluster play a game of this name. */
  readonly module: ModuleId;

  /** A new game from a document as given to `continue_game` (already a JSON value, not yet checked). */
  create(gameId: string, document: unknown, origin: Origin, context: RuleContext): RuleOutcome<State>;
  apply(state: State, command: Command, context: RuleContext): RuleOutcome<State>;

  /** The command for what is due at the deadline: it ends the running round, or a game that nobody came back to. */
  timeUp(state: State): Command;
  /** Ends the running round without its actions: what happens when ending it properly throws. */
  abandonRound(state: State, context: RuleContext): Applied<State>;
  /** The running round gets its full time anew, from now, if a clock runs: nobody could see it before. Never throws. */
  restartClock(state: State, context: RuleContext): State;
  /** When the clock next does something, ms since the epoch: ends the round, or gives up a game that nobody plays. Null: never. */
  deadline(state: State): number | null;
  summary(state: State): Summary;
  /** Whether the game is over for good: it takes no more commands, no clock runs, and it leaves memory once it is archived. */
  isOver(state: State): boolean;

  /** What the bearer of a token is to this game now. */
  standing(state: State, bearer: Bearer): Standing;
  /** Whether anybody may follow the game with the eyes of the public. */
  admitsSpectators(state: State): boolean;
  /** Why only an administrator may do this to the game as it is; null: whoever may do it at all. */
  adminOnly(state: State, command: Command): string | null;
  /** The player whom a command is about, who may do it as `self`; null: nobody in particular. */
  subject(command: Command): string | null;

  /** What `viewer` may see: a JSON value. */
  view(state: State, viewer: Viewer): unknown;
  /** The running round, and what has happened in the game since the round before it ended, or earlier, as far as `viewer` may know. */
  events(state: State, viewer: Viewer): RecentEvents;
  /** What `viewer` may see of a round's record (its `content`): a JSON value, and the events of the round. */
  record(content: unknown, viewer: Viewer): Told;
  /** What webhooks are told of it. */
  readonly notices: NoticeRules<State>;
  /** The answer to a command that was applied and made `version`; the same at every retry. `state`: any later one of the game. */
  answer(command: Command, version: number, state: State): RuleAnswer;
  /**
   * Why a command that was applied, and made the version in `context`, is not answered again: what it gave is not given for ever.
   * Null: it is.
   */
  refuseRepetition(state: State, command: Command, context: RuleContext): Rejected | null;
  /** What the host of the game that was just created gets; null if it has none. */
  hostGrant(state: State): Grant | null;
  /** Whether `origin` comes with the very key that created the game; `late`: it does, but a repetition gives nothing any more. */
  isCreator(state: State, origin: Origin, now: number): boolean | 'late';

  /** Whether games may begin whose states need random bytes, while this version is written. */
  draws(writtenVersion: number): boolean;

  /** Steps between neighbouring state versions: `up[n]` turns n into n + 1, `down[n]` turns n into n - 1. */
  readonly migrations: Migrations;
  /** The state as members read it whose module is of that version; `parse` lifts it again. Never throws. */
  lower(state: State, moduleVersion: number): State;
  /** Checks a stored state of `stateVersion`; throws what is wrong with it. */
  parse(stored: unknown): State;
}

export interface NoticeRules<State> {
  /** The number of the newest event that webhooks are told of; 0: there is none yet. */
  newest(state: State): number;
  /** The first one after event number `seq`; null: there is none. `recorded`: it is in the record of an earlier round. */
  next(state: State, seq: number): Notice | null | 'recorded';
  /** The first one after that in the record of a round (its `content`) of this game; null: there is none. */
  recorded(state: State, content: unknown, seq: number): Notice | null;
}

/** An event as a webhook is told it. */
export interface Notice {
  /** The same at every attempt, and no other event's. */
  readonly id: string;
  /** Of the event, as administrators count. */
  readonly seq: number;
  readonly round: number;
  /** When it happened, ms since the epoch. */
  readonly at: number;
  readonly type: string;
  /** JSON text. */
  readonly body: string;
}

/** What listings tell about a game without reading it. */
export interface Summary {
  /** One word. */
  readonly status: string;
  readonly listed: boolean;
  /** Its clock stands still because nobody plays. */
  readonly suspended: boolean;
  /** When somebody last played, ms since the epoch; null: not known. */
  readonly playedAt: number | null;
  /** Absent: it takes nobody in. */
  readonly lobby?: Lobby | undefined;
}

export interface Lobby {
  /** How many it takes in. */
  readonly seatsLeft: number;
  /** How many are in. */
  readonly playerCount: number;
  /** The name of the host; null: it does not play. */
  readonly host: string | null;
}

export interface RuleContext {
  /** Cluster time, ms since the epoch. */
  readonly now: number;
  /** The session's version once this is applied: unique within the game, so ids can be made of it. */
  readonly version: number;
  /** When the host last sent anything; absent: it counts as heard just now. */
  readonly hostHeardAt?: number;
  /**
   * Random bytes that were drawn for this attempt: the same ones at every call. Absent, or null: none may be drawn, because an older state
   * version is written, which could not keep what they make.
   */
  readonly bytes?: () => Uint8Array | null;
  /** The version of the module that is written: what it has no place for is not kept. Absent: ours. */
  readonly moduleWritten?: number;
}

export type RuleOutcome<State> = Applied<State> | Rejected;

export interface Applied<State> {
  readonly kind: 'applied';
  readonly state: State;
  /** Set when a round ended: written to the archive before the snapshot that refers to it. */
  readonly record?: RoundRecord;
}

export interface Rejected {
  readonly kind: 'rejected';
  readonly code: ErrorCode;
  readonly detail: string;
  /** With `action_refused`: the game's own code for it. */
  readonly reason?: string;
}

export interface RoundRecord {
  readonly round: number;
  /** A JSON value. */
  readonly content: unknown;
}

export interface RuleAnswer {
  readonly status: number;
  /** A JSON value; null for an answer without a body. */
  readonly body: unknown;
  /** The player gets a token of its own with the answer. */
  readonly grant?: Grant;
}

/** Where a game comes from. */
export interface Origin {
  /** Unguessable; tells the tokens of this game from those of an earlier one with the same id. */
  readonly nonce: string;
  /** Who created it and gets a token for it. Null: nobody (a bare session). */
  readonly host: HostOrigin | null;
  /** An administrator made it, and may ask for more than others. */
  readonly byAdmin?: true | undefined;
  /** It is the rematch of a game: its lobby is locked at first, and who played that one comes in all the same. */
  readonly isRematch?: true | undefined;
}

export interface HostOrigin {
  readonly playerId: string;
  /** Null: the host does not play. */
  readonly displayName: string | null;
  /** What the client's key makes of the seat, under each secret of the gateway, the newest first. Absent or empty: there is no key. */
  readonly keys?: readonly KeyedSeat[] | undefined;
  /** Digests of the address that it was created from, likewise. */
  readonly addresses?: readonly string[] | undefined;
}

/** What an idempotency key makes of a seat: the id that it gets, and the digest by which the key is known again. */
export interface KeyedSeat {
  readonly playerId: string;
  /** 128 bits, which nobody can make without the key and a secret. */
  readonly digest: string;
}

/** What a token says about its bearer. */
export interface Bearer {
  readonly playerId: string;
  readonly nonce: string;
  /** The session's version that gave the token. A player's newest one counts. */
  readonly generation: number;
}

/** A token to be signed for a player. */
export interface Grant extends Bearer {
  readonly role: 'host' | 'player';
}

/** `foreign`: of another game that had this id; `ended`: gone, or given a newer token. */
export type Standing = 'foreign' | 'ended' | 'kicked' | 'player' | 'host';

/** Whose eyes: an administrator's, a player's, or those of somebody without a token. */
export type Viewer = 'admin' | 'public' | `player:${string}`;

/** `seq` counts, without a gap, what the viewer may know of the game. */
export interface NumberedEvent {
  readonly seq: number;
}

/** What a viewer may know of a stretch of a game's history, which may be nothing: then `through` is one below `from`. */
export interface Told {
  /** In order, from `from` through `through`. */
  readonly events: readonly NumberedEvent[];
  readonly from: number;
  readonly through: number;
}

/** Up to now; what was before `from` is in the records of earlier rounds. */
export interface RecentEvents extends Told {
  readonly round: number;
}

/** What a cluster writes, so that every member of it can read that: see `cluster.written` (docs/architecture/membership.md). */
export interface Written {
  readonly stateVersion: number;
  /** The version of the module. */
  readonly module: number;
}

/** Which game, and which version of it. */
export interface ModuleId {
  readonly name: string;
  readonly version: number;
  /** Of its code, which changes under one version with every fix. Absent: not known. */
  readonly hash?: string | undefined;
}

export interface Migrations {
  readonly up: ReadonlyMap<number, (state: unknown) => unknown>;
  readonly down: ReadonlyMap<number, (state: unknown) => unknown>;
}
