/**
 * A simulated world without faults, and the checkers that look into its cluster: the test breaks things by hand.
 */
import assert from 'node:assert/strict';
import type { SlotState } from '../../../src/cluster/slot-state.ts';
import { decodeSlotRecord, encodeSlotRecord, type SlotRecord } from '../../../src/cluster/slot-table.ts';
import type { Belief } from '../../simulation/checks/belief.ts';
import { Beliefs } from '../../simulation/checks/belief.ts';
import { Expulsions } from '../../simulation/checks/expulsions.ts';
import { Leases } from '../../simulation/checks/leases.ts';
import { Ownership } from '../../simulation/checks/ownership.ts';
import { checkSettled } from '../../simulation/checks/settled.ts';
import type { MachinePlan } from '../../simulation/world/machine-room.ts';
import type { MemberHost } from '../../simulation/world/member-host.ts';
import { makePlan } from '../../simulation/world/plan.ts';
import { Stage } from '../../simulation/world/stage.ts';
import { Violations } from '../../simulation/world/witness.ts';

export const SLOTS = 8;
const LOOK_MS = 5;

const settings = {
  slots: SLOTS,
  heartbeatMs: 100,
  // As long as a heartbeat: in calm it is nearly always valid.
  leaseMs: 100,
  goneMs: 250,
  suspectMs: 2_500,
  rebalanceDelayMs: 500,
  stuckMs: 60_000,
  idleMs: 60_000,
  gameRollbackMs: 30_000,
  drainMinMs: 0,
  drainTimeoutMs: 25_000,
  requestDeadlineMs: 10_000,
};

export class CalmWorld {
  readonly stage: Stage;
  readonly beliefs: Beliefs;
  readonly leases: Leases;
  readonly ownership: Ownership;
  /** What the world says of every member. */
  isUnreachable = false;

  constructor(...ids: string[]) {
    const machines = ids.map(
      (id): MachinePlan => ({ id, rate: 1, wallOffsetMs: 0, stateVersion: 2, settings: { ...settings, id } }),
    );
    const plan = {
      ...makePlan(1),
      slots: SLOTS,
      machines,
      first: ids,
      last: ids,
      writtenVersion: 2 as const,
      faults: [],
    };
    this.stage = new Stage(plan, { journal: false });
    const { timeline, room, buckets, violations } = this.stage;
    this.beliefs = new Beliefs(
      () => room.hosts,
      () => timeline.monotonic(),
    );
    const checked = { beliefs: this.beliefs, buckets, violations };
    this.leases = new Leases(checked);
    this.ownership = new Ownership({ ...checked, leases: this.leases });
    new Expulsions({ ...checked, leases: this.leases, wasUnreachable: () => this.isUnreachable });
    this.stage.begin(() => undefined);
    this.#lookAgain();
  }

  /** A cluster that has shared its slots. */
  static async of(...ids: string[]): Promise<CalmWorld> {
    const world = new CalmWorld(...ids);
    await world.run(4_000);
    assert.deepEqual(world.unsettled(), []);
    return world;
  }

  get now(): number {
    return this.stage.timeline.monotonic();
  }

  run(ms: number): Promise<void> {
    return this.stage.timeline.runUntil(this.now + ms);
  }

  look(): void {
    this.leases.look();
    this.ownership.look();
  }

  /** What was reported, and is forgotten now. */
  found(): string[] {
    return this.stage.violations.found.splice(0).map(({ promise, what }) => `${promise}: ${what}`);
  }

  unsettled(given: { cordoned?: readonly string[]; isQuiet?: boolean; up?: readonly MemberHost[] } = {}): string[] {
    const { cordoned = [], isQuiet = true, up = this.stage.room.running } = given;
    const violations = new Violations(() => this.now);
    checkSettled({ beliefs: this.beliefs, buckets: this.stage.buckets, violations, up, cordoned, isQuiet });
    return violations.found.map(({ promise, what }) => `${promise}: ${what}`);
  }

  host(id: string): MemberHost {
    const { host } = this.stage.room.place(id);
    assert.ok(host !== null);
    return host;
  }

  belief(id: string): Belief {
    const belief = this.beliefs.current(this.host(id));
    assert.ok(belief !== null);
    return belief;
  }

  /** Runs on until all of these believe in their leases at once. */
  async leased(...ids: string[]): Promise<void> {
    for (let left = 500; !ids.every((id) => this.belief(id).leaseValid); left -= 1) {
      assert.ok(left > 0, 'leases are valid');
      await this.run(1);
    }
  }

  record(slot: number): SlotRecord {
    const entry = this.stage.buckets.content('slots').entries.get(String(slot));
    assert.ok(entry !== undefined);
    return decodeSlotRecord(slot, entry.revision, entry.value);
  }

  /** Puts a record into the store, as a member would that is out of its mind. */
  write(slot: number, changes: Partial<SlotRecord>): void {
    const before = this.record(slot);
    const next = { ...before, epoch: before.epoch + 1, acquired: 'takeover' as const, transferId: null, ...changes };
    this.#put('slots', String(slot), encodeSlotRecord(next), false);
  }

  /** Puts a deletion marker over the key of a member. */
  expel(id: string): void {
    this.#put('members', this.belief(id).key, new Uint8Array(0), true);
  }

  /** Puts a live key beside those that are there, with the content of this member's. */
  haunt(id: string, key: string): void {
    const value = this.stage.buckets.content('members').entries.get(this.belief(id).key)?.value;
    assert.ok(value !== undefined);
    this.#put('members', key, value, false);
  }

  #put(bucket: 'members' | 'slots', key: string, value: Uint8Array, deleted: boolean): void {
    const content = this.stage.buckets.content(bucket);
    const expected = content.entries.get(key)?.revision ?? 0;
    const outcome = content.put(key, expected, value, {}, deleted, { wall: this.stage.timeline.wall(), now: this.now });
    assert.equal(outcome.kind, 'landed');
  }

  #lookAgain(): void {
    this.look();
    this.stage.timeline.after(LOOK_MS, () => this.#lookAgain());
  }
}

/** A field, private or not, to be tampered with: found by its way from `owner`. */
export function inside<T>(owner: object, ...way: string[]): T {
  let at: object = owner;
  for (const name of way) {
    assert.ok(name in at, `there is a field ${name}`);
    at = Reflect.get(at, name);
  }
  return at as T;
}

/** What each slot is to the member that runs on this machine now. */
export function statesOf(world: CalmWorld, id: string): SlotState[] {
  return inside(world.host(id).member, 'incarnation', 'slots', 'lives', 'states');
}

/** One of the slots that it holds. */
export function heldBy(world: CalmWorld, id: string): number {
  const [slot] = world.belief(id).served;
  assert.ok(slot !== undefined);
  return slot;
}

/** Each of these was said. */
export function assertFound(found: readonly string[], ...patterns: RegExp[]): void {
  for (const pattern of patterns)
    assert.ok(
      found.some((what) => pattern.test(what)),
      `${pattern} in ${found.join('\n')}`,
    );
}
