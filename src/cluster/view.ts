/**
 * Who is in the group.
 *
 * Role: a value, fed with entries of the members bucket from the watch, reads and acknowledgements in any order.
 * Invariants:
 *  - The newest entry of a key decides; older ones change nothing.
 *  - A key that is neither present nor departed is unknown: that proves nothing. A departed key stays so until it is forgotten on purpose.
 *  - A new object means that something besides renewals changed. Ten renewals a second from every member move `Member.revision` in
 *    place instead, so only the newest view of a line knows the newest revisions: apply entries to that one.
 */
import { z } from 'zod';
import type { HeldAs } from './cluster-clock.ts';

const range = z.object({ min: z.number().int(), max: z.number().int() });
const stored = z.object({
  status: z.enum(['active', 'leaving']),
  startedAt: z.iso.datetime({ offset: true }),
  createdRevision: z.number().int().min(0),
  addresses: z.array(z.string().min(1)).min(1),
  leaseMs: z.number().min(0),
  version: z.string(),
  stateVersions: range,
  protocol: range,
  module: z
    .object({
      name: z.string(),
      version: z.number().int().min(1),
      hash: z.string().max(64).optional().catch(undefined),
    })
    .nullish()
    .catch(null),
  clock: z.object({ ms: z.number(), since: z.number(), heardAt: z.number() }).nullish().catch(null),
});

/** The clock of a member that left, as its deletion marker says it; null: it says nothing that can be read. */
export function readHeld(text: string): HeldAs | null {
  try {
    return stored.shape.clock.parse(JSON.parse(text)) ?? null;
  } catch {
    return null;
  }
}

/** Longer than any lease that a member may give itself: of whom nobody can read how long its own is. */
const LONGEST_LEASE_MS = 60_000;

/** What counts of a record that is not as this release knows it: its member is there, and nothing is given to it. */
const readable = z.object({
  status: stored.shape.status.catch('leaving'),
  startedAt: stored.shape.startedAt.catch('1970-01-01T00:00:00Z'),
  createdRevision: stored.shape.createdRevision.catch(0),
  addresses: stored.shape.addresses.catch([]),
  leaseMs: stored.shape.leaseMs.catch(LONGEST_LEASE_MS),
  version: stored.shape.version.catch('unknown'),
  stateVersions: range.catch({ min: 1, max: 1 }),
  protocol: range.catch({ min: 1, max: 1 }),
  module: stored.shape.module,
});

export interface PlayedModule {
  readonly name: string;
  readonly version: number;
  /** Of its code. Missing: its version does not say. */
  readonly hash?: string | undefined;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What a member's key says. */
export interface MemberRecord {
  readonly status: 'active' | 'leaving';
  /** RFC 3339. */
  readonly startedAt: string;
  /** Revision of the key's first entry; 0 in that entry, which cannot know it. */
  readonly createdRevision: number;
  /** `host:port` for peers: its own, none that it shares. At least one, if its record can be read. */
  readonly addresses: readonly string[];
  /** The lease that each of its renewals gives it. */
  readonly leaseMs: number;
  /** Of the application. */
  readonly version: string;
  readonly stateVersions: Range;
  readonly protocol: Range;
  /** What it plays. Missing: its version does not say. */
  readonly module?: PlayedModule | null | undefined;
  /** What cluster time holds off (cluster-clock.ts), as of `heardAt`. Missing: nobody may go by this member's clock yet. No part of the view. */
  readonly clock?: HeldAs | null | undefined;
}

export interface Member {
  readonly id: string;
  readonly incarnation: string;
  readonly record: MemberRecord;
  /** Of the newest entry; rises with every renewal. */
  readonly revision: number;
  /** Of the first entry, as far as known: orders the incarnations of one id. */
  readonly createdRevision: number;
}

export interface View {
  /** By key, every one that is present. */
  readonly members: ReadonlyMap<string, Member>;
  /** Keys whose deletion marker was seen, with its revision. */
  readonly departed: ReadonlyMap<string, number>;
  /** Of the newest entry that made a key join, change its status or depart. */
  readonly revision: number;
}

export interface MemberEntry {
  readonly key: string;
  readonly revision: number;
  readonly deleted: boolean;
  /** Null if and only if deleted. */
  readonly record: MemberRecord | null;
}

export function encodeMemberRecord(record: MemberRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(stored.parse(record)));
}

/** Throws what is wrong with the stored value. Fields that a newer version added are left out. */
export function decodeMemberRecord(value: Uint8Array): MemberRecord {
  return stored.parse(JSON.parse(new TextDecoder().decode(value)));
}

