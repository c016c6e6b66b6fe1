/**
 * REST routes of the cluster: what it looks like, and cordoning one of its members.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { send } from './answers.ts';
import { requireAdmin, viewerOf } from './auth.ts';
import type { Edge } from './edge.ts';
import { isId } from './edge.ts';
import { RequestProblem } from './problem-reply.ts';

/** Adds the routes of the cluster. */
export function clusterRoutes(app: FastifyInstance, edge: Edge): void {
  app.get('/v1/cluster', async (request, reply) => {
    viewerOf(edge.admins, request.headers.authorization);
    return send(edge, reply, 200, JSON.stringify(await edge.gateway.cluster()));
  });

  const setDrain = (draining: boolean, status: number) => async (request: FastifyRequest, reply: FastifyReply) => {
    requireAdmin(edge.admins, request.headers.authorization);
    const { id: memberId = '' } = request.params as { id?: string };
    if (!isId(memberId)) {
      throw new RequestProblem('bad_request', 'the member id must be 1 to 64 characters of [A-Za-z0-9_-]');
    }
    const found = await edge.gateway.setDrain(memberId, draining);
    if (!found) throw new RequestProblem('member_not_found', `no member ${memberId} is in the cluster`);
    return send(edge, reply, status, JSON.stringify({ memberId, draining }));
  };
  // A cordon is accepted here; the hand-off that it asks for takes its time.
  app.post('/v1/cluster/members/:id/drain', setDrain(true, 202));
  app.delete('/v1/cluster/members/:id/drain', setDrain(false, 200));
}
