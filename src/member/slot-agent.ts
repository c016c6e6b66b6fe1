/**
 * Keeps this incarnation's slots as they should be: takes, hands off, lets go.
 *
 * Role: performs the steps that cluster/reconcile.ts decides; feeds the slot table; tells waiters when a slot's record changes.
 * Invariants:
 *  - A slot is served from the acknowledgement of a record that names this incarnation until the record of its next owner is sent.
 *  - A record changes only by compare-and-set on the revision last known, epoch + 1 (I4).
 *  - While a write of ours to a record is in doubt, nothing else is done with that slot.
 */
import { decide, isUnowned, type Situation, type Step, type Surroundings } from '../cluster/reconcile.ts';
import { buildRing, type Ring } from '../cluster/ring.ts';
import { mapSlots, type SlotMap } from '../cluster/slot-map.ts';
import {
  type Acquired,
  acquisitions,
  decodeSlotRecord,
  encodeSlotRecord,
  type SlotRecord,
  SlotTable,
} from '../cluster/slot-table.ts';
import {
  activeIds,
  currentKey,
  isDeparted,
  isPresent,
  leavingIds,
  parseMemberKey,
  type View,
} from '../cluster/view.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Messaging, Peer } from '../ports/messaging.ts';
import type { Meter } from '../ports/meter.ts';
import type { Random } from '../ports/random.ts';
import type { Bucket, Entry, Follow, Store } from '../ports/store.ts';
import type { ClusterTime } from './cluster-time.ts';
import { every } from './every.ts';
import { handOver, Stashes } from './handoff.ts';
import type { Incidents, Log } from './incidents.ts';
import { Backoff } from './kit/backoff.ts';
import type { RetryPolicy } from './kit/retry.ts';
import { Tasks } from './kit/tasks.ts';
import type { Membership } from './membership.ts';
import type { SessionHost } from './session-host.ts';
import { type SettleContext, settle } from './settle.ts';
import { type Change, SlotWaiters } from './slot-waiters.ts';

const LOOK_AGAIN_MS = 1_000;
/** To a member that did not take a slot. */
const HAND_AGAIN: RetryPolicy = { firstMs: 1_000, factor: 2, longestMs: 30_000 };
/** With a slot where a step came to nothing. */
const STEP_AGAIN: RetryPolicy = { firstMs: 250, factor: 2, longestMs: 10_000 };
const RELIST_MS = 10_000;
/** Few, so that each slot is frozen for a short time only. */
const HANDOFFS_AT_ONCE = 4;
export interface SlotAgentContext<State> extends SettleContext {
  readonly self: Peer;
  readonly slots: number;
  readonly rebalanceDelayMs: number;
  readonly store: Store;
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'isKnown' | 'now'>;
  readonly random: Random;
  readonly log: Log;
  readonly incidents: Incidents;
  readonly meter: Meter;
  readonly membership: Membership;
  readonly host: SessionHost<State>;
  /** The store forgot slot records that this incarnation relies on. */
  rolledBack(): void;
  /** A slot has a new record. */
  recordChanged(slot: number): void;
}

type Holding = Situation['holding'];

export class SlotAgent<State> {
  readonly table: SlotTable;
  readonly stashes: Stashes;
  ring: Ring;
  private readonly context: SlotAgentContext<State>;
  private readonly bucket: Bucket;
  private readonly holding: Holding[];
  /** Slots with a step in progress: the next one begins only after it has ended. */
  private readonly underWay = new Set<number>();
  private readonly unownedSince: (number | null)[];
  /** The highest epoch, for each slot, that something stored in it was found to carry. */
  private readonly fences: number[];
  private mapped: { readonly view: View; readonly ring: Ring; readonly map: SlotMap } | null = null;
  private readonly waiters: SlotWaiters;
  /** The incarnation that counts, for each member of the ring. */
  private currentKeys: ReadonlyMap<string, string | null> = new Map();
  private readonly changed = new Set<number>();
  /** Members that did not take a slot. */
  private readonly backoff: Backoff;
  /** Slots with which a step came to nothing. */
  private readonly fruitless: Backoff;
  private readonly tasks: Tasks;
  private follow: Follow | null = null;
  private timers: readonly Timer[] = [];
  private anyActive = false;
  private started = false;
  private handoffs = 0;
  /** Handoffs ever begun. */
  private attempts = 0;
  private ended = false;

