/**
 * REST routes: one for every line of the table of operations that is about games or the cluster.
 *
 * Invariants:
 *  - No operation can be forgotten: the type of `handlers` names them all. (The socket, health and documents have files of their own.)
 *  - Who asks is checked before a body is read: nobody gets one parsed without a token, where a token is needed.
 *  - Reading is the hottest path there is: it runs no hook, and what is answered at once waits for no promise.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../session/permission.ts';
import type { ApiOperation, OperationId } from '../api/operation.ts';
import { operations } from '../api/operations.ts';
import { forgetBrokenType } from '../edge/bodies.ts';
import type { Edge } from '../edge/edge.ts';
import { clusterHandlers } from './cluster-handlers.ts';
import { commandHandlers } from './command-handlers.ts';
import { readHandlers } from './read-handlers.ts';

/** Answers one request of a caller who may ask, as far as can be told without the game. Null: the answer was sent at once. */
export type Handler = (request: FastifyRequest, reply: FastifyReply, caller: Caller) => Promise<FastifyReply> | null;

type ServedElsewhere =
  | 'watch_game'
  | 'stream_game'
  | 'livez'
  | 'readyz'
  | 'metrics'
  | 'home'
  | 'play'
  | 'cluster'
  | 'docs'
  | 'openapi'
  | 'asyncapi';
type RoutedId = Exclude<OperationId, ServedElsewhere>;

/** What a route has beyond the table. */
interface Extras {
  readonly bodyLimit?: number;
  /** Counts the request; rejects with 429 if that is too many. */
  readonly count?: (request: FastifyRequest, caller: Caller) => Promise<void>;
}

/** Adds the routes of games and of the cluster. */
export function apiRoutes(app: FastifyInstance, edge: Edge): void {
  const handlers: Record<RoutedId, Handler> = {
    ...readHandlers(edge),
    ...commandHandlers(edge),
    ...clusterHandlers(edge),
  };
  const extras: Partial<Record<RoutedId, Extras>> = {
    create_game: { count: (request, caller) => edge.rate.creations(request, caller) },
    join_game: { count: (request, caller) => edge.rate.joins(request, caller) },
    join_by_code: { count: (request, caller) => edge.rate.joins(request, caller) },
    rematch_game: { count: (request, caller) => edge.rate.joins(request, caller) },
    get_rematch: { count: (request, caller) => edge.rate.listings(request, caller) },
    list_games: { count: (request, caller) => edge.rate.listings(request, caller) },
    get_cluster: { count: (request, caller) => edge.rate.listings(request, caller) },
    continue_game: { bodyLimit: edge.limits.continueBodyBytes },
  };
  app.decorateRequest('caller');
  for (const id of Object.keys(handlers) as RoutedId[]) {
    const line: ApiOperation = operations[id];
    const add = line.method === 'GET' ? addReading : addChanging;
    add(app, line, authorization(edge, line), handlers[id], extras[id] ?? {});
  }
}

type Authorize = (request: FastifyRequest) => Caller;

/** Throws 401 or 403. */
function authorization(edge: Edge, { path, may }: ApiOperation): Authorize {
  if (!path.startsWith('/v1/games/{id}')) return ({ headers }) => edge.auth.authorize(headers.authorization, null, may);
  return ({ headers, params }) => edge.auth.authorize(headers.authorization, (params as { id: string }).id, may);
}

function addReading(
  app: FastifyInstance,
  line: ApiOperation,
  authorize: Authorize,
  handle: Handler,
  { count }: Extras,
): void {
  const counted: typeof handle = async (request, reply, caller) => {
    await count?.(request, caller);
    return handle(request, reply, caller) ?? reply;
  };
  const answer = count === undefined ? handle : counted;
  app.route({
    ...addressOf(line),
    handler: (request, reply) => answer(request, reply, authorize(request)) ?? undefined,
  });
}

function addChanging(
  app: FastifyInstance,
  line: ApiOperation,
  authorize: Authorize,
  handle: Handler,
  { bodyLimit, count }: Extras,
): void {
  app.route({
    ...addressOf(line),
    ...(bodyLimit !== undefined && { bodyLimit }),
    onRequest: async (request) => {
      forgetBrokenType(request);
      const caller = authorize(request);
      request.setDecorator('caller', caller);
      await count?.(request, caller);
    },
    handler: (request, reply) => handle(request, reply, request.getDecorator<Caller>('caller')) ?? undefined,
  });
}

function addressOf({ method, path, opsOnly }: ApiOperation) {
  return { method, url: path.replaceAll(/\{(\w+)\}/g, ':$1'), config: { opsOnly } };
}
