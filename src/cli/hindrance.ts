/**
 * Why a member cannot hand over what it owns: pure.
 */
import { askingFails, type ClusterAnswer, isCutOff, memberIn } from './cluster-findings.ts';
import { counted, duration } from './table.ts';

/** Null: nothing that can be seen stands in its way. Of a member that is not there the cluster says so itself. */
export function hindrance(cluster: ClusterAnswer, id: string): string | null {
  const { self, members, nats } = cluster;
  const member = memberIn(cluster, id);
  if (member === undefined || member.slots === 0) return null;
  if (isCutOff(cluster)) {
    return `NATS acknowledged the last renewal of ${self} ${duration(nats?.renewedMsAgo ?? 0)} ago, and nothing moves without it`;
  }
  if (askingFails(cluster)) return `${self} asks through NATS, which does not answer, and nothing moves without it`;
  const takers = members.filter(({ id: other, status, sessions }) => {
    return other !== id && status === 'active' && sessions !== null;
  });
  if (takers.length > 0) return null;
  return `nobody is left to take its ${counted(member.slots, 'slot')}: no other member is active and answers`;
}
