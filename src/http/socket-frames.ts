/**
 * Frames of the subprotocol `minotaur.v1`, read and written as text.
 *
 * Role: knows their shapes and nothing of sockets. Bodies that come as JSON text from the gateway are never parsed again.
 * Invariant: every frame with a usable `ref` gets exactly one reply; without one there is nothing to answer to.
 */
import type { Answer, Operation } from '../member/gateway.ts';
import type { Viewer } from '../session/rules.ts';
import { commandOperation, continueOperation, fieldsOf, readOperation } from './operations.ts';
import { RequestProblem } from './problem-reply.ts';

/** A client frame whose envelope is in order; the rest is still to be checked. */
export interface ClientFrame {
  readonly ref: Ref;
  readonly type: unknown;
  readonly idempotencyKey: unknown;
  readonly body: unknown;
}

/** The client's name for a frame, echoed as it came. */
export type Ref = string | number;

export const reconnectFrame = '{"type":"reconnect"}';

/** A frame's envelope, or null if it cannot be answered: not a JSON object, or no usable `ref`. */
export function readFrame(text: string): ClientFrame | null {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof frame !== 'object' || frame === null) return null;
  const { ref, type, idempotencyKey, body } = frame as Record<string, unknown>;
  const usable = typeof ref === 'string' ? ref.length <= 64 : Number.isFinite(ref);
  return usable ? { ref: ref as Ref, type, idempotencyKey, body } : null;
}

/** What a frame asks of the gateway; null for `ping`, which the socket answers itself. Throws 400. */
export function frameOperation(frame: ClientFrame, gameId: string, viewer: Viewer): Operation | null {
  const request = { gameId, viewer, key: frame.idempotencyKey, body: frame.body };
  switch (frame.type) {
    case 'register_action':
    case 'retract_action':
    case 'commit_round':
      return commandOperation(frame.type, request);
    case 'get_game':
      return readOperation(gameId, viewer, fieldsOf(frame.body).consistency);
    case 'continue_game':
      return continueOperation(request);
    case 'ping':
      return null;
    default:
      throw new RequestProblem('bad_request', 'type: this type of frame is not known');
  }
}

/** The reply to a frame; an empty body is `{}`. */
export function replyFrame(ref: Ref, answer: Pick<Answer, 'status' | 'body'>): string {
  const ok = answer.status < 400;
  const content = `"${ok ? 'body' : 'problem'}":${answer.body || '{}'}`;
  return `{"type":"reply","ref":${JSON.stringify(ref)},"ok":${ok},"status":${answer.status},${content}}`;
}

/** A committed state; `game` is JSON text. */
export function gameFrame(version: number, game: string, viewer: Viewer): string {
  return `{"type":"game","version":${version},"game":${game},"view":"${viewer}"}`;
}
