/**
 * What `finalize` reads and writes, over a bucket of the port: for clusters in memory.
 *
 * Role: the twin of src/cli/cluster-keys.ts. What a replica shows is complete up to the newest entry that it shows (S21 of src/ports/store.ts).
 */
import type { ClusterKeys, FoundRecord } from '../../src/cli/finalize.ts';
import {
  encodeFinalizable,
  type FinalizableRecord,
  readFinalizable,
  type Speaker,
} from '../../src/cluster/finalize.ts';
import { CLUSTER_KEY, parseMemberKey, readMemberRecord } from '../../src/cluster/view.ts';
import type { Bucket } from '../../src/ports/store.ts';

const timeoutMs = 2_000;

export class BucketClusterKeys implements ClusterKeys {
  readonly #members: Bucket;
  readonly #ids: readonly string[];

  /** `ids`: of all members that there may be. */
  constructor(members: Bucket, ids: readonly string[]) {
    this.#members = members;
    this.#ids = ids;
  }

  async record(): Promise<FoundRecord | null> {
    const entry = await this.#members.read(CLUSTER_KEY, timeoutMs);
    if (entry === null || entry.deleted) return null;
    return { record: readFinalizable(entry.value), revision: entry.revision };
  }

  async membersPast(revision: number): Promise<readonly Speaker[] | null> {
    const selected = await this.#members.readMany({ keys: [CLUSTER_KEY], prefixes: this.#ids, timeoutMs });
    if (selected.kind === 'tooMany') throw new Error('too many members');
    if ((selected.entries.at(-1)?.revision ?? 0) < revision) return null;
    return selected.entries.flatMap(({ key, value, deleted }): readonly Speaker[] => {
      const member = parseMemberKey(key);
      if (member === null || deleted) return [];
      const { stateVersions, protocol } = readMemberRecord(value).record;
      return [{ id: member.id, stateVersion: stateVersions.max, protocol: protocol.max }];
    });
  }

  async replace(record: FinalizableRecord, expected: number): Promise<boolean> {
    const value = encodeFinalizable(record);
    return (await this.#members.write(CLUSTER_KEY, { value, expected, timeoutMs })).kind === 'landed';
  }
}
