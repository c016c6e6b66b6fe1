/**
 * Liveness and readiness.
 *
 * Invariant: `/livez` answers from this process alone: it never looks at NATS, nor at the cluster. Peers ask it who is behind
 * an address (port `Messaging`, M7), so it names the incarnation, and says how long ago NATS last acknowledged it.
 */
import type { FastifyInstance } from 'fastify';
import { send } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';

/** Adds `/livez` and `/readyz`. */
export function healthRoutes(app: FastifyInstance, edge: Edge): void {
  const { gateway } = edge;

  app.get('/livez', async (_request, reply) => {
    const { renewedMsAgo } = gateway;
    reply.header('x-minotaur-incarnation', gateway.self.incarnation);
    if (renewedMsAgo !== null) reply.header('x-minotaur-renewed-ms', `${Math.round(renewedMsAgo)}`);
    return send(edge, reply, 200, '{"alive":true}');
  });

  app.get('/readyz', async (_request, reply) => {
    const draining = edge.stage === 'draining' || gateway.draining;
    const { ready, reasons } = gateway.readiness;
    if (ready && !draining) {
      return send(edge, reply, 200, JSON.stringify({ ready: true, ...(reasons.length > 0 && { reasons }) }));
    }
    const all = draining && !reasons.includes('draining') ? [...reasons, 'draining'] : reasons;
    return send(edge, reply, 503, JSON.stringify({ ready: false, reasons: all }));
  });
}
