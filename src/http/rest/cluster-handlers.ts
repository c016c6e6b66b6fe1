/**
 * What can be asked of the cluster: what it looks like, and to cordon one of its members.
 */
import type { MemberReport, SlotMap } from '../../member/contract/gateway.ts';
import { operations } from '../api/operations.ts';
import { send } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';
import { parse } from '../edge/operations.ts';
import { RequestProblem } from '../edge/problem-reply.ts';
import type { Handler } from './api-routes.ts';

/** By operation. */
export function clusterHandlers(edge: Edge) {
  const setDrain =
    (draining: boolean, status: number): Handler =>
    async (request, reply) => {
      const { id: memberId } = parse(operations.drain_member.params, request.params);
      const found = await edge.gateway.setDrain(memberId, draining);
      if (!found) throw new RequestProblem('member_not_found', `no member ${memberId} is in the cluster`);
      return send(edge, reply, status, JSON.stringify({ memberId, draining }));
    };
  return {
    get_cluster: async (request, reply, caller) => {
      const { include } = parse(operations.get_cluster.query, request.query);
      const { gateway } = edge;
      const { slotMap, members: all, ...report } = await gateway.cluster();
      const members = caller.kind === 'admin' ? all : all.map(withoutNames);
      const { renewedMsAgo } = gateway;
      const nats = {
        renewedMsAgo: renewedMsAgo === null ? null : Math.round(renewedMsAgo),
        buckets: Object.fromEntries(gateway.buckets),
      };
      const body = { ...report, members, nats, ...(include === 'slots' && { slotMap: slotMap && listsOf(slotMap) }) };
      return send(edge, reply, 200, JSON.stringify(body));
    },
    // A cordon is accepted here; the hand-off that it asks for takes its time.
    drain_member: setDrain(true, 202),
    undrain_member: setDrain(false, 200),
  } satisfies Record<string, Handler>;
}

/** Ids of games are for administrators. */
function withoutNames({ stuck, ...member }: MemberReport): MemberReport {
  return stuck === undefined ? member : { ...member, stuck: stuck.map((one) => ({ ...one, oldest: [] })) };
}

function listsOf({ owners, desiredOwners, epochs, acquired }: SlotMap): Omit<SlotMap, 'unowned'> {
  return { owners, desiredOwners, epochs, acquired };
}
