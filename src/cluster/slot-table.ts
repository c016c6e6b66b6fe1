/**
 * Who owns which slot, as far as this member has heard.
 *
 * Role: a map from slot to its newest known record, fed by the watch, by reads and by acknowledgements in any order.
 * Invariants: a record never gives way to one of a lower revision; epochs only rise with revisions (I4), and one revision is one record – a record
 * that breaks this is kept out and reported to the caller. While the newest one of a slot cannot be read, nobody knows whose it is: it is `obscured`.
 */
import { z } from 'zod';

export interface SlotRecord {
  readonly slot: number;
  readonly owner: string;
  readonly incarnation: string;
  readonly epoch: number;
  /** One of `acquisitions`, unless a later release knows more. */
  readonly acquired: string;
  /** The handoff that made it; null for any other way. */
  readonly transferId: string | null;
  /** For people: who owned it before, null if nobody did, and when that ended, ms. Missing: the version that wrote it does not say. */
  readonly previousOwner?: string | null | undefined;
  readonly takenAt?: number | undefined;
  readonly revision: number;
}

/** How an owner came by its slot. */
export const acquisitions = ['initial', 'takeover', 'handoff', 'retake'] as const;

export type Acquired = (typeof acquisitions)[number];

const stored = z.object({
  owner: z.string(),
  incarnation: z.string(),
  epoch: z.number().int().min(1),
  acquired: z.string(),
  transferId: z.string().nullable(),
  // Whatever stands there, nobody goes by it.
  previousOwner: z.string().nullable().optional().catch(undefined),
  takenAt: z.number().optional().catch(undefined),
});

export function encodeSlotRecord(record: Omit<SlotRecord, 'slot' | 'revision'>): Uint8Array {
  const { owner, incarnation, epoch, acquired, transferId, previousOwner, takenAt } = record;
  const stored = { owner, incarnation, epoch, acquired, transferId, previousOwner, takenAt };
  return new TextEncoder().encode(JSON.stringify(stored));
}

/** Throws what is wrong with the stored value. */
export function decodeSlotRecord(slot: number, revision: number, value: Uint8Array): SlotRecord {
  return { slot, revision, ...stored.parse(JSON.parse(new TextDecoder().decode(value))) };
}

export class SlotTable {
  readonly slots: number;
  private readonly records: (SlotRecord | null)[];
  private readonly counts = new Map<string, number>();
  /** Revisions of records that cannot be read. */
  private readonly unreadable = new Map<number, number>();

  constructor(slots: number) {
    this.slots = slots;
    this.records = new Array<SlotRecord | null>(slots).fill(null);
  }

  get(slot: number): SlotRecord | null {
    return this.records[slot] ?? null;
  }

  revision(slot: number): number {
    return this.records[slot]?.revision ?? 0;
  }

  /** `new` if it was news, `old` if not, `fork` if its epoch is below that of an older record, or its revision is another record's. */
  apply(record: SlotRecord): 'new' | 'old' | 'fork' {
    const known = this.records[record.slot];
    if (known === undefined) return 'old';
    if (known?.revision === record.revision) return isSame(known, record) ? 'old' : 'fork';
    if (known !== null && record.revision < known.revision) return 'old';
    if (known !== null && record.epoch <= known.epoch) return 'fork';
    this.records[record.slot] = record;
    if (known !== null) this.count(known.incarnation, -1);
    this.count(record.incarnation, 1);
    return 'new';
  }

  /** The slot has a record that cannot be read. */
  obscure(slot: number, revision: number): void {
    this.unreadable.set(slot, Math.max(revision, this.unreadable.get(slot) ?? 0));
  }

  isObscured(slot: number): boolean {
    return (this.unreadable.get(slot) ?? 0) > this.revision(slot);
  }

  isNamed(memberKey: string): boolean {
    return this.records.some((record) => record !== null && `${record.owner}.${record.incarnation}` === memberKey);
  }

  /** How many slots the incarnation holds by the records. */
  countOf(incarnation: string): number {
    return this.counts.get(incarnation) ?? 0;
  }

  private count(incarnation: string, change: number): void {
    const count = this.countOf(incarnation) + change;
    if (count > 0) this.counts.set(incarnation, count);
    else this.counts.delete(incarnation);
  }
}

/** The store gives a number again only if it lost what had it. */
function isSame(one: SlotRecord, other: SlotRecord): boolean {
  return one.incarnation === other.incarnation && one.epoch === other.epoch && one.transferId === other.transferId;
}
