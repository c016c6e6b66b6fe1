/**
 * The fastify application: every route, and one way for every error.
 *
 * Role: everything of the edge but its listeners, so that tests can ask it without a port.
 * Why no logger and no request log: requests are hot, and what they carry (headers, addresses) may hold tokens.
 */
import type { Server } from 'node:http';
import type { FastifyInstance, FastifyRequest, FastifyServerFactory } from 'fastify';
import { fastify } from 'fastify';
import { clusterRoutes } from './cluster-routes.ts';
import type { Edge } from './edge.ts';
import { gameRoutes } from './game-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { refuseMalformed } from './malformed-request.ts';
import { metricsRoute } from './metrics-route.ts';
import { RequestProblem, sendError } from './problem-reply.ts';
import type { SocketHub } from './socket-hub.ts';

/** Longer than any address that fits in a request's head: long ids are refused as ids. */
const maxParamLength = 64 * 1024;

/** Builds the application; `serverFactory` makes the server that it runs on. */
export async function buildApp(
  edge: Edge,
  hub: SocketHub,
  serverFactory?: FastifyServerFactory<Server>,
): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: edge.limits.bodyBytes,
    return503OnClosing: false,
    routerOptions: { maxParamLength },
    // Addresses that cannot be decoded never meet a route, not even the one that would end an upgraded connection.
    frameworkErrors: (error, request, reply) => {
      if (request.raw.headers.upgrade) reply.raw.once('finish', () => request.raw.socket.destroy());
      sendError(edge, request as FastifyRequest, reply, error);
    },
    clientErrorHandler: refuseMalformed,
    ...(serverFactory && { serverFactory }),
  });
  parseBodies(app);
  const notFound = new RequestProblem('not_found', 'no such address');
  app.setNotFoundHandler((request, reply) => sendError(edge, request, reply, notFound));
  // Where there is nothing, it does not matter what the body was.
  app.setErrorHandler((error, request, reply) => sendError(edge, request, reply, request.is404 ? notFound : error));
  const methodsByUrl = collectMethods(app);
  await hub.register(app);
  gameRoutes(app, edge);
  clusterRoutes(app, edge);
  healthRoutes(app, edge);
  metricsRoute(app, edge);
  refuseOtherMethods(app, edge, methodsByUrl);
  await app.ready();
  return app;
}

/** JSON only; an empty body of whatever type counts as none. */
function parseBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parseJson(request, body as string, done);
  });
  app.addContentTypeParser('*', (request, _payload, done) => {
    if (request.headers['content-length'] === '0') done(null, undefined);
    else done(new RequestProblem('unsupported_media_type', 'send Content-Type: application/json'));
  });
}

/** Collects the methods of every address from now on. */
function collectMethods(app: FastifyInstance): ReadonlyMap<string, Set<string>> {
  const methodsByUrl = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByUrl.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsByUrl.set(url, methods);
  });
  return methodsByUrl;
}

/** Known addresses answer 405 to every other method, before they read a body. */
function refuseOtherMethods(app: FastifyInstance, edge: Edge, methodsByUrl: ReadonlyMap<string, Set<string>>): void {
  for (const [url, methods] of [...methodsByUrl]) {
    const allowed = [...methods].sort().join(', ');
    const refusal = new RequestProblem('method_not_allowed', `this address takes ${allowed}`);
    app.route({
      method: app.supportedMethods.filter((method) => !methods.has(method)),
      url,
      onRequest: (request, reply) => {
        sendError(edge, request, reply.header('allow', allowed), refusal);
      },
      handler: () => {
        throw refusal;
      },
    });
  }
}
