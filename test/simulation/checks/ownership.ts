/**
 * Each slot has one owner (I4), and nobody acts for an owner that may still believe in itself (I5).
 *
 * Role: follows the slot records as they land, and asks every process what it would serve.
 * Rules, when a record lands:
 *  - Its epoch is one above that of the record before.
 *  - How it was acquired fits who owned the slot before; whoever it was taken from has a deletion marker.
 *  - By a handoff or a retake: the owner before, whose own write it is, serves nothing of the slot.
 *  - By any other way: the owner before serves nothing of it, or its lease is over by its own clocks.
 * At every look: whoever serves a slot under a valid lease is the one that the newest record names, at that epoch; so at most one does.
 * And whoever holds a slot has its sessions open, and not frozen: that they are only while it is busy with a handoff.
 * A lease that is valid only because both clocks of its machine deceive at once does not count: that is more than the protocol bears.
 * After the store lost acknowledged writes, incarnations from before that are not judged: they may rest on what is lost.
 */
import { decodeSlotRecord, type SlotRecord } from '../../../src/cluster/slot-table.ts';
import { memberKey } from '../../../src/cluster/view.ts';
import type { Entry } from '../../../src/ports/store.ts';
import type { Belief, Checked } from './belief.ts';
import type { Leases } from './leases.ts';
import { Once } from './once.ts';

export interface OwnershipContext extends Checked {
  readonly leases: Leases;
}

export class Ownership {
  readonly #checked: OwnershipContext;
  readonly #once: Once;
  readonly #records = new Map<number, SlotRecord>();
  /** Keys whose deletion marker has landed. */
  readonly #departed = new Set<string>();
  /** Keys of those that lived when the store lost writes. */
  #shaken: ReadonlySet<string> | null = null;

  constructor(checked: OwnershipContext) {
    this.#checked = checked;
    this.#once = new Once(checked.violations);
    const { buckets } = checked;
    buckets.content('slots').listeners.add((entry) => this.#landed(entry));
    buckets.content('members').listeners.add(({ key, deleted }) => {
      if (deleted) this.#departed.add(key);
    });
  }

  /** The store has forgotten acknowledged writes. */
  storeRolledBack(): void {
    const { beliefs, buckets } = this.#checked;
    this.#records.clear();
    for (const entry of buckets.content('slots').entries.values()) {
      this.#records.set(Number(entry.key), decodeSlotRecord(Number(entry.key), entry.revision, entry.value));
    }
    this.#shaken = new Set([...(this.#shaken ?? []), ...beliefs.living().map(({ key }) => key)]);
  }

  /** To be called often: whatever a process believes between two calls is not seen. */
  look(): void {
    const acting = new Map<number, Belief>();
    for (const belief of this.#checked.beliefs.living()) {
      this.#judgeHeld(belief);
      if (this.#shaken?.has(belief.key) || !this.#mayAnswer(belief)) continue;
      for (const slot of belief.acting()) {
        const other = acting.get(slot);
        if (other !== undefined) this.#tell(slot, 'I4', 'two', `two serve it: ${other} and ${belief}`);
        acting.set(slot, belief);
        this.#compare(slot, belief);
      }
    }
  }

  #judgeHeld(belief: Belief): void {
    for (const slot of belief.served) {
      const sessions = belief.open.get(slot);
      if (sessions !== undefined && !sessions.isClosed && !sessions.isFrozen) continue;
      this.#tell(slot, 'liveness', `idle ${belief.key}`, `${belief} holds it, but its sessions are frozen or closed`);
    }
  }

  #mayAnswer(belief: Belief): boolean {
    return belief.leaseValid && !this.#checked.leases.isFooled(belief);
  }

  #compare(slot: number, belief: Belief): void {
    const record = this.#records.get(slot);
    const epoch = belief.epoch(slot);
    if (record !== undefined && keyOf(record) === belief.key && record.epoch === epoch) return;
    this.#tell(
      slot,
      'I4',
      'record',
      `${belief} serves it at epoch ${epoch}, but the record in the store is ${brief(record)}`,
    );
  }

  #landed(entry: Entry): void {
    const slot = Number(entry.key);
    if (entry.deleted) {
      this.#tell(slot, 'I4', 'deleted', 'its record was deleted');
      return;
    }
    const record = decodeSlotRecord(slot, entry.revision, entry.value);
    const before = this.#records.get(slot);
    this.#records.set(slot, record);
    const known = before?.epoch ?? 0;
    // Whoever relies on a record that the store lost may land one that looks like a leap.
    if (this.#shaken === null ? record.epoch !== known + 1 : record.epoch < known) {
      this.#tell(slot, 'I4', 'epoch', `epoch ${known} became ${record.epoch}: ${brief(before)}, then ${brief(record)}`);
    }
    if (before !== undefined && this.#shaken?.has(keyOf(before))) return;
    this.#judgeWay(record, before);
    if (before !== undefined) this.#judgeLastOwner(record, before);
  }

  /** Whether the slot could be acquired in this way at all. */
  #judgeWay(record: SlotRecord, before: SlotRecord | undefined): void {
    const isSame = before?.incarnation === record.incarnation;
    const fits: Readonly<Record<string, boolean>> = {
      initial: before === undefined,
      retake: isSame,
      handoff: before !== undefined && !isSame,
      takeover: before !== undefined && !isSame,
    };
    if (!fits[record.acquired]) this.#tell(record.slot, 'I4', 'way', `${brief(before)} cannot become ${brief(record)}`);
    if (record.acquired !== 'takeover' || before === undefined || this.#departed.has(keyOf(before))) return;
    const owner = this.#checked.beliefs.of(keyOf(before));
    const who = `${brief(record)} took it from ${brief(before)}`;
    this.#tell(
      record.slot,
      'I5',
      'marker',
      `${who}, of whom no deletion marker ever landed (${owner ?? 'never seen'})`,
    );
  }

  #judgeLastOwner(record: SlotRecord, before: SlotRecord): void {
    const owner = this.#checked.beliefs.of(keyOf(before));
    if (!owner?.host.process.alive || !owner.acting().includes(record.slot)) return;
    const isOwnWrite = record.acquired === 'handoff' || record.acquired === 'retake';
    const how = `${brief(record)} landed while ${owner} still serves it`;
    if (isOwnWrite) this.#tell(record.slot, 'I4', 'handed over', how);
    else if (this.#mayAnswer(owner)) this.#tell(record.slot, 'I5', 'taken', `${how} under a valid lease`);
  }

  /** Once for each record and rule. */
  #tell(slot: number, promise: string, rule: string, what: string): void {
    const subject = `${rule} ${slot} ${this.#records.get(slot)?.revision}`;
    this.#once.report(subject, promise, `slot ${slot} at ${this.#checked.beliefs.now().toFixed(3)}: ${what}`);
  }
}

function keyOf({ owner, incarnation }: SlotRecord): string {
  return memberKey(owner, incarnation);
}

function brief(record: SlotRecord | undefined): string {
  if (record === undefined) return 'none';
  const { acquired, epoch, revision } = record;
  return `${keyOf(record)} (${acquired}, epoch ${epoch}, revision ${revision})`;
}
