/**
 * Who plays which code of the game.
 *
 * Role: finds members that say another hash under the same version. A deploy of a fix makes such a difference, and ends it.
 * Invariant: a member that says no version or no hash differs from nobody.
 */
import type { View } from './view.ts';

/** One version of the module of which there is more than one build. */
export interface MixedVersion {
  readonly version: number;
  /** Ids of members by hash, both in order. */
  readonly builds: Readonly<Record<string, readonly string[]>>;
}

/** By version; none if all who play the same version play the same code. */
export function mixedVersions({ members }: View): readonly MixedVersion[] {
  const versions = new Map<number, Map<string, string[]>>();
  for (const { id, record } of members.values()) {
    const { version, hash } = record.module ?? {};
    if (version === undefined || hash === undefined) continue;
    const builds = versions.get(version) ?? new Map<string, string[]>();
    versions.set(version, builds.set(hash, [...(builds.get(hash) ?? []), id].sort()));
  }
  return [...versions]
    .filter(([, builds]) => builds.size > 1)
    .sort(([one], [other]) => one - other)
    .map(([version, builds]) => ({ version, builds: Object.fromEntries([...builds].sort(byHash)) }));
}

function byHash([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
