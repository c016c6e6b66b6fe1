/**
 * The cluster's record and its members' keys, as NATS has them: what `finalize` reads and writes.
 *
 * Role: makes of the look past all members (nats.ts) what finalize.ts asks for.
 * Invariant: a list of members is what one server had when it had come to a given revision. All keys of the bucket have one order, so nobody whose
 * key is older than that is missing.
 */
import { encodeFinalizable, type FinalizableRecord, readFinalizable, type Speaker } from '../cluster/finalize.ts';
import { CLUSTER_KEY, parseMemberKey, readMemberRecord } from '../cluster/view.ts';
import type { ClusterKeys, FoundRecord } from './finalize.ts';
import type { Inspection } from './nats.ts';

export class NatsClusterKeys implements ClusterKeys {
  readonly #nats: Pick<Inspection, 'entry' | 'keysPast' | 'write'>;

  constructor(nats: Pick<Inspection, 'entry' | 'keysPast' | 'write'>) {
    this.#nats = nats;
  }

  async record(): Promise<FoundRecord | null> {
    const entry = await this.#nats.entry('members', CLUSTER_KEY);
    if (entry === null || entry.deleted) return null;
    return { record: readFinalizable(entry.value), revision: entry.revision };
  }

  async membersPast(revision: number): Promise<readonly Speaker[] | null> {
    const keys = await this.#nats.keysPast('members', revision);
    if (keys === null) return null;
    const speakers: Speaker[] = [];
    for (const key of keys) {
      const parsed = parseMemberKey(key);
      if (parsed === null) continue;
      const entry = await this.#nats.entry('members', key);
      // Who answers lags behind the one that listed it; or its marker was purged meanwhile.
      if (entry === null) return null;
      // A key that is deleted never comes back.
      if (entry.deleted) continue;
      const { stateVersions, protocol } = readMemberRecord(entry.value).record;
      speakers.push({ id: parsed.id, stateVersion: stateVersions.max, protocol: protocol.max });
    }
    return speakers;
  }

  async replace(record: FinalizableRecord, expected: number): Promise<boolean> {
    const value = encodeFinalizable(record);
    return (await this.#nats.write('members', CLUSTER_KEY, { value, headers: {}, expected })) === null;
  }
}
