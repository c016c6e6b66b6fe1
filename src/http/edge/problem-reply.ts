/**
 * Errors on their way out: everything that goes wrong at the edge becomes one problem document (RFC 9457).
 *
 * Invariants:
 *  - Nothing of the request is logged: headers, addresses and bodies may hold tokens.
 *  - What is answered with a 5xx is logged by the id of the request.
 *  - An error that nobody foresaw is told to the log, and to the client only as `internal`.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode, Problem } from '../../errors.ts';
import { problem } from '../../errors.ts';
import { MemberSilent, OrderVoid } from '../../member/contract/gateway.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import { isId } from '../api/schemas.ts';
import { gameHeaders, problemType, send } from './answers.ts';
import type { Edge } from './edge.ts';
import { identified } from './request-ids.ts';

/** A request that the edge itself refuses. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly problem: Problem;
  /** When to try again; null: that is not known. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, detail: string, retryAfterSeconds: number | null = null) {
    super(detail);
    this.problem = problem(code, detail);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A request with fields that are wrong, each named by its path. */
export class WrongFields extends RequestProblem {
  readonly complaints: readonly string[];

  constructor(complaints: readonly string[]) {
    super('bad_request', complaints.join('; '));
    this.complaints = complaints;
  }

  /** The same, of fields that stand in another one. */
  within(field: string): WrongFields {
    return new WrongFields(this.complaints.map((complaint) => `${field}.${complaint}`));
  }
}

/** The problem document for whatever was thrown; `where` names the operation in the log, `requestId` the request. */
export function toProblem(edge: Edge, error: unknown, where: string, requestId: string): Problem {
  const told = foreseen(edge, error);
  if (told === null) {
    edge.log.error({ err: error, where, requestId }, 'unexpected error');
    return problem('internal', 'this was logged');
  }
  const { status, code } = told;
  if (status >= 500) {
    const reason = (error as Error).message;
    edge.log.warn({ requestId, where, status, code, reason }, 'a request was answered with a 5xx');
  }
  return told;
}

/** Null: nobody foresaw it. */
function foreseen(edge: Edge, error: unknown): Problem | null {
  if (error instanceof RequestProblem) return error.problem;
  if (error instanceof StoreUnavailable) {
    return problem('cluster_unavailable', 'the store does not answer; try again', 'unknown');
  }
  if (error instanceof MemberSilent) return problem('cluster_unavailable', error.message, 'unknown');
  if (error instanceof OrderVoid) return problem('cluster_unavailable', error.message);
  const { code, statusCode, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    edge.refusals.count('body_bytes');
    return problem('payload_too_large', 'the body is too large');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return problem('unsupported_media_type', 'send Content-Type: application/json');
  }
  // Its message repeats the address, and whatever somebody put into the query.
  if (code === 'FST_ERR_BAD_URL') return problem('bad_request', 'the address cannot be decoded');
  const isTheirs = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  return isTheirs ? problem('bad_request', message ?? 'the request is not valid') : null;
}

/** Sends what was thrown while `request` was answered. */
export function sendError(edge: Edge, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const where = `${request.method} ${request.routeOptions.url ?? '(no route)'}`;
  const gameId = (request.params as { id?: string } | undefined)?.id;
  if (request.routeOptions.url?.startsWith('/v1/games/:id') && gameId !== undefined && isId(gameId)) {
    gameHeaders(reply, edge.gateway.location(gameId).owner);
  }
  if (error instanceof RequestProblem && error.retryAfterSeconds !== null) {
    reply.header('retry-after', `${error.retryAfterSeconds}`);
  }
  const document = toProblem(edge, error, where, request.id);
  const { status, body } = identified({ status: document.status, body: JSON.stringify(document) }, request.id);
  return send(edge, reply, status, body, problemType);
}