  constructor(context: SlotAgentContext<State>) {
    this.context = context;
    this.table = new SlotTable(context.slots);
    this.bucket = context.store.bucket('slots');
    this.holding = new Array<Holding>(context.slots).fill('none');
    this.unownedSince = new Array<number | null>(context.slots).fill(null);
    this.fences = new Array<number>(context.slots).fill(0);
    this.stashes = new Stashes(context.clock, context.time, (slot) => this.table.get(slot)?.epoch ?? 0);
    this.waiters = new SlotWaiters(context.clock);
    this.tasks = new Tasks((name, error) => context.incidents.failed(name, error));
    this.backoff = new Backoff(context.clock, HAND_AGAIN);
    this.fruitless = new Backoff(context.clock, STEP_AGAIN);
    this.ring = buildRing([], context.slots);
  }

  /** Nothing is taken before: the own key may be seen by the watch while its write is still in doubt. */
  start(): void {
    this.started = true;
    this.viewChanged();
    this.follow = this.bucket.follow({
      prefixes: [],
      headersOnly: false,
      onPass: () => undefined,
      onEntry: (entry) => this.onEntry(entry),
    });
    const { clock } = this.context;
    this.timers = [
      every(clock, LOOK_AGAIN_MS, () => this.scheduleAll()),
      every(clock, RELIST_MS, () => this.follow?.restart()),
      every(clock, LOOK_AGAIN_MS, () => this.stashes.forgetOld()),
    ];
  }

  stop(): void {
    this.ended = true;
    this.follow?.stop();
    for (const timer of this.timers) timer.cancel();
    this.holding.fill('none');
    this.waiters.wakeAll();
  }

  /** Whether somebody could take our slots. */
  get hasSuccessor(): boolean {
    return this.anyActive;
  }

  get heldSlots(): number {
    return this.holding.filter((holding) => holding !== 'none').length;
  }

  get wantedSlots(): number {
    return this.ring.slotsOf(this.context.self.id).length;
  }

  /** Whether every slot that the ring gives us, of those in `share`, is served by us. */
  holds(share: readonly number[]): boolean {
    const { id } = this.context.self;
    return share.every((slot) => this.ring.owner(slot) !== id || this.holding[slot] === 'held');
  }

  viewChanged(): void {
    const { view } = this.context.membership;
    const active = activeIds(view);
    this.anyActive = active.length > 0;
    const ids = this.anyActive ? active : leavingIds(view);
    if (ids.join() !== this.ring.members.join()) this.ring = buildRing(ids, this.context.slots);
    this.currentKeys = new Map(this.ring.members.map((id) => [id, currentKey(view, id)]));
    this.waiters.wakeAll();
    this.scheduleAll();
  }

  /** Made once for each change of the view or of a record, however often it is asked for. */
  get map(): SlotMap {
    const { ring } = this;
    const { view } = this.context.membership;
    if (this.mapped?.view !== view || this.mapped.ring !== ring) {
      this.mapped = { view, ring, map: mapSlots(this.table, ring, this.surroundings()) };
    }
    return this.mapped.map;
  }

  get unownedSlots(): number {
    return this.map.unowned;
  }

  isUnowned(slot: number): boolean {
    return isUnowned(this.table.get(slot), this.surroundings());
  }

  /** The next change of the slot's record or of the view, or `ms` from now. */
  nextChange(slot: number, ms: number): Change {
    return this.waiters.next(slot, ms);
  }

  /** Reads the record from the store: for whoever was told that it knows too little. */
  async refresh(slot: number): Promise<void> {
    const entry = await this.bucket.read(String(slot), LOOK_AGAIN_MS).catch(() => null);
    if (entry !== null) this.onEntry(entry);
  }

