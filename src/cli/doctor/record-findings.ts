/**
 * What is wrong with what is stored of members and slots, held against what is there: pure.
 */
import { broken, type Finding, ok, unknown, warning } from '../finding.ts';
import type { InsideFacts, StoredMember } from '../nats.ts';
import { counted, inWords } from '../table.ts';

/** That it takes connections, or none, and says nothing. */
export const SILENT = 'no answer in time';

/** What the address of a member answered to `GET /livez`. */
export interface Visit {
  readonly member: StoredMember;
  readonly address: string;
  /** The incarnation that answers; null: nobody, or somebody else. */
  readonly incarnation: string | null;
  readonly reason: string;
}

export function recordFindings(
  { members, owners, unfinished }: InsideFacts,
  visits: readonly Visit[],
): readonly Finding[] {
  return [records(members, owners), archives(unfinished), addresses(visits)];
}

function records(members: InsideFacts['members'], owners: InsideFacts['owners']): Finding {
  const check = 'slot records';
  if (members === null || owners === null) return unknown(check, 'they cannot be read');
  const unreadable = owners.filter(({ key }) => key === null).map(({ slot }) => String(slot));
  if (unreadable.length > 0) {
    const sentence = `the record of slot ${inWords(unreadable)} cannot be read: nobody takes such a slot over; write one that can be`;
    return broken(check, sentence, 'docs/runbook.md#a-slot-record-cannot-be-read');
  }
  const there = new Set(members.map(({ id, incarnation }) => `${id}.${incarnation}`));
  const orphaned = owners.filter(({ key }) => key !== null && !there.has(key));
  if (orphaned.length > 0) {
    const names = [...new Set(orphaned.map(({ key }) => key ?? ''))];
    const sentence = `${counted(orphaned.length, 'slot')} still in the name of ${inWords(names)}, which is gone: nobody has taken over`;
    return broken(check, sentence, 'docs/runbook.md#503-session_unavailable');
  }
  return ok(check, `${owners.length} records, each of a member that is there`);
}

function archives(unfinished: InsideFacts['unfinished']): Finding {
  const check = 'ends of games';
  if (unfinished === null) return unknown(check, 'too much is stored to look at it, or it cannot be read');
  if (unfinished.length === 0) return ok(check, 'no game is over and stored as alive');
  const sentence = `${counted(unfinished.length, 'game')} over and archived, but not taken out of the living ones (${inWords(unfinished)})`;
  return warning(check, sentence, 'docs/runbook.md#rounds-do-not-end');
}

function addresses(visits: readonly Visit[]): Finding {
  const check = 'addresses';
  const reached = visits.filter(({ member, incarnation }) => incarnation === member.incarnation);
  if (visits.length === 0) return unknown(check, 'no member says where it can be reached');
  if (reached.length === 0) return unknown(check, "none can be reached from here: look from a member's machine");
  const lost = visits.filter((visit) => !reached.includes(visit));
  if (lost.length === 0) return ok(check, `each member answers where it says that it does`);
  const why = lost.every(({ reason }) => reason === SILENT)
    ? 'it stands still'
    : 'it has just died, MINOTAUR_ADVERTISE is wrong';
  const names = lost.map(({ member, address, reason }) => `${member.id} at ${address} (${reason})`);
  const sentence = `${inWords(names)} does not answer where it announces to: ${why}, or a firewall stands between`;
  return broken(check, sentence, 'docs/runbook.md#it-is-expelled-again-and-again');
}
