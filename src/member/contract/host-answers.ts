/**
 * What an owner answers: the shapes of its answers about one game.
 */
import { type ErrorCode, problem } from '../../errors.ts';
import type { CommittedGame } from '../../session/committed-game.ts';
import { type Caller, type Permission, viewerOf, viewName } from '../../session/permission.ts';
import type { Grant, RecentEvents, Rejected, Rules, Viewer, Written } from '../../session/rules.ts';
import type { Reply } from '../../session/session-command.ts';
import type { ReadOperation } from './gateway.ts';
import { type Presence, shownPlayers } from './presence.ts';
import type { MemberOperation, RoutedCommand } from './rpc.ts';
import { encodeUpdate } from './updates.ts';

export type HostAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly grant?: Grant }
  /** `uncertain`: the command may have been applied here. `cause`: what became of its write; absent: the slot was given up before that was known. */
  | { readonly kind: 'moved'; readonly uncertain: boolean; readonly cause?: string };

export const MOVED: HostAnswer = { kind: 'moved', uncertain: false };

/** What an `events` operation tells, as JSON text. */
export interface Happened extends RecentEvents {
  /** The running round was the last, and is finished. */
  readonly over: boolean;
}

/** Operations that change nothing. */
export type Look = ReadOperation | MemberOperation;

/** Operations that begin a game, unless it is there. */
export type Starting = Extract<RoutedCommand, { kind: 'continue' | 'create' }>;

export interface Shower<State> {
  readonly rules: Rules<State, unknown>;
  /** Member id of the owner. */
  readonly self: string;
  written(): Written;
}

/** What a read tells beside the game itself. */
export interface Beside {
  /** The store did not confirm that this is the newest. */
  readonly stale?: boolean;
  /** Who follows the game; null: nothing is known. */
  readonly presence?: Presence | null;
}

/** What `operation` gets to see of a committed state. */
export function look<State>(
  shower: Shower<State>,
  game: CommittedGame<State>,
  operation: Look,
  beside: Beside = {},
): HostAnswer {
  switch (operation.kind) {
    case 'read':
      return show(shower, game, operation, { status: 200, ...beside });
    case 'events': {
      const refusal = game.refuse(operation.caller, operation.may);
      if (refusal !== null) return refused(refusal);
      const happened: Happened = { ...game.events(viewerOf(operation.caller)), over: game.isOver };
      return { kind: 'answer', status: 200, body: JSON.stringify(happened) };
    }
    case 'state':
      return { kind: 'answer', status: 200, body: encodeUpdate(shower.rules, game, shower.written()) };
  }
}

/** The game as the caller may see it. */
export function show<State>(
  { self }: { readonly self: string | null },
  game: CommittedGame<State>,
  { caller, may }: { readonly caller: Caller; readonly may: Permission },
  { status, stale = false, presence = null, grant = null }: Beside & { status: number; grant?: Grant | null },
): HostAnswer {
  const refusal = game.refuse(caller, may);
  if (refusal !== null) return refused(refusal);
  const viewer = viewerOf(caller);
  const end = `${stale ? ',"stale":true' : ''}${presenceFor(viewer, presence)}}`;
  const body = `{"game":${game.view(viewer)},"view":"${viewName(viewer)}","version":${game.version},"owner":${self === null ? 'null' : `"${self}"`}${end}`;
  return { kind: 'answer', status, body, ...(grant && { grant }) };
}

/** Beside the game and not in it: a game of one version is the same whoever looks when. The public is told of nobody. */
function presenceFor(viewer: Viewer, presence: Presence | null): string {
  if (presence === null || viewer === 'public') return '';
  return `,"presence":{"players":${shownPlayers(presence)},"spectators":${presence.spectators}}`;
}

/** To whoever wanted to begin a game that is there. `first`: what the game knows of this very command. */
export function showStarted<State>(
  shower: Shower<State>,
  game: CommittedGame<State>,
  operation: Starting,
  first: 'created' | 'key_reused' | undefined,
  now: number,
): HostAnswer {
  const { kind, gameId, origin } = operation;
  if (first === 'key_reused') {
    return problemAnswer('key_reused', 'The same idempotency key came with another request before.');
  }
  const isCreator = kind === 'create' && shower.rules.isCreator(game.state, origin, now);
  if (isCreator === 'late') {
    return problemAnswer('key_expired', `This key created the game ${gameId} over an hour ago.`);
  }
  const isFirst = first === 'created' || isCreator;
  if (!isFirst && kind === 'create') {
    return problemAnswer('game_exists', `There is a game ${gameId} already.`);
  }
  if (!isFirst && game.isOver) return problemAnswer('game_concluded', `The game ${gameId} is concluded.`);
  const status = isFirst ? 201 : 200;
  const grant = kind === 'create' ? shower.rules.hostGrant(game.state) : null;
  if (grant === null) return show(shower, game, operation, { status });
  const host: Caller = { kind: 'player', ...grant };
  // A repetition that comes when the host has a newer token, or is gone, gets the first one again: it holds no more.
  const caller = game.refuse(host, ['player']) === null ? host : operation.caller;
  return show(shower, game, { caller, may: ['anyone'] }, { status, grant });
}

export function answerOf(reply: Reply): HostAnswer {
  if (reply.kind === 'problem') return problemAnswer(reply.code, reply.detail, reply);
  const { status, body, grant } = reply;
  return { kind: 'answer', status, body, ...(grant && { grant }) };
}

export function refused({ code, detail }: Rejected): HostAnswer {
  return problemAnswer(code, detail);
}

type More = Pick<Extract<Reply, { kind: 'problem' }>, 'reason' | 'outcome'>;

export function problemAnswer(code: ErrorCode, detail: string, { reason, outcome }: More = {}): HostAnswer {
  const document = { ...problem(code, detail, outcome), ...(reason !== undefined && { reason }) };
  return { kind: 'answer', status: document.status, body: JSON.stringify(document) };
}