/** Never throws: a later release may write what this one does not know. `problem`: what is not as it should be. */
export function readMemberRecord(value: Uint8Array): { readonly record: MemberRecord; readonly problem: unknown } {
  try {
    return { record: decodeMemberRecord(value), problem: null };
  } catch (problem) {
    return { record: readable.parse(objectIn(value)), problem };
  }
}

function objectIn(value: Uint8Array): object {
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(value));
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    return {};
  }
}

/** Of the members bucket: what the whole cluster agreed on. All other keys there are members'. */
export const CLUSTER_KEY = 'cluster';

export function memberKey(id: string, incarnation: string): string {
  return `${id}.${incarnation}`;
}

/** Null for what is no member's key, such as `cluster`. */
export function parseMemberKey(key: string): { readonly id: string; readonly incarnation: string } | null {
  const [, id, incarnation] = /^([\w-]+)\.([\w-]+)$/.exec(key) ?? [];
  return id === undefined || incarnation === undefined ? null : { id, incarnation };
}

export function emptyView(): View {
  return { members: new Map(), departed: new Map(), revision: 0 };
}

/**
 * The view after this entry; the same object if it was old or only a renewal. An entry of the very revision that is known counts:
 * so a member can show its own change before it is acknowledged.
 */
export function applyMemberEntry(view: View, entry: MemberEntry): View {
  const { key, revision, record } = entry;
  const parsed = parseMemberKey(key);
  if (parsed === null || revision < knownRevision(view, key)) return view;
  if (entry.deleted || record === null) return depart(view, key, revision);
  const known = view.members.get(key);
  const createdRevision = known?.createdRevision ?? (record.createdRevision || revision);
  if (known !== undefined && saysTheSame(record, known.record)) {
    const renewed: { revision: number } = known;
    renewed.revision = revision;
    return view;
  }
  const departed = new Map(view.departed);
  departed.delete(key);
  const members = new Map(view.members).set(key, { ...parsed, record, revision, createdRevision });
  const isRevised = known?.record.status !== record.status;
  return { members, departed, revision: isRevised ? Math.max(view.revision, revision) : view.revision };
}

/** Drops deletion markers: for keys that no slot record names any more and whose markers are purged. */
export function forgetDeparted(view: View, keys: Iterable<string>): View {
  const departed = new Map(view.departed);
  for (const key of keys) departed.delete(key);
  return departed.size === view.departed.size ? view : { ...view, departed };
}

/** Sorted ids of the members that make the ring. */
export function activeIds(view: View): readonly string[] {
  return idsOfStatus(view, 'active');
}

/** Sorted ids of the members that are present but leaving. Older incarnations count as leaving, but their id belongs to the newest. */
export function leavingIds(view: View): readonly string[] {
  return idsOfStatus(view, 'leaving');
}

/** Key of the incarnation that counts for this id, the newest; null if none is present. */
export function currentKey(view: View, id: string): string | null {
  let current: { readonly key: string; readonly createdRevision: number } | null = null;
  for (const [key, { id: other, createdRevision }] of view.members) {
    if (other === id && createdRevision > (current?.createdRevision ?? 0)) current = { key, createdRevision };
  }
  return current?.key ?? null;
}

export function isPresent(view: View, key: string): boolean {
  return view.members.has(key);
}

export function isDeparted(view: View, key: string): boolean {
  return view.departed.has(key);
}

function knownRevision(view: View, key: string): number {
  return view.members.get(key)?.revision ?? view.departed.get(key) ?? 0;
}

function depart(view: View, key: string, revision: number): View {
  if (view.departed.get(key) === revision) return view;
  const members = new Map(view.members);
  members.delete(key);
  return {
    members,
    departed: new Map(view.departed).set(key, revision),
    revision: Math.max(view.revision, revision),
  };
}

/** Whether two records differ in nothing but `createdRevision`, which the first entry cannot hold. */
function saysTheSame(one: MemberRecord, other: MemberRecord): boolean {
  return one === other || content(one) === content(other);
}

function content({
  status,
  startedAt,
  addresses,
  leaseMs,
  version,
  stateVersions,
  protocol,
  module,
}: MemberRecord): string {
  const numbers = [leaseMs, stateVersions.min, stateVersions.max, protocol.min, protocol.max];
  return JSON.stringify([status, startedAt, addresses, version, numbers, module?.name, module?.version]);
}

function idsOfStatus(view: View, status: MemberRecord['status']): readonly string[] {
  const ids: string[] = [];
  for (const [key, { id, record }] of view.members) {
    if (record.status === status && currentKey(view, id) === key) ids.push(id);
  }
  return ids.sort();
}
