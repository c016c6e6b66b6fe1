/**
 * What the cluster writes, as its record says it: the version of stored games, and of the module.
 *
 * Invariants:
 *  - It is followed as it changes; a record older than the one that was seen changes nothing.
 *  - What is above our own we can neither write nor read.
 */
import { isAbove } from '../../cluster/finalize.ts';
import type { Entry } from '../../ports/store.ts';
import type { Written } from '../../session/rules.ts';
import type { Incidents, Log } from '../kit/incidents.ts';
import { type ClusterRecord, readClusterRecord, type Versions } from './cluster-key.ts';
import type { SeenRecord } from './module-raiser.ts';

export class WrittenVersions {
  private readonly own: Versions;
  private readonly incidents: Incidents;
  private readonly log: Log;
  /** What may be written here now. */
  now: Written;
  /** As the watch showed it last; null: not yet. */
  seen: SeenRecord | null = null;

  constructor(own: Versions, incidents: Incidents, log: Log) {
    this.own = own;
    this.incidents = incidents;
    this.log = log;
    this.now = own;
  }

  follow({ stateVersion, module }: Written): void {
    const { own } = this;
    this.now = { stateVersion: Math.min(stateVersion, own.stateVersion), module: Math.min(module, own.module) };
  }

  /** The watch showed the record of the cluster. */
  see({ key, value, revision }: Entry): void {
    if (revision < (this.seen?.revision ?? 0)) return;
    try {
      const record = readClusterRecord(value);
      if (record === null) return;
      this.tell(record);
      this.seen = { record, revision };
      this.follow(record.written);
    } catch (problem) {
      this.incidents.unreadable(key, problem);
    }
  }

  /** What is stored, or said, is what this member cannot read. */
  get isAbove(): boolean {
    const { own, seen } = this;
    if (seen === null) return false;
    const { written } = seen.record;
    return isAbove(written, own) || written.module > own.module;
  }

  /** Of the record that was seen, these numbers alone; null: it was not shown yet. */
  get shown(): Pick<ClusterRecord, 'minimum' | 'written'> | null {
    if (this.seen === null) return null;
    const { minimum, written } = this.seen.record;
    return { minimum: numbersOf(minimum), written: numbersOf(written) };
  }

  private tell({ written: to }: ClusterRecord): void {
    const from = this.seen?.record.written;
    if (from === undefined || (from.stateVersion === to.stateVersion && from.protocol === to.protocol)) return;
    this.log.info({ from, to }, 'what members store and say to each other is of a newer version from now on');
  }
}

function numbersOf({ stateVersion, protocol, module }: Versions): Versions {
  return { stateVersion, protocol, module };
}
