/**
 * What members answer `/cluster` while others die and come, made by the code that they run: each sees two streams, of members and of slots, at a
 * pace of its own.
 *
 * Role: a cluster without time or network. Everything that can be done to it does nothing where it does not apply, so any order of it is a run.
 */

import { buildRing } from '../../../src/cluster/ring.ts';
import { mapSlots } from '../../../src/cluster/slot-map.ts';
import { type SlotRecord, SlotTable } from '../../../src/cluster/slot-table.ts';
import {
  applyMemberEntry,
  emptyView,
  type MemberEntry,
  type MemberRecord,
  memberKey,
  type View,
} from '../../../src/cluster/view.ts';
import type { Report } from '../../../src/web/cluster/report.ts';

const slots = 4;

class Process {
  readonly id: string;
  readonly incarnation: string;
  view: View = emptyView();
  /** Before the last entry that it saw. */
  viewBefore: View = emptyView();
  readonly table = new SlotTable(slots);
  /** How much it has seen of each stream. */
  seenMembers = 0;
  seenSlots = 0;

  constructor(id: string, incarnation: string) {
    this.id = id;
    this.incarnation = incarnation;
  }

  get key(): string {
    return memberKey(this.id, this.incarnation);
  }
}

export class Cluster {
  readonly #members: MemberEntry[] = [];
  readonly #slots: SlotRecord[] = [];
  readonly #alive: Process[] = [];
  #begun = 0;
  readonly #dead: Process[] = [];

  /** Three members that know everything. */
  constructor() {
    for (const id of ['a', 'b', 'c']) this.join(id);
    for (let slot = 0; slot < slots; slot += 1) {
      this.#write({ slot, ...named(this.#alive[slot % 3] as Process), epoch: 1, acquired: 'initial' });
    }
    this.settle();
  }

  /** Ids of whoever died. */
  get deaths(): readonly string[] {
    return this.#dead.map(({ id }) => id);
  }

