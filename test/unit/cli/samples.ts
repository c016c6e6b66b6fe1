/**
 * A cluster that is well, as `/v1/cluster` shows it, for tests that break one thing of it.
 */
import type { ClusterAnswer } from '../../../src/cli/cluster-findings.ts';

const play = { name: 'minotaur', version: 1, hash: '6f1c0b7de2a94d35' };
const speaks = { stateVersion: 3, protocol: 1 };
const numbers = { ...speaks, module: 1 };
const kept = { status: 'active', slots: 2, sessions: 5, version: '0.3.0', speaks, module: play } as const;

export const wellCluster: ClusterAnswer = {
  self: 'm1',
  revision: 9,
  members: [
    { id: 'm1', incarnation: 'i1', ...kept },
    { id: 'm2', incarnation: 'i2', ...kept },
  ],
  slots: 4,
  unowned: 0,
  versions: { minimum: numbers, written: numbers },
  nats: { renewedMsAgo: 40, buckets: { members: true, slots: true, sessions: true, archive: true } },
  slotMap: {
    owners: ['m1', 'm1', 'm2', 'm2'],
    desiredOwners: ['m1', 'm1', 'm2', 'm2'],
    epochs: [1, 1, 2, 2],
    acquired: ['initial', 'initial', 'handoff', 'takeover'],
  },
};

/** The same with some members changed. */
export function withMember(id: string, change: Partial<ClusterAnswer['members'][number]>): ClusterAnswer {
  const members = wellCluster.members.map((member) => (member.id === id ? { ...member, ...change } : member));
  return { ...wellCluster, members };
}
