/**
 * What clients and the world report, and to whom: the vocabulary between a simulation and its checkers.
 *
 * Role: types only, and the list of what was found broken. All times are true ms since the beginning of the world.
 */
import type { GameCommand } from '../../../src/game/commands.ts';
import type { GamePage } from '../../../src/member/contract/gateway.ts';
import type { Caller, Permission } from '../../../src/session/permission.ts';
import type { Grant, Viewer } from '../../../src/session/rules.ts';

export type OperationKind = 'create' | 'resume' | 'act' | 'endRound' | 'strong' | 'eventual' | 'round' | 'erase';

/** A command to a real game, and by which right it is given. */
export interface Wish {
  readonly input: GameCommand;
  readonly caller: Caller;
  readonly may: Permission;
}

/** One thing that a client wants, however often it has to ask for it. */
export interface Asked {
  readonly number: number;
  readonly client: string;
  readonly kind: OperationKind;
  readonly gameId: string;
  readonly viewer: Viewer;
  /** What a command leaves in the game; null for reads and resumes. */
  readonly tag: string | null;
  /** The idempotency key; null: none, then the client asks only once. */
  readonly key: string | null;
  /** Which round `endRound` ends, or `round` reads. */
  readonly round: number | null;
  /** Of an act in a real game. */
  readonly wish?: Wish;
  /** Of `erase`: only if nobody has played since, wall ms; null: in any case. */
  readonly idleSince?: number | null;
  readonly invokedAt: number;
}

/** One answer. A client that asked twice may hear two. */
export interface Heard {
  readonly at: number;
  /** Name of the process that was asked (`m1#2`). */
  readonly via: string;
  readonly status: number;
  /** Parsed; null if empty. */
  readonly body: unknown;
  /** Member id. */
  readonly owner: string | null;
  /** A token that goes with it. */
  readonly grant?: Grant;
}

/** What a client asks a list of games for. */
export interface AskedPage {
  readonly number: number;
  readonly client: string;
  readonly viewer: 'admin' | 'public';
  readonly status: 'lobby' | 'active' | 'concluded' | null;
  readonly suspended: boolean | null;
  /** Wall ms; null: whenever they were played. */
  readonly idleSince: number | null;
  readonly limit: number;
  /** Where the page before ended; null: this is the first. */
  readonly cursor: string | null;
  readonly invokedAt: number;
}

export interface HeardPage {
  readonly at: number;
  /** Name of the process that was asked. */
  readonly via: string;
  readonly page: GamePage;
}

export interface Socket {
  readonly name: string;
  readonly gameId: string;
  readonly viewer: Viewer;
  /** Name of the process that holds it. */
  readonly at: string;
  readonly openedAt: number;
  /** The newest version that the client had by then, on whatever connection; 0: none. */
  readonly since: number;
}

export interface Seen {
  readonly at: number;
  readonly version: number;
  /** The client was told that versions start over. */
  readonly reset: boolean;
  /** The game as the viewer sees it; null: no longer alive. */
  readonly game: unknown;
}

export interface SeenEvent {
  readonly at: number;
  readonly seq: number;
  /** The one that the client saw before, on whatever connection; null: none. */
  readonly after: number | null;
}

export interface Witness {
  /** Called at `invokedAt`, before the first copy leaves. */
  asked(operation: Asked): void;
  /** Another copy of it leaves: no single "not applied" says any longer that it never will be. */
  repeated(operation: Asked): void;
  heard(operation: Asked, answer: Heard): void;
  /** Nothing more will be asked for this one; what became of a command is unknown. */
  gaveUp(operation: Asked, at: number): void;
  /** Called at `invokedAt`, before it leaves. */
  askedPage(page: AskedPage): void;
  heardPage(page: AskedPage, answer: HeardPage): void;
  opened(socket: Socket): void;
  saw(socket: Socket, seen: Seen): void;
  sawEvent(socket: Socket, seen: SeenEvent): void;
  closed(socket: Socket, at: number): void;
}

export interface Violation {
  /** I1 to I9, `liveness`, …, or `contract`: an answer that no client can expect. */
  readonly promise: string;
  readonly what: string;
  readonly at: number;
}

/** What was found broken, first things first. */
export class Violations {
  readonly found: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  report(promise: string, what: string): void {
    this.found.push({ promise, what, at: this.#now() });
  }
}