  /** Everything dead is found so, everything without an owner is taken, and everybody knows. */
  settle(): void {
    for (const { key } of this.#dead) this.#mark(key);
    this.#catchUp();
    for (let by = 0; by < this.#alive.length; by += 1) this.take(by, slots);
    this.#catchUp();
  }

  /** With what went before seen as it is when somebody joins: the newest entry of each key. */
  join(id: string): void {
    if (this.#alive.some((other) => other.id === id) || this.#begun >= 6) return;
    this.#begun += 1;
    const process = new Process(id, `${id}-${this.#begun}`);
    const newest = new Map(this.#members.map((entry) => [entry.key, entry]));
    for (const entry of this.#members) if (newest.get(entry.key) === entry) this.#show(process, entry);
    for (const record of this.#slots) process.table.apply(record);
    process.seenSlots = this.#slots.length;
    this.#announce(process);
    this.#show(process, this.#members.at(-1) as MemberEntry);
    process.seenMembers = this.#members.length;
    this.#alive.push(process);
  }

  /** A renewal counts for nothing, but for who joins after it. */
  renew(who: number): void {
    const process = this.#nth(who);
    this.#announce(process);
  }

  /** `isFound`: somebody knows at once. */
  kill(who: number, isFound: boolean): void {
    if (this.#alive.length < 2 || this.#dead.length > 2) return;
    const process = this.#nth(who);
    this.#alive.splice(this.#alive.indexOf(process), 1);
    this.#dead.push(process);
    if (isFound) this.#mark(process.key);
  }

  /** Somebody finds out that the one that died first, or the next one, is dead. */
  expel(which: number): void {
    const dead = this.#dead[which % Math.max(1, this.#dead.length)];
    if (dead !== undefined) this.#mark(dead.key);
  }

  /** It sees so many more entries of a stream. */
  watch(who: number, stream: 'members' | 'slots', count: number): void {
    const process = this.#nth(who);
    for (let seen = 0; seen < count; seen += 1) {
      if (stream === 'members') this.#seeMember(process);
      else this.#seeSlot(process);
    }
  }

  /** It takes up to so many slots whose owners it has seen depart. */
  take(who: number, most: number): void {
    const process = this.#nth(who);
    let taken = 0;
    for (let slot = 0; slot < slots && taken < most; slot += 1) {
      const record = process.table.get(slot);
      if (record === null || record !== this.#truth[slot]) continue;
      if (!process.view.departed.has(memberKey(record.owner, record.incarnation))) continue;
      this.#write({ slot, ...named(process), epoch: record.epoch + 1, acquired: 'takeover' }, process);
      taken += 1;
    }
  }

  /** It gives one of its slots to another that it sees. That is never in a hurry: all see it before the next thing happens. */
  handOff(who: number, to: number): void {
    const [from, heir] = [this.#nth(who), this.#nth(to)];
    if (from === heir || !from.view.members.has(heir.key)) return;
    const record = this.#truth.find((each) => each?.incarnation === from.incarnation);
    if (record === undefined || record === null || from.table.get(record.slot) !== record) return;
    this.#write({ slot: record.slot, ...named(heir), epoch: record.epoch + 1, acquired: 'handoff' }, from);
    this.#catchUp();
  }

  /** `torn`: members as they were an entry earlier, as members tell it whose answer took its time. */
  answer(who: number, torn = false): Report {
    const { id, view, viewBefore, table } = this.#nth(who);
    const listed = torn ? viewBefore : view;
    const standing = (key: string) =>
      view.members.has(key) ? 'present' : view.departed.has(key) ? ('departed' as const) : ('unknown' as const);
    const members = [...listed.members.values()].map((member) => ({
      id: member.id,
      incarnation: member.incarnation,
      status: member.record.status,
      slots: table.countOf(member.incarnation),
      sessions: this.#alive.some(({ incarnation }) => incarnation === member.incarnation) ? 0 : null,
      version: '1.0.0',
    }));
    members.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
    const { unowned: _, ...slotMap } = mapSlots(table, buildRing([], slots), { standing });
    // Where everything is as it should be, nothing is on its way.
    return {
      self: id,
      revision: listed.revision,
      members,
      slots,
      nats: null,
      slotMap: { ...slotMap, desiredOwners: slotMap.owners },
    };
  }

  get #truth(): readonly (SlotRecord | null)[] {
    return Array.from({ length: slots }, (_, slot) => this.#slots.findLast((record) => record.slot === slot) ?? null);
  }

  #nth(who: number): Process {
    return this.#alive[who % this.#alive.length] as Process;
  }

  #announce(process: Process): void {
    const known = this.#members.find(({ key }) => key === process.key);
    const revision = this.#members.length + 1;
    const record = { ...plain, createdRevision: known?.revision ?? 0 };
    this.#members.push({ key: process.key, revision, deleted: false, record });
  }

  #mark(key: string): void {
    if (this.#members.some((entry) => entry.key === key && entry.deleted)) return;
    this.#members.push({ key, revision: this.#members.length + 1, deleted: true, record: null });
  }

  #write(record: Omit<SlotRecord, 'revision' | 'transferId'>, by?: Process): void {
    const written = { ...record, transferId: null, revision: this.#slots.length + 1 };
    this.#slots.push(written);
    // Its own writes it knows at once.
    by?.table.apply(written);
  }

  #show(process: Process, entry: MemberEntry): void {
    process.viewBefore = { ...process.view };
    process.view = applyMemberEntry(process.view, entry);
  }

  #seeMember(process: Process): void {
    const entry = this.#members[process.seenMembers];
    if (entry === undefined) return;
    process.seenMembers += 1;
    this.#show(process, entry);
  }

  #seeSlot(process: Process): void {
    const record = this.#slots[process.seenSlots];
    if (record === undefined) return;
    process.seenSlots += 1;
    process.table.apply(record);
  }

  #catchUp(): void {
    for (const [who] of this.#alive.entries()) {
      this.watch(who, 'members', this.#members.length);
      this.watch(who, 'slots', this.#slots.length);
    }
  }
}

function named({ id, incarnation }: Process) {
  return { owner: id, incarnation };
}

const plain: MemberRecord = {
  status: 'active',
  startedAt: '2026-01-01T00:00:00Z',
  createdRevision: 0,
  addresses: ['127.0.0.1:1'],
  leaseMs: 100,
  version: '1.0.0',
  stateVersions: { min: 1, max: 1 },
  protocol: { min: 1, max: 1 },
};
