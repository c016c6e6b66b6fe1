/**
 * What members have begun and made no progress with, in words: pure.
 */
import type { MemberReport, StuckReport } from '../member/contract/gateway.ts';
import { broken, type Finding, ok } from './finding.ts';
import { duration } from './table.ts';

const words: Readonly<Record<string, readonly [one: string, many: string]>> = {
  session: ['write of a game that NATS does not acknowledge', 'writes of games that NATS does not acknowledge'],
  archive: [
    'record that does not get into the archive, for which its game waits',
    'records that do not get into the archive, for which their games wait',
  ],
  claim: ['game that cannot be read into memory', 'games that cannot be read into memory'],
  slot: ['slot that it should serve', 'slots that it should serve'],
  handoff: ['slot that it should hand over', 'slots that it should hand over'],
};

export function progress(members: readonly MemberReport[]): Finding {
  const check = 'progress';
  const all = members.flatMap(({ id, stuck = [] }) => causes(stuck).map((of) => `${id}: ${inWords(of)}`));
  if (all.length === 0) return ok(check, 'nothing is stuck at a member that answers');
  return broken(check, `no progress: ${all.join('; ')}`, 'docs/runbook.md#something-is-stuck');
}

/** The write of a game that waits for its record in the archive is stuck as well. */
function causes(stuck: readonly StuckReport[]): readonly StuckReport[] {
  const archive = stuck.find(({ kind }) => kind === 'archive');
  return stuck.filter(({ kind, count }) => kind !== 'session' || count > (archive?.count ?? 0));
}

/** Members of newer versions may know more kinds. */
function inWords({ kind, count, oldest }: StuckReport): string {
  const [one, many] = words[kind] ?? [kind, kind];
  const [first] = oldest;
  const name = first === undefined ? '' : `, first ${first.what}, for ${duration(first.forMs)}`;
  return `${count} ${count === 1 ? one : many}${name}`;
}
