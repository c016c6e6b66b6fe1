/**
 * Defects of leases, of the failure detector, and of joining and leaving.
 */
import type { Defect } from './defect.ts';

export const membershipDefects: readonly Defect[] = [
  {
    name: 'no-wait-for-the-lease',
    about: 'A peer is expelled while the lease that its key announces may still be valid (I5).',
    edits: [
      {
        file: 'src/cluster/failure-detector.ts',
        find: 'now < peer.leaseOverAt ? null : this.judge(peer, now)',
        replace: 'this.judge(peer, now)',
      },
    ],
  },
  {
    name: 'lease-counted-from-the-acknowledgement',
    about:
      'A lease begins when its renewal is acknowledged, not when it was sent: it outlives what others wait for (I5).',
    edits: [
      {
        file: 'src/member/membership/lease-keeper.ts',
        find: 'this.term.granted(sentAt, sentWall);',
        replace: 'this.term.granted(clock.monotonic(), clock.wall());',
      },
    ],
  },
  {
    name: 'lease-by-the-monotonic-clock-only',
    about: 'A lease outlives the sleep of its machine, during which the monotonic clock stood still (I5).',
    edits: [
      {
        file: 'src/cluster/lease.ts',
        find: ' < this.leaseMs && elapsedWall >= 0 && elapsedWall < this.leaseMs',
        replace: ' < this.leaseMs',
      },
    ],
  },
  {
    name: 'lease-granted-by-a-read',
    about: 'A renewal in doubt that a read shows gives a lease from the time of that read, long after it landed (I5).',
    edits: [
      {
        file: 'src/member/membership/lease-keeper.ts',
        find: '      this.revision = entry.revision;\n      this.olderSince = null;\n',
        replace:
          '      this.revision = entry.revision;\n      this.olderSince = null;\n' +
          '      this.renewals.acknowledged(this.renewals.begin(this.context.clock.monotonic()));\n' +
          '      this.term.granted(this.renewals.sentAt, this.context.clock.wall());\n' +
          '      this.serve();\n',
      },
    ],
  },
  {
    name: 'silence-counted-while-disconnected',
    about:
      'The time in which a member could not hear anybody counts as the silence of the others: it expels them (liveness).',
    edits: [
      {
        file: 'src/cluster/acknowledged-clock.ts',
        find: 'Math.min(now - this.lastAckAt, this.gapAfterMs) : 0',
        replace: '(now - this.lastAckAt) : 0',
      },
      {
        file: 'src/cluster/acknowledged-clock.ts',
        find: 'return heardAt > this.gapEndedAt ? 0 : this.graceUntil;',
        replace: 'return 0;',
      },
    ],
  },
  {
    name: 'expelled-at-the-newest-revision',
    about:
      'A peer is expelled at the revision that its key has now, not at the one last seen: a renewal in between saves it no more (I5).',
    edits: [
      {
        file: 'src/member/membership/peer-watch.ts',
        find: 'const outcome = await members.remove(key, { expected: peer.revision, ',
        replace:
          'const newest = await readOrNothing(members, key);\n' +
          '      const outcome = await members.remove(key, { expected: newest?.revision ?? peer.revision, ',
      },
    ],
  },
  {
    name: 'expelled-member-goes-on',
    about: 'A member that finds itself expelled renews its key over the deletion marker and keeps its slots (I5).',
    edits: [
      {
        file: 'src/member/membership/membership.ts',
        find: "    if (key === this.key && own !== undefined && revision > own) this.expelled('expelled');\n",
        replace: '',
      },
      {
        file: 'src/member/membership/lease-keeper.ts',
        find: "      if (entry.deleted) return this.context.expelled('expelled', entry);\n",
        replace: '',
      },
    ],
  },
  {
    name: 'rejoin-as-the-same-incarnation',
    about:
      'An expelled member joins again under its old incarnation, whose key is a deletion marker: it never comes back (liveness).',
    edits: [
      {
        file: 'src/member/life.ts',
        find: '      this.name = this.newName();\n',
        replace: '',
      },
    ],
  },
];