  /** What is stored in the slot carries this epoch, which is above ours: another owner's, or one that the store has forgotten. */
  fenced(slot: number, epoch: number): void {
    this.fences[slot] = Math.max(epoch, this.fences[slot] ?? 0);
    if (this.holding[slot] === 'held') this.letGo(slot);
    this.tasks.run(
      `the record of slot ${slot}`,
      this.refresh(slot).then(() => this.schedule(slot)),
    );
  }

  private onEntry(entry: Entry, settled = false): void {
    if (this.ended || !this.started || entry.deleted) return;
    const record = this.recordOf(entry);
    try {
      if (record !== null) this.learn(record, settled ? 'lost' : null);
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

  /** News of a record. `landed`: it is our own write, just acknowledged, that takes the slot; `lost`: a write of ours lost against it. */
  private learn(record: SlotRecord, own: 'landed' | 'lost' | null): void {
    const { slot } = record;
    const verdict = this.table.apply(record);
    this.mapped = null;
    if (verdict === 'fork') {
      this.context.incidents.rolledBack(`slot ${slot}`, this.table.get(slot)?.epoch ?? 0, record.epoch);
      this.context.rolledBack();
    }
    // The watch may have brought it before our write was settled.
    if (verdict !== 'new' && !(own !== null && this.table.revision(slot) === record.revision)) return;
    const isMine = record.incarnation === this.context.self.incarnation;
    if (!isMine && this.holding[slot] === 'held') this.letGo(slot);
    // Above everything known and not written by us: handed over.
    const isHandedOver = record.acquired === 'handoff' && this.holding[slot] === 'none';
    if (isMine && (own === 'landed' || isHandedOver)) this.hold(record);
    // Whoever is woken finds the slot open.
    this.waiters.wake(slot);
    this.context.recordChanged(slot);
    this.schedule(slot);
  }

  private hold(record: SlotRecord): void {
    this.context.host.open(record.slot, record.epoch, this.stashes.redeem(record.slot, record.transferId));
    this.holding[record.slot] = 'held';
    const acquired = acquisitions.find((known) => known === record.acquired);
    if (acquired !== undefined) this.context.meter.count('slots_taken', { acquired });
  }

  private letGo(slot: number): void {
    this.holding[slot] = 'none';
    this.context.host.close(slot);
  }

  private scheduleAll(): void {
    for (let slot = 0; slot < this.context.slots; slot += 1) this.schedule(slot);
  }

  private schedule(slot: number): void {
    if (this.ended || !this.started) return;
    if (this.changed.size === 0) queueMicrotask(() => this.reconcile());
    this.changed.add(slot);
  }

  private reconcile(): void {
    const slots = [...this.changed];
    this.changed.clear();
    if (this.ended) return;
    const around = this.surroundings();
    for (const slot of slots) {
      const record = this.table.get(slot);
      const since = this.unownedSince[slot] ?? null;
      const unownedSince = isUnowned(record, around) ? (since ?? around.now) : null;
      this.unownedSince[slot] = unownedSince;
      const holding = this.holding[slot] ?? 'none';
      this.perform(slot, decide({ slot, record, holding, unownedSince }, around));
    }
  }

  private surroundings(): Surroundings {
    const { membership, self, clock, rebalanceDelayMs } = this.context;
    const { view } = membership;
    return {
      selfKey: membership.key,
      selfId: self.id,
      now: clock.monotonic(),
      rebalanceDelayMs,
      leaving: membership.leaving,
      anyActive: this.anyActive,
      successors: (slot) => this.ring.successors(slot),
      currentKey: (id) => this.currentKeys.get(id) ?? null,
      standing: (key) => (isPresent(view, key) ? 'present' : isDeparted(view, key) ? 'departed' : 'unknown'),
      activeSince: (key) => membership.activeSince(key),
    };
  }

  private perform(slot: number, step: Step): void {
    if (this.underWay.has(slot) || this.table.isObscured(slot) || !this.fruitless.isOver(String(slot))) return;
    if (step.kind === 'take') this.begin(slot, () => this.take(slot, step.acquired));
    else if (step.kind === 'verify') this.begin(slot, () => this.verify(slot, step.ownerKey));
    else if (step.kind === 'handoff' && this.handoffs < HANDOFFS_AT_ONCE && this.backoff.isOver(step.to)) {
      this.handoffs += 1;
      this.begin(slot, () =>
        this.handOff(slot, step.to).finally(() => {
          this.handoffs -= 1;
          // There is room for the next one, whichever that is.
          this.scheduleAll();
        }),
      );
    }
  }

  /** Marks the slot busy for as long as `run` takes; false: nothing came of it. What it leaves busy is not held. */
  private begin(slot: number, run: () => Promise<boolean>): void {
    this.holding[slot] = 'busy';
    this.underWay.add(slot);
    run()
      .catch((error: unknown) => {
        this.context.incidents.failed(`slot ${slot}`, error);
        return false;
      })
      .then((isFruitful) => {
        this.underWay.delete(slot);
        if (isFruitful) this.fruitless.succeeded(String(slot));
        else this.fruitless.failed(String(slot));
        if (this.holding[slot] === 'busy') this.letGo(slot);
        this.schedule(slot);
      })
      .catch((error: unknown) => this.context.incidents.failed(`slot ${slot}`, error));
  }

  private async verify(slot: number, ownerKey: string): Promise<boolean> {
    const { membership } = this.context;
    await membership.verify(ownerKey, this.context);
    this.holding[slot] = 'none';
    return isPresent(membership.view, ownerKey) || isDeparted(membership.view, ownerKey);
  }

  private async take(slot: number, acquired: Acquired): Promise<boolean> {
    const { id: owner, incarnation } = this.context.self;
    const known = this.table.get(slot);
    const epoch = Math.max(known?.epoch ?? 0, this.fences[slot] ?? 0) + 1;
    await this.writeRecord(slot, { owner, incarnation, epoch, acquired, transferId: null });
    return this.table.get(slot) !== known;
  }

  /** Whatever fails before the record is sent, the slot stays; what comes of it is for the backoff of the target. */
  private async handOff(slot: number, toKey: string): Promise<true> {
    const to = parseMemberKey(toKey);
    const sessions = this.context.host.get(slot);
    const known = this.table.get(slot);
    if (sessions === undefined || to === null || known === null) return true;
    this.attempts += 1;
    const { clock, meter } = this.context;
    const begunAt = clock.monotonic();
    const planned = { slot, transferId: this.context.random.token(16), epoch: known.epoch + 1, attempt: this.attempts };
    const sent = await handOver(this.context, to, planned, sessions).catch(String);
    if (typeof sent === 'string') {
      meter.count('handoffs', { outcome: 'refused' });
      sessions.unfreeze();
      this.backoff.failed(toKey);
      this.context.log.warn({ slot, to: to.id, reason: sent }, 'a handoff did not come about');
      if (this.holding[slot] === 'busy' && this.table.get(slot) === known) this.holding[slot] = 'held';
      return true;
    }
    // From here on nothing is served, whatever becomes of the write.
    const { epoch } = planned;
    const next = { owner: to.id, incarnation: to.incarnation, epoch, acquired: 'handoff' as const, ...sent };
    if (this.table.get(slot) === known && !sessions.isClosed) await this.writeRecord(slot, next);
    meter.count('handoffs', { outcome: 'done' });
    meter.observe('handoff_seconds', (clock.monotonic() - begunAt) / 1000, {});
    this.backoff.succeeded(toKey);
    this.letGo(slot);
    return true;
  }

  private async writeRecord(slot: number, next: Omit<SlotRecord, 'slot' | 'revision'>): Promise<void> {
    const expected = this.table.revision(slot);
    const value = encodeSlotRecord(next);
    const settled = await settle(this.context, { bucket: this.bucket, key: String(slot), value, expected });
    if (this.ended) return;
    if (settled.kind === 'landed') this.learn({ ...next, slot, revision: settled.revision }, 'landed');
    else if (settled.kind === 'conflict') {
      this.holding[slot] = 'none'; // Nothing of ours is in doubt: should it be handed over to us, we hold it.
      this.onEntry(settled.entry, true);
    } else if (settled.kind === 'rolledBack') {
      this.context.incidents.rolledBack(`slot ${slot}`, expected, settled.entry?.revision ?? 0);
      this.context.rolledBack();
    }
  }
}
