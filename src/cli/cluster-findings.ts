/**
 * What one look at `/v1/cluster` and `/readyz` tells: pure.
 *
 * Role: shared by `status`, which shows what is wrong, and `doctor`, which shows all of it.
 */
import type { ClusterReport, MemberReport, SlotMap } from '../member/contract/gateway.ts';
import { broken, type Finding, ok, unknown, warning } from './finding.ts';
import { progress } from './progress-finding.ts';
import { counted, duration, inWords } from './table.ts';
import { versionFindings } from './version-findings.ts';
import { webhook } from './webhook-finding.ts';

/** `GET /v1/cluster?include=slots`. Members of older versions leave fields out. */
export interface ClusterAnswer extends ClusterReport {
  readonly nats?: { readonly renewedMsAgo: number | null; readonly buckets: Readonly<Record<string, boolean>> };
  readonly slotMap?: Omit<SlotMap, 'unowned'> | null;
}

/** `GET /readyz`. */
export interface ReadyAnswer {
  readonly ready: boolean;
  readonly reasons?: readonly string[];
}

/** A renewal is sent every 100 ms; after this `/readyz` begins to look around. */
const LATE_RENEWAL_MS = 2_500;

export function clusterFindings(cluster: ClusterAnswer, ready: ReadyAnswer): readonly Finding[] {
  return [
    readiness(cluster.self, ready),
    presence(cluster),
    owners(cluster),
    ringAndRecords(cluster),
    progress(cluster.members),
    webhook(cluster.members),
    ...versionFindings(cluster),
    renewal(cluster),
    buckets(cluster),
  ];
}

function readiness(self: string, { ready, reasons = [] }: ReadyAnswer): Finding {
  const why = reasons.length === 0 ? '' : `: ${inWords(reasons)}`;
  if (!ready) return broken('ready', `${self} is not ready${why}`, 'docs/runbook.md#its-readyz-fails');
  if (reasons.length === 0) return ok('ready', `${self} is ready`);
  const sentence = `${self} stays ready only because all members are in the same state${why}`;
  return broken('ready', sentence, 'docs/runbook.md#readyz-fails-on-every-member-livez-answers');
}

function presence(cluster: ClusterAnswer): Finding {
  const check = 'members';
  const { members } = cluster;
  const silent = members.filter(({ sessions }) => sessions === null).map(({ id }) => id);
  const leaving = members.filter(({ status }) => status === 'leaving').map(({ id }) => id);
  const twice = members.map(({ id }) => id).filter((id, index, all) => all.indexOf(id) !== index);
  if (members.length === 0) {
    return broken(
      check,
      'there is no member: the one that answers has not joined yet',
      'docs/runbook.md#nothing-works',
    );
  }
  if (silent.length > 0 && isCutOff(cluster)) {
    return unknown(check, 'members ask each other through NATS, which does not answer');
  }
  if (askingFails(cluster)) {
    const sentence = `${cluster.self} asks members through NATS, itself as well, and has no answer: NATS is away, or slow`;
    return broken(check, sentence, 'docs/runbook.md#readyz-fails-on-every-member-livez-answers');
  }
  if (silent.length > 0) {
    const sentence = `${inWords(silent)} did not answer within half a second: standing still, cut off, or just dead`;
    return broken(check, sentence, 'docs/runbook.md#one-member');
  }
  if (twice.length > 0) {
    const sentence = `two processes run as ${inWords(twice)}, or the older one is just leaving`;
    return warning(check, sentence, 'docs/runbook.md#exit-code-78-in-a-loop');
  }
  if (leaving.length === members.length) {
    return broken(check, 'all members are leaving: they keep their games', 'docs/runbook.md#it-does-not-go');
  }
  if (leaving.length > 0) {
    const sentence = `${inWords(leaving)} is leaving: cordoned, or about to stop (minotaur undrain takes it back)`;
    return warning(check, sentence, 'docs/operations.md#deploying');
  }
  if (members.length === 1) {
    const sentence = `${members[0]?.id} is alone: nobody takes its games over`;
    return warning(check, sentence, 'docs/operations.md#sizing');
  }
  return ok(check, `${members.length} members, all active, all answering`);
}

