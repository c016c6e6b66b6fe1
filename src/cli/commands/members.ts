/**
 * `members`: who is there, what each holds, and of which version it is.
 */
import type { ClusterAnswer } from '../cluster-findings.ts';
import type { Context, Outcome } from '../command.ts';
import { table } from '../table.ts';

export async function members({ server }: Context): Promise<Outcome> {
  const cluster = await server.get<ClusterAnswer>('/v1/cluster?include=slots');
  return { value: cluster.members, text: membersTable(cluster), isWell: true };
}

/** `wants`: how many slots the ring gives to it. */
export function membersTable({ self, members: all, slotMap }: ClusterAnswer): string {
  const rows = all.map(({ id, incarnation, status, slots, sessions, version, module }) => [
    id === self ? `${id} *` : id,
    incarnation,
    status,
    slots,
    slotMap == null ? '?' : slotMap.desiredOwners.filter((owner) => owner === id).length,
    sessions ?? 'no answer',
    version,
    module == null ? '?' : `${module.name} ${module.version}`,
    module?.hash ?? '?',
  ]);
  const heads = ['member', 'incarnation', 'status', 'slots', 'wants', 'games', 'version', 'plays', 'hash'];
  return `${table([heads, ...rows])}\n\n* answered`;
}
