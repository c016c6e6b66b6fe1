/**
 * The port for operators: what is marked `opsOnly` is served there and, to whoever asks elsewhere, does not exist.
 *
 * Why by port: a firewall or a Kubernetes service keeps the public away from a port, whatever becomes known of tokens.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Edge } from '../edge/edge.ts';
import { RequestProblem } from '../edge/problem-reply.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Served on the ops port alone, where there is one. */
    opsOnly?: boolean;
  }
}

export const noSuchAddress = new RequestProblem('not_found', 'no such address');

/** Whether this request may see what is for operators. */
export function seesOps(edge: Edge, request: FastifyRequest): boolean {
  return edge.opsPort === 0 || request.raw.socket.localPort === edge.opsPort;
}

/** From now on, routes whose config says `opsOnly` answer 404 elsewhere, before anything of the request is looked at. */
export function guardOpsRoutes(app: FastifyInstance, edge: Edge): void {
  if (edge.opsPort === 0) return;
  app.addHook('onRoute', (route) => {
    if (route.config?.opsOnly !== true) return;
    const guard = (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void) => {
      done(seesOps(edge, request) ? undefined : noSuchAddress);
    };
    route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
  });
}
