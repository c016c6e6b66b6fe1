/**
 * What a session is asked, what it answers, and what it writes.
 */
import { type ErrorCode, errorCodeOf } from '../errors.ts';
import { type Caller, type Permission, refuse } from './permission.ts';
import type { Grant, Rejected, RoundRecord, Rules } from './rules.ts';
import type { Listing } from './snapshot.ts';

/** What recognises a command when it comes again. */
export interface CommandKey {
  readonly principal: string;
  readonly id: string;
  /** The client gave the key; else the id is the gateway's own. */
  readonly keyed: boolean;
  /** An earlier copy may have been applied. */
  readonly again: boolean;
  readonly receivedAt: number;
  /** It may have been received later. */
  readonly waited?: true | undefined;
  readonly fingerprint: string;
}

export interface SessionCommand<Command> extends CommandKey {
  readonly input: Command;
  readonly caller: Caller;
  /** What the caller has to be. */
  readonly may: Permission;
}

export type Reply =
  | { readonly kind: 'result'; readonly status: number; readonly body: string; readonly grant?: Grant }
  | Problem;

export interface Problem {
  readonly kind: 'problem';
  readonly code: ErrorCode;
  readonly detail: string;
  /** With `action_refused`: the game's own code for it. */
  readonly reason?: string;
  /** With a 503: nobody knows whether it was applied. */
  readonly outcome?: 'unknown';
}

export interface Verdict {
  readonly reply: Reply;
  /** The reply holds once this mark is committed. */
  readonly after: number;
  /** It says something about the present state without writing: it needs the lease, as a strong read does. */
  readonly verify: boolean;
  /** The command is part of that write: should the store not take it, it was not applied. */
  readonly written: boolean;
}

/** One write: records first, then the snapshot by compare-and-set on `expected`. */
export interface Cut {
  readonly value: Uint8Array;
  readonly headers: Record<string, string>;
  readonly listing: Listing;
  /** For how long the round that is in it goes on, as is known `now`; null: that says nothing. */
  readonly goesOn: (now: number) => number | null;
  readonly expected: number;
  readonly records: readonly RoundRecord[];
  /** Why rounds were ended without their actions since the last write: operators must hear of it. */
  readonly abandoned: readonly string[];
  readonly mark: number;
}

/** Between the code of a refusal and its reason, as results keep them. */
const REASON = ':';

export function problemOf(code: ErrorCode, detail: string, reason: string | undefined): Problem {
  return { kind: 'problem', code, detail, ...(reason !== undefined && { reason }) };
}

/**
 * To a command that may be as old as the results that were forgotten, or may just have come: if somebody still waits for its answer, the copy
 * that comes next is told from an old one. Nothing of this is stored: that copy would be told the same.
 */
export function mayBeOld(after: number): Verdict {
  const detail = 'A member that stood still may have received this command long ago: send it again.';
  const reply: Problem = { kind: 'problem', code: 'session_unavailable', detail, outcome: 'unknown' };
  return { reply, after, verify: true, written: false };
}

/** Why its caller may not give the command; null if it may. */
export function refuseCommand<State, Command>(
  rules: Rules<State, Command>,
  state: State,
  { input, caller, may }: Pick<SessionCommand<Command>, 'input' | 'caller' | 'may'>,
): Rejected | null {
  const refused = refuse(rules, state, caller, may, rules.subject(input));
  if (refused !== null || caller.kind === 'admin') return refused;
  const reserved = rules.adminOnly(state, input);
  return reserved === null ? null : { kind: 'rejected', code: 'forbidden', detail: reserved };
}

/** A refusal as the results keep it. */
export function outcomeOf(code: ErrorCode, reason: string | undefined): string {
  return reason === undefined ? code : `${code}${REASON}${reason}`;
}

/** What a command that was refused before is told again. Its code may be one of another release. */
export function refusedBefore(outcome: string): Problem {
  const [code = '', reason] = outcome.split(REASON);
  return problemOf(errorCodeOf(code), 'This command was refused before.', reason);
}
