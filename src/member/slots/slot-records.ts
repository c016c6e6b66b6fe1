/**
 * The records of all slots: what this member has heard of them, and its own writes to them.
 *
 * Role: follows the bucket, reads single records again, and changes them by compare-and-set.
 * Invariants:
 *  - A record changes only at the revision last known (I4).
 *  - What becomes of a write is told before the promise of that write resolves.
 */
import { decodeSlotRecord, encodeSlotRecord, type SlotRecord, SlotTable } from '../../cluster/slot-table.ts';
import type { Bucket, Entry, Follow, Store } from '../../ports/store.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import type { Incidents } from '../kit/incidents.ts';
import { type SettleContext, settle } from '../store/settle.ts';
import { READ_TIMEOUT_MS } from './timing.ts';

export interface SlotRecordsContext extends SettleContext {
  readonly slots: number;
  readonly store: Pick<Store, 'bucket'>;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now'>;
  readonly incidents: Incidents;
  /** The store forgot slot records that this incarnation relies on. */
  rolledBack(): void;
}

/** A record that can be read. `landed`: our own write, just acknowledged; `lost`: a write of ours lost against it. */
export type Heard = (record: SlotRecord, own: 'landed' | 'lost' | null) => void;

export interface RecordEvents {
  readonly heard: Heard;
  /** A write of ours lost: nothing of ours is in doubt. `heard` follows, unless the winner cannot be read. */
  conflicted(slot: number): void;
}

export class SlotRecords {
  readonly table: SlotTable;
  private readonly context: SlotRecordsContext;
  private readonly bucket: Bucket;
  private readonly events: RecordEvents;
  /** The highest epoch, for each slot, that something stored in it was found to carry. */
  private readonly fences: number[];
  private follow: Follow | null = null;
  private ended = false;

  constructor(context: SlotRecordsContext, events: RecordEvents) {
    this.context = context;
    this.events = events;
    this.table = new SlotTable(context.slots);
    this.bucket = context.store.bucket('slots');
    this.fences = new Array<number>(context.slots).fill(0);
  }

  start(): void {
    this.follow = this.bucket.follow({
      prefixes: [],
      headersOnly: false,
      onPass: () => undefined,
      onEntry: (entry) => this.onEntry(entry, null),
    });
  }

  stop(): void {
    this.ended = true;
    this.follow?.stop();
  }

  /** Lists all of them anew: a watch can die without a sign. */
  relist(): void {
    this.follow?.restart();
  }

  /** Reads the record from the store: for a member that was told that it knows too little. Never rejects. */
  async refresh(slot: number): Promise<void> {
    const entry = await this.bucket.read(String(slot), READ_TIMEOUT_MS).catch(() => null);
    if (entry !== null && this.follow !== null) this.onEntry(entry, null);
  }

  /** Something stored in the slot carries this epoch. */
  fence(slot: number, epoch: number): void {
    this.fences[slot] = Math.max(epoch, this.fences[slot] ?? 0);
  }

  /** Above all that is known of the slot. */
  nextEpoch(slot: number): number {
    return Math.max(this.table.get(slot)?.epoch ?? 0, this.fences[slot] ?? 0) + 1;
  }

  async write(slot: number, change: Omit<SlotRecord, 'slot' | 'revision'>): Promise<void> {
    const { time } = this.context;
    const takenAt = time.isKnown ? Math.round(time.now()) : undefined;
    const next = { ...change, previousOwner: this.table.get(slot)?.owner ?? null, takenAt };
    const expected = this.table.revision(slot);
    const value = encodeSlotRecord(next);
    const settled = await settle(this.context, { bucket: this.bucket, key: String(slot), value, expected });
    if (this.ended) return;
    if (settled.kind === 'landed') this.events.heard({ ...next, slot, revision: settled.revision }, 'landed');
    else if (settled.kind === 'conflict') {
      this.events.conflicted(slot);
      this.onEntry(settled.entry, 'lost');
    } else if (settled.kind === 'rolledBack') {
      this.context.incidents.rolledBack(`slot ${slot}`, expected, settled.entry?.revision ?? 0);
      this.context.rolledBack();
    }
  }

  private onEntry(entry: Entry, own: 'lost' | null): void {
    if (this.ended || entry.deleted) return;
    const record = this.recordOf(entry);
    try {
      if (record !== null) this.events.heard(record, own);
    } catch (error) {
      this.context.incidents.failed(`slot ${entry.key}`, error);
    }
  }

  /** Null if it cannot be read: until a later one can, nothing is done with the slot. */
  private recordOf(entry: Entry): SlotRecord | null {
    const slot = Number(entry.key);
    try {
      return decodeSlotRecord(slot, entry.revision, entry.value);
    } catch (error) {
      this.table.obscure(slot, entry.revision);
      this.context.incidents.unreadable(`slot ${entry.key}`, error);
      return null;
    }
  }
}
