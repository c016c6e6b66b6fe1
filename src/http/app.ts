/**
 * The fastify application: every route, and one way for every error.
 *
 * Role: everything of the edge but its listeners, so that tests can ask it without a port.
 * Why no logger and no request log: requests are hot, and what they carry (headers, addresses) may hold tokens.
 */
import type { Server } from 'node:http';
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerFactory } from 'fastify';
import { fastify } from 'fastify';
import { trustedAddresses } from './edge/addresses.ts';
import { parseBodies } from './edge/bodies.ts';
import type { Edge } from './edge/edge.ts';
import { refuseMalformed } from './edge/malformed-request.ts';
import { RequestProblem, sendError } from './edge/problem-reply.ts';
import { requestIdHeader, requestIds } from './edge/request-ids.ts';
import { traceRequests } from './edge/request-spans.ts';
import { apiRoutes } from './rest/api-routes.ts';
import { docsRoutes } from './rest/docs-routes.ts';
import { healthRoutes } from './rest/health-routes.ts';
import { metricsRoute } from './rest/metrics-route.ts';
import { guardOpsRoutes, noSuchAddress, seesOps } from './rest/ops-port.ts';
import { pageRoutes } from './rest/page-routes.ts';
import type { SocketHub } from './socket/socket-hub.ts';
import { streamRoute } from './socket/stream-route.ts';

/** Longer than any address that fits in a request's head: long ids are refused as ids. */
const maxParamLength = 64 * 1024;
/** How long browsers may remember what pages of other origins may do. */
const preflightSeconds = 600;
const ownHeaders = ['Authorization', 'Content-Type', 'Idempotency-Key', requestIdHeader];
/**
 * What monitoring in a page adds to every request of it (W3C Trace Context and Baggage): whoever traces gets the span from it (tracing.ts).
 * Why baggage, which is dropped: the browser would not send the request.
 */
const tracingHeaders = ['traceparent', 'tracestate', 'baggage'];

/** Builds the application; `serverFactory` makes the server that it runs on. */
export async function buildApp(
  edge: Edge,
  hub: SocketHub,
  serverFactory?: FastifyServerFactory<Server>,
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    genReqId: requestIds(edge.random),
    bodyLimit: edge.limits.bodyBytes,
    trustProxy: edge.trustedProxies.length > 0 && trustedAddresses(edge.trustedProxies),
    return503OnClosing: false,
    routerOptions: { maxParamLength },
    // The router would take `*`, which stands for the server as a whole, for `/`.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('*') ? `/${url}` : url),
    // Addresses that cannot be decoded never meet a route, not even the one that would end an upgraded connection.
    frameworkErrors: (error, request, reply) => {
      if (request.raw.headers.upgrade) {
        reply.header('connection', 'close');
        reply.raw.once('finish', () => request.raw.socket.destroySoon());
      }
      sendError(edge, request as FastifyRequest, reply.header(requestIdHeader, request.id), error);
    },
    clientErrorHandler: refuseMalformed,
    ...(serverFactory && { serverFactory }),
  });
  parseBodies(app);
  app.setNotFoundHandler((request, reply) => sendError(edge, request, reply, noSuchAddress));
  app.setErrorHandler((error, request, reply) => refuse(edge, request, reply, error));
  traceRequests(app, edge);
  // What is sent past fastify (answers.ts, stream-route.ts) names it by itself: no read pays for a hook.
  app.addHook('onSend', (request, reply, _payload, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  // Before the methods are collected: it answers every OPTIONS itself.
  if (edge.origins.list.length > 0) await allowOrigins(app, edge);
  await edge.rate.register(app);
  const methodsByUrl = collectMethods(app);
  guardOpsRoutes(app, edge);
  await hub.register(app);
  apiRoutes(app, edge);
  streamRoute(app, edge, hub);
  await pageRoutes(app, edge);
  healthRoutes(app, edge);
  metricsRoute(app, edge, hub);
  refuseOtherMethods(app, edge, methodsByUrl);
  await docsRoutes(app, edge);
  await app.ready();
  return app;
}

/** Sends what was thrown. A wrong token is counted first: over the limit the answer is 429, and no hint whether it was wrong. */
async function refuse(edge: Edge, request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<FastifyReply> {
  // Where there is nothing, it does not matter what the body was.
  if (request.is404) return sendError(edge, request, reply, noSuchAddress);
  const isWrongToken = error instanceof RequestProblem && error.problem.status === 401 && request.headers.authorization;
  if (!isWrongToken) return sendError(edge, request, reply, error);
  const shown = await edge.rate.failedAuthentications(request).then(
    () => error,
    (tooMany) => tooMany,
  );
  return sendError(edge, request, reply, shown);
}

async function allowOrigins(app: FastifyInstance, edge: Edge): Promise<void> {
  await app.register(cors, {
    origin: [...edge.origins.list],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    allowedHeaders: [...ownHeaders, ...tracingHeaders, ...edge.origins.headers],
    exposedHeaders: ['x-minotaur-member', 'x-minotaur-owner', requestIdHeader, 'Location', 'Retry-After', 'Date'],
    maxAge: preflightSeconds,
    strictPreflight: false,
  });
}

/** Method → whether it is for operators alone. */
type Methods = Map<string, boolean>;

/** Collects the methods of every address from now on. */
function collectMethods(app: FastifyInstance): ReadonlyMap<string, Methods> {
  const methodsByUrl = new Map<string, Methods>();
  app.addHook('onRoute', ({ url, method, config }) => {
    const methods = methodsByUrl.get(url) ?? new Map();
    for (const each of [method].flat()) methods.set(each, config?.opsOnly === true);
    methodsByUrl.set(url, methods);
  });
  return methodsByUrl;
}

/** Known addresses answer 405 to every other method, before they read a body. */
function refuseOtherMethods(app: FastifyInstance, edge: Edge, methodsByUrl: ReadonlyMap<string, Methods>): void {
  for (const [url, methods] of [...methodsByUrl]) {
    const all = [...methods.keys()].sort();
    const allowed = (request: FastifyRequest) =>
      all.filter((method) => seesOps(edge, request) || methods.get(method) === false).join(', ');
    app.route({
      method: app.supportedMethods.filter((method) => !methods.has(method)),
      url,
      onRequest: (request, reply) => {
        const allow = allowed(request);
        const refusal = new RequestProblem('method_not_allowed', `this address takes ${allow}`);
        if (allow === '') sendError(edge, request, reply, noSuchAddress);
        else sendError(edge, request, reply.header('allow', allow), refusal);
      },
      handler: () => {
        throw noSuchAddress;
      },
    });
  }
}
