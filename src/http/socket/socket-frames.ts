/**
 * Frames of the subprotocol `minotaur.v1`, read and written as text.
 *
 * Role: knows their shapes and nothing of sockets. Bodies that come as JSON text from the gateway are never parsed again.
 * Invariant: every frame with a usable `ref` gets exactly one reply; without one there is nothing to answer to.
 */
import type { Answer, GameUpdate, Operation } from '../../member/contract/gateway.ts';
import type { FrameType } from '../api/operation.ts';
import { operations } from '../api/operations.ts';
import { requirePermission } from '../edge/auth.ts';
import {
  type Asked,
  commandOperation,
  continueOperation,
  fieldsOf,
  type Makers,
  readOperation,
} from '../edge/operations.ts';
import { RequestProblem, WrongFields } from '../edge/problem-reply.ts';
import { shown } from '../edge/server-time.ts';

/** A client frame whose envelope is in order; the rest is still to be checked. */
export interface ClientFrame {
  readonly ref: Ref;
  readonly type: unknown;
  readonly idempotencyKey: unknown;
  readonly body: unknown;
}

/** The client's name for a frame, echoed as it came. */
export type Ref = string | number;

type StateUpdate = Extract<GameUpdate, { kind: 'state' }>;
type PresenceUpdate = Extract<GameUpdate, { kind: 'presence' }>;

const byteOrderMark = 0xfeff;

/** A frame's envelope, or null if it cannot be answered: not a JSON object, or no usable `ref`. */
export function readFrame(text: string): ClientFrame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text);
  } catch {
    return null;
  }
  if (typeof frame !== 'object' || frame === null) return null;
  const { ref, type, idempotencyKey, body } = frame as Record<string, unknown>;
  const usable = typeof ref === 'string' ? ref.length <= 64 : Number.isFinite(ref);
  return usable ? { ref: ref as Ref, type, idempotencyKey, body } : null;
}

/** By type of frame; `ping` is for the socket to answer. No type of frame that the table names can be forgotten. */
const operationOf: Record<FrameType | 'ping', (asked: Asked, makers: Makers) => Operation | null> = {
  get_game: (asked) => readOperation(asked, asked.fields.consistency),
  continue_game: (asked, { random }) => continueOperation(asked, random),
  register_action: (asked, makers) => commandOperation('register_action', asked, makers),
  retract_action: (asked, makers) => commandOperation('retract_action', asked, makers),
  commit_round: (asked, makers) => commandOperation('commit_round', asked, makers),
  ping: () => null,
};

/** What a frame asks of the gateway; null for `ping`. Throws 400, 401 or 403. */
export function frameOperation(
  { type, idempotencyKey: key, body }: ClientFrame,
  { gameId, caller, trace }: Pick<Asked, 'gameId' | 'caller' | 'trace'>,
  makers: Makers,
): Operation | null {
  if (!isKnown(type)) throw new RequestProblem('bad_request', 'type: this type of frame is not known');
  // Before the body is read, as over REST: a spectator may look, and nothing else.
  if (type !== 'ping') requirePermission(caller, operations[type].may);
  try {
    return operationOf[type]({ gameId, caller, key, from: null, fields: fieldsOf(body), trace }, makers);
  } catch (error) {
    // A frame has a `type` of its own: what is wrong stands in its body.
    throw error instanceof WrongFields ? error.within('body') : error;
  }
}

/** The same, of a frame that may have waited for so long. */
export function waited(operation: Operation, waitedMs: number): Operation {
  if (operation.kind === 'read') return operation;
  return { ...operation, command: { ...operation.command, waitedMs } } as Operation;
}

export function isKnown(type: unknown): type is keyof typeof operationOf {
  return typeof type === 'string' && Object.hasOwn(operationOf, type);
}

/** What a frame gets. `isShown`: it shows a game as it is now, or nothing; else it is what a command came to, the same however often it comes. */
export interface FrameAnswer extends Pick<Answer, 'status' | 'body'> {
  readonly isShown: boolean;
}

/**
 * The reply to a frame; an empty body is `{}`, one that shows a game says the time as it does over REST. `time`, here as in every frame: the
 * server's, RFC 3339.
 */
export function replyFrame(ref: Ref, answer: FrameAnswer, time: string): string {
  const ok = answer.status < 400;
  const { body } = answer.isShown ? shown(answer, time) : answer;
  const content = `"${ok ? 'body' : 'problem'}":${body || '{}'}`;
  return `{"type":"reply","ref":${JSON.stringify(ref)},"ok":${ok},"status":${answer.status},${stamp(time)},${content}}`;
}

/** A committed state; `game` is JSON text. `reset`: versions start over with it. */
export function gameFrame(
  { version, game, view }: Pick<StateUpdate, 'version' | 'game' | 'view'>,
  reset: boolean,
  time: string,
): string {
  return `{"type":"game","version":${version},${stamp(time)},"game":${game},"view":"${view}"${markOf(reset)}}`;
}

/** What happened, in order; each event is JSON text. `reset`: events start over with the first one. */
export function eventsFrame(events: readonly string[], reset: boolean, time: string): string {
  return `{"type":"events",${stamp(time)},"events":[${events.join(',')}]${markOf(reset)}}`;
}

/** Who follows the game. */
export function presenceFrame({ players, spectators }: PresenceUpdate, time: string): string {
  return `{"type":"presence",${stamp(time)},"players":${players},"spectators":${spectators}}`;
}

/** Connect again, elsewhere. */
export function reconnectFrame(time: string): string {
  return `{"type":"reconnect",${stamp(time)}}`;
}

function stamp(time: string): string {
  return `"serverTime":"${time}"`;
}

function markOf(reset: boolean): string {
  return reset ? ',"reset":true' : '';
}
