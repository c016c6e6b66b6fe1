/**
 * What the keys of members say, read once.
 *
 * Why kept: nearly every entry is a renewal, which says what the one before it said.
 */
import { type MemberRecord, readHeld, readMemberRecord } from '../../cluster/view.ts';
import type { Entry } from '../../ports/store.ts';
import type { Announcement, Heard } from '../contract/cluster-time.ts';
import type { Incidents } from '../kit/incidents.ts';

/** Header of the deletion marker of a member that left: what cluster time held off then. Whoever comes when all are gone goes on from there. */
export const HELD = 'Minotaur-Held';

/** The newest value of a key, read, and when it was last written. */
interface Known {
  readonly value: Uint8Array;
  readonly record: MemberRecord;
  writtenAt: number;
  revision: number;
}

/** What a key or a marker says about a clock. */
interface Said extends Announcement {
  readonly revision: number;
}

export class MemberRecords {
  private readonly incidents: Incidents;
  private readonly known = new Map<string, Known>();
  /** The newest word of a member that left. */
  private left: Said | null = null;

  constructor(incidents: Incidents) {
    this.incidents = incidents;
  }

  /** What the entry says; what is unreadable in it is told once. */
  read({ key, value, writtenAt, revision }: Omit<Entry, 'headers'>): MemberRecord {
    const last = this.known.get(key);
    if (last !== undefined && isSame(last.value, value)) {
      last.writtenAt = writtenAt;
      last.revision = revision;
      return last.record;
    }
    const { record, problem } = readMemberRecord(value);
    if (problem !== null) this.incidents.unreadable(key, problem);
    this.known.set(key, { value, record, writtenAt, revision });
    return record;
  }

  forget(key: string): void {
    this.known.delete(key);
  }

  /** A deletion marker was seen. */
  marked({ headers, writtenAt, revision }: Pick<Entry, 'headers' | 'writtenAt' | 'revision'>): void {
    const held = readHeld(headers[HELD] ?? '');
    if (held !== null) this.left = newest(this.left, { held, writtenAt, revision });
  }

  /** What all but one say about their clocks. */
  heard(except: string): Heard {
    const peers: Said[] = [];
    for (const [key, { record, writtenAt, revision }] of this.known) {
      if (key !== except && record.clock) peers.push({ held: record.clock, writtenAt, revision });
    }
    return { peers, last: peers.reduce<Said | null>(newest, this.left) };
  }
}

/** The store's clock may have jumped between the two, so they are ordered by their revisions. */
function newest(one: Said | null, other: Said): Said {
  return one === null || other.revision > one.revision ? other : one;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
