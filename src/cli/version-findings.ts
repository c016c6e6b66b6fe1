/**
 * What members are of, what they play, and what of that is stored: pure.
 *
 * Role: part of what one look at `/v1/cluster` tells (cluster-findings.ts), and a line of `status`.
 */
import { behindOf, type Format, isAbove, isHalfWay, newestOf, type Speaker } from '../cluster/finalize.ts';
import type { ClusterReport, MemberReport } from '../member/contract/gateway.ts';
import { type Finding, ok, unknown, warning } from './finding.ts';
import { inWords } from './table.ts';

const runbook = 'docs/operations.md#upgrading-and-rolling-back';

export function versionFindings(cluster: ClusterReport): readonly Finding[] {
  return [versions(cluster.members), builds(cluster.members), stored(cluster)];
}

/** Null: nothing has to be told about what is stored. */
export function storedInWords({ versions: record, members }: ClusterReport): string | null {
  if (record == null) return null;
  const { minimum, written } = record;
  if (isHalfWay(record)) {
    return `${inShort(written)}, and who does not speak ${inShort(minimum)} is shut out: finalize is under way, or was interrupted`;
  }
  const speakers = members.flatMap(speakerOf);
  const newest = newestOf(speakers);
  if (speakers.length === 0 || !isAbove(newest, written)) return null;
  const behind = behindOf(newest, speakers).map(({ id }) => id);
  if (behind.length > 0) return `${inShort(written)}; ${inShort(newest)} is not spoken by ${inWords(behind)} yet`;
  return `${inShort(written)}; all speak ${inShort(newest)}: ready for minotaur finalize, and until then for a rollback`;
}

function versions(members: readonly MemberReport[]): Finding {
  const all = byValue(members, ({ version }) => version);
  if (all.size < 2) return ok('versions', `all members are of version ${[...all.keys()].join()}`);
  const sentence = `members are of ${all.size} versions (${spelled(all)}): an update is under way, or was left half done: finish it, or take it back`;
  return warning('versions', sentence, runbook);
}

function builds(members: readonly MemberReport[]): Finding {
  const check = 'rules';
  const all = byValue(members, ({ module }) =>
    module == null ? 'unknown' : `${module.name} ${module.version} ${module.hash ?? 'without a hash'}`,
  );
  if (all.size < 2) return ok(check, `all members play ${[...all.keys()].join()}`);
  const sentence = `members play by ${all.size} kinds of rules (${spelled(all)}): a game changes with its owner; finish the update, or take it back`;
  return warning(check, sentence, runbook);
}

/** That an update is not finalized yet is as it should be, for as long as somebody may want it rolled back. */
function stored(cluster: ClusterReport): Finding {
  const check = 'stored form';
  const { self, versions: record } = cluster;
  if (record == null) return unknown(check, `${self} does not say: its version is older, or it has not joined yet`);
  const sentence = storedInWords(cluster) ?? `${inShort(record.written)}, the newest that members speak`;
  return isHalfWay(record) ? warning(check, sentence, 'docs/operations.md#finalizing') : ok(check, sentence);
}

function speakerOf({ id, speaks }: MemberReport): readonly Speaker[] {
  return speaks === undefined ? [] : [{ id, ...speaks }];
}

function inShort({ stateVersion, protocol }: Format): string {
  return `state version ${stateVersion}${protocol === 1 ? '' : `, protocol ${protocol}`}`;
}

function byValue(
  members: readonly MemberReport[],
  of: (member: MemberReport) => string,
): ReadonlyMap<string, readonly string[]> {
  return new Map([...Map.groupBy(members, of)].map(([value, those]) => [value, those.map(({ id }) => id)]));
}

function spelled(values: ReadonlyMap<string, readonly string[]>): string {
  return [...values].map(([value, ids]) => `${value}: ${inWords(ids)}`).join('; ');
}
