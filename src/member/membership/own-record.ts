/**
 * What the key of this very incarnation says.
 *
 * Invariant: it is encoded anew only when it says something else: it is written ten times a second.
 */
import { encodeMemberRecord, type MemberRecord } from '../../cluster/view.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';

/** What the key announces besides status and times. */
export type OwnAnnouncement = Pick<MemberRecord, 'addresses' | 'version' | 'stateVersions' | 'protocol' | 'module'>;

export interface OwnRecordContext {
  readonly time: Pick<ClusterTime, 'announcement'>;
  readonly announcement: OwnAnnouncement;
  readonly settings: { readonly leaseMs: number };
  readonly clock: Pick<Clock, 'wall'>;
}

export class OwnRecord {
  private readonly context: OwnRecordContext;
  private readonly startedAt: string;
  private encoded: { readonly record: MemberRecord; readonly value: Uint8Array } | null = null;
  status: MemberRecord['status'] = 'active';
  /** Revision of the key's first entry; 0 before it is acknowledged. */
  createdRevision = 0;

  constructor(context: OwnRecordContext) {
    this.context = context;
    this.startedAt = new Date(context.clock.wall()).toISOString();
  }

  get now(): MemberRecord {
    const { announcement, settings, time } = this.context;
    const { status, startedAt, createdRevision } = this;
    return {
      ...announcement,
      status,
      startedAt,
      createdRevision,
      leaseMs: settings.leaseMs,
      clock: time.announcement,
    };
  }

  encode(): Uint8Array {
    const record = this.now;
    const { encoded } = this;
    const isSame =
      encoded?.record.status === record.status &&
      encoded.record.createdRevision === record.createdRevision &&
      encoded.record.clock === record.clock;
    if (isSame) return encoded.value;
    this.encoded = { record, value: encodeMemberRecord(record) };
    return this.encoded.value;
  }
}
