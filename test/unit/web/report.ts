/** Answers of a small cluster, as a page gets them. */
import type { Member, Report } from '../../../src/web/cluster/report.ts';

export function member(id: string, parts: Partial<Member> = {}): Member {
  return { id, incarnation: `${id}-1`, status: 'active', slots: 2, sessions: 3, version: '1.0.0', ...parts };
}

/** `owners`: a letter a slot, `-` for nobody; `epochs`: a digit a slot; `how`: of every slot. */
export function report(owners: string, epochs: string, parts: Partial<Report> = {}, how = 'initial'): Report {
  const ids = [...owners].map((letter) => (letter === '-' ? null : letter));
  const members = [...new Set(ids)].filter((id) => id !== null);
  return {
    self: 'a',
    revision: 1,
    slots: ids.length,
    members: members.map((id) => member(id, { slots: ids.filter((each) => each === id).length })),
    nats: { renewedMsAgo: 40, buckets: { sessions: true } },
    slotMap: {
      owners: ids,
      desiredOwners: ids.map((id) => id ?? 'a'),
      epochs: [...epochs].map(Number),
      acquired: ids.map(() => how),
    },
    ...parts,
  };
}