function owners({ slots, unowned, slotMap }: ClusterAnswer): Finding {
  if (unowned === 0) return ok('owners', `each of the ${slots} slots has an owner`);
  const which = slotMap == null ? [] : indices(slotMap.owners, (owner) => owner === null);
  const names = which.length === 0 ? '' : ` (${inWords(which.map(String))})`;
  const sentence = `${unowned} of ${slots} slots have no owner${names}: requests for their games wait, then answer 503`;
  return broken('owners', sentence, 'docs/runbook.md#503-session_unavailable');
}

function ringAndRecords({ members, slotMap }: ClusterAnswer): Finding {
  const check = 'ring';
  if (slotMap == null) return unknown(check, 'the member that answers does not know the slots yet');
  const { owners: of, desiredOwners } = slotMap;
  const moving = indices(of, (owner, slot) => owner !== null && owner !== desiredOwners[slot]);
  if (moving.length === 0) return ok(check, 'every slot is where the ring wants it');
  const from = [...new Set(moving.map((slot) => `${of[slot]} → ${desiredOwners[slot] ?? 'nobody'}`))];
  const concerned = new Set(moving.flatMap((slot) => [of[slot], desiredOwners[slot]]));
  const silent = members.flatMap(({ id, sessions }) => (sessions === null && concerned.has(id) ? [id] : []));
  const isLeaving = members.some(({ status }) => status === 'leaving');
  const moved = isLeaving
    ? 'a member is leaving'
    : 'a member came or went a moment ago, or one refuses what it is offered (handoff_failed in the log)';
  const why = silent.length > 0 ? `${inWords(silent)} does not answer, and so neither takes nor gives any` : moved;
  const sentence = `${counted(moving.length, 'slot')} not yet where the ring wants ${moving.length === 1 ? 'it' : 'them'} (${inWords(from)}): ${why}`;
  return warning(check, sentence, 'docs/runbook.md#it-does-not-go');
}

function renewal(cluster: ClusterAnswer): Finding {
  const check = 'renewals';
  const { self, nats } = cluster;
  if (nats === undefined) return unknown(check, `${self} does not say: its version is older`);
  const { renewedMsAgo } = nats;
  const runbook = 'docs/runbook.md#readyz-fails-on-every-member-livez-answers';
  if (renewedMsAgo === null) return broken(check, `NATS has not acknowledged any renewal of ${self} yet`, runbook);
  const sentence = `NATS acknowledged the last renewal of ${self} ${duration(renewedMsAgo)} ago`;
  return isCutOff(cluster) ? broken(check, sentence, runbook) : ok(check, sentence);
}

/** By the member that was asked: NATS acknowledges nothing to it. */
export function isCutOff({ nats }: ClusterAnswer): boolean {
  return (nats?.renewedMsAgo ?? 0) > LATE_RENEWAL_MS;
}

/** Who answered a request, and did not hear from itself through NATS, says nothing about others. */
export function askingFails({ self, members }: ClusterAnswer): boolean {
  return members.some(({ id, sessions }) => id === self && sessions === null);
}

/** As the member that was asked knows them. */
export function unusableBuckets({ nats }: ClusterAnswer): readonly string[] {
  return Object.entries(nats?.buckets ?? {}).flatMap(([name, isUsable]) => (isUsable ? [] : [name]));
}

/** Of an id that runs twice for a moment, the one that came last. */
export function memberIn({ members }: Pick<ClusterAnswer, 'members'>, id: string): MemberReport | undefined {
  return members.findLast((member) => member.id === id);
}

function buckets(cluster: ClusterAnswer): Finding {
  const check = 'buckets';
  const { self, nats } = cluster;
  if (nats === undefined) return unknown(check, `${self} does not say: its version is older`);
  const unusable = unusableBuckets(cluster);
  if (unusable.length === 0 && isCutOff(cluster)) {
    return unknown(check, `${self} knew of no trouble before NATS ceased to answer`);
  }
  if (unusable.length === 0) return ok(check, `${self} can write to all of them`);
  const sentence = `${self} cannot use the bucket ${inWords(unusable)}: its stream is gone, full, or without a leader`;
  return broken(check, sentence, 'docs/runbook.md#a-bucket-is-in-trouble');
}

function indices<Item>(items: readonly Item[], holds: (item: Item, index: number) => boolean): readonly number[] {
  return items.flatMap((item, index) => (holds(item, index) ? [index] : []));
}
