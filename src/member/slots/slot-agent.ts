/**
 * Keeps this incarnation's slots as they should be: takes, hands off, lets go.
 *
 * Role: performs the steps that cluster/reconcile.ts decides; feeds the slot table; tells waiters when a slot's record changes.
 * Invariants:
 *  - A slot is served from the acknowledgement of a record that names this incarnation until the record of its next owner is sent
 *    (cluster/slot-state.ts).
 *  - A record changes only by compare-and-set on the revision last known, epoch + 1 (I4).
 *  - While a write of ours to a record is in doubt, nothing else is done with that slot.
 */
import { decide, isUnowned, type Step } from '../../cluster/reconcile.ts';
import type { Ring } from '../../cluster/ring.ts';
import type { SlotMap } from '../../cluster/slot-map.ts';
import type { SlotEvent, SlotState } from '../../cluster/slot-state.ts';
import type { Acquired, SlotRecord, SlotTable } from '../../cluster/slot-table.ts';
import { isDeparted, isPresent, parseMemberKey } from '../../cluster/view.ts';
import type { Timer } from '../../ports/clock.ts';
import type { Change, SlotDirectory } from '../contract/joined.ts';
import { Backoff } from '../kit/backoff.ts';
import { every } from '../kit/every.ts';
import type { Progress } from '../kit/progress.ts';
import type { RetryPolicy } from '../kit/retry.ts';
import { Tasks } from '../kit/tasks.ts';
import type { Membership } from '../membership/membership.ts';
import { Stashes } from './handoff.ts';
import { type Going, Handoffs, type HandoffsContext } from './handoffs.ts';
import { RingView, type RingViewContext } from './ring-view.ts';
import { SlotLives, type SlotLivesContext } from './slot-lives.ts';
import { watchSlot } from './slot-progress.ts';
import { SlotRecords, type SlotRecordsContext } from './slot-records.ts';
import { SlotWaiters } from './slot-waiters.ts';
import { LOOK_AGAIN_MS, RELIST_MS } from './timing.ts';

/** With a slot where a step came to nothing. */
const STEP_AGAIN: RetryPolicy = { firstMs: 250, factor: 2, longestMs: 10_000 };

export interface SlotAgentContext extends SlotRecordsContext, HandoffsContext, RingViewContext {
  readonly progress: Progress;
  readonly membership: RingViewContext['membership'] & Pick<Membership, 'verify'>;
  readonly host: SlotLivesContext['host'] & { get(slot: number): Going | undefined };
  /** A slot has a new record. */
  recordChanged(slot: number): void;
}

export class SlotAgent implements SlotDirectory {
  readonly table: SlotTable;
  readonly stashes: Stashes;
  private readonly context: SlotAgentContext;
  private readonly records: SlotRecords;
  private readonly around: RingView;
  private readonly handoffs: Handoffs;
  private readonly lives: SlotLives;
  private readonly unownedSince: (number | null)[];
  private readonly waiters: SlotWaiters;
  private readonly changed = new Set<number>();
  /** Slots with which a step came to nothing. */
  private readonly fruitless: Backoff;
  private readonly tasks: Tasks;
  private timers: readonly Timer[] = [];
  private started = false;
  private ended = false;

  constructor(context: SlotAgentContext) {
    this.context = context;
    this.records = new SlotRecords(context, {
      heard: (record, own) => this.learn(record, own),
      conflicted: (slot) => this.lives.tell(slot, 'conflicted'),
    });
    this.table = this.records.table;
    this.around = new RingView(context, this.table);
    this.handoffs = new Handoffs(context);
    this.unownedSince = new Array<number | null>(context.slots).fill(null);
    this.stashes = new Stashes(context.clock, context.time, (slot) => this.table.get(slot)?.epoch ?? 0);
    this.lives = new SlotLives(context, this.stashes);
    this.waiters = new SlotWaiters(context.clock);
    this.tasks = new Tasks(context.incidents);
    this.fruitless = new Backoff(context.clock, STEP_AGAIN);
  }

  /** Nothing is taken before: the own key may be seen by the watch while its write is still in doubt. */
  start(): void {
    this.started = true;
    this.viewChanged();
    this.records.start();
    const { clock } = this.context;
    this.timers = [
      every(clock, LOOK_AGAIN_MS, () => this.scheduleAll()),
      every(clock, RELIST_MS, () => this.records.relist()),
      every(clock, LOOK_AGAIN_MS, () => this.stashes.forgetOld()),
    ];
  }

  stop(): void {
    this.ended = true;
    this.records.stop();
    for (const timer of this.timers) timer.cancel();
    this.lives.stop();
    this.waiters.wakeAll();
  }

  /** Whether somebody could take our slots. */
  get hasSuccessor(): boolean {
    return this.around.anyActive;
  }

  get ring(): Ring {
    return this.around.ring;
  }

  get heldSlots(): number {
    return this.lives.open;
  }

  /** Those that it holds, and those that it is about to. */
  get involvedSlots(): number {
    return this.lives.involved;
  }

  get wantedSlots(): number {
    return this.ring.slotsOf(this.context.self.id).length;
  }

  /** Whether every slot that the ring gives us, of those in `share`, is served by us. */
  holds(share: readonly number[]): boolean {
    const { id } = this.context.self;
    return share.every((slot) => this.ring.owner(slot) !== id || this.lives.isServed(slot));
  }

  viewChanged(): void {
    this.around.viewChanged();
    this.waiters.wakeAll();
    this.scheduleAll();
  }

  get map(): SlotMap {
    return this.around.map;
  }

  get unownedSlots(): number {
    return this.map.unowned;
  }

  /** For whoever judges it from outside. `states`: as they are and become. */
  inspect(): { readonly states: readonly SlotState[]; readonly stashes: number[]; readonly waiting: number } {
    return { states: this.lives.states, stashes: this.stashes.slots, waiting: this.waiters.count };
  }

  record(slot: number): SlotRecord | null {
    return this.table.get(slot);
  }

  countOf(incarnation: string): number {
    return this.table.countOf(incarnation);
  }

  isUnowned(slot: number): boolean {
    return this.around.isUnowned(slot);
  }

  /** The next change of the slot's record or of the view, or `ms` from now. */
  nextChange(slot: number, ms: number): Change {
    return this.waiters.next(slot, ms);
  }

  refresh(slot: number): Promise<void> {
    return this.records.refresh(slot);
  }

  /** What is stored in the slot carries this epoch, which is above ours: another owner's, or one that the store has forgotten. */
  fenced(slot: number, epoch: number): void {
    this.records.fence(slot, epoch);
    this.lives.tell(slot, 'fenced');
    this.tasks.run(
      `the record of slot ${slot}`,
      this.refresh(slot).then(() => this.schedule(slot)),
    );
  }

  /** News of a record. `landed`: it is our own write, just acknowledged, that takes the slot; `lost`: a write of ours lost against it. */
  private learn(record: SlotRecord, own: 'landed' | 'lost' | null): void {
    const { slot } = record;
    const verdict = this.table.apply(record);
    this.around.recordChanged();
    if (verdict === 'fork') {
      this.context.incidents.rolledBack(`slot ${slot}`, this.table.get(slot)?.epoch ?? 0, record.epoch);
      this.context.rolledBack();
    }
    // The watch may have brought it before our write was settled.
    if (verdict !== 'new' && !(own !== null && this.table.revision(slot) === record.revision)) return;
    const event = this.eventOf(record, own);
    if (event !== null) this.lives.tell(slot, event, record);
    if (event === 'given') this.handoffs.came(slot);
    // Whoever is woken finds the slot open.
    this.waiters.wake(slot);
    this.context.recordChanged(slot);
    this.schedule(slot);
  }

  private eventOf({ incarnation, acquired }: SlotRecord, own: 'landed' | 'lost' | null): SlotEvent | null {
    if (incarnation !== this.context.self.incarnation) return 'foreign';
    if (own === 'landed') return 'won';
    // Above everything known and not written by us: handed over.
    return acquired === 'handoff' ? 'given' : null;
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
    const around = this.around.surroundings();
    for (const slot of slots) {
      const record = this.table.get(slot);
      const since = this.unownedSince[slot] ?? null;
      const unownedSince = isUnowned(record, around) ? (since ?? around.now) : null;
      this.unownedSince[slot] = unownedSince;
      const state = this.lives.of(slot);
      watchSlot(this.context, { slot, owner: this.ring.owner(slot), state });
      this.perform(slot, decide({ slot, record, state, unownedSince }, around));
    }
  }

  private perform(slot: number, decided: Step): void {
    if (this.table.isObscured(slot) || !this.fruitless.isOver(String(slot))) return;
    if (decided.kind === 'take') this.begin(slot, 'take', () => this.take(slot, decided.acquired));
    else if (decided.kind === 'verify') this.begin(slot, 'verify', () => this.verify(slot, decided.ownerKey));
    else if (decided.kind === 'handoff' && this.handoffs.mayBegin(slot, decided.to, this.context.membership.leaving)) {
      const handOff = () => this.handoffs.run(() => this.handOff(slot, decided.to));
      // There is room for the next one then, whichever that is.
      this.begin(slot, 'handoff', () => handOff().finally(() => this.scheduleAll()));
    }
  }

  /** `run` tells what comes of the step, or that nothing did: false. */
  private begin(slot: number, event: 'take' | 'verify' | 'handoff', run: () => Promise<boolean>): void {
    this.lives.tell(slot, event);
    run()
      .catch((error: unknown) => {
        this.context.incidents.failed(`slot ${slot}`, error);
        return false;
      })
      .then((isFruitful) => {
        if (isFruitful) this.fruitless.succeeded(String(slot));
        else this.fruitless.failed(String(slot));
        this.lives.tell(slot, 'returned');
        this.schedule(slot);
      })
      .catch((error: unknown) => this.context.incidents.failed(`slot ${slot}`, error));
  }

  private async verify(slot: number, ownerKey: string): Promise<boolean> {
    const { membership } = this.context;
    await membership.verify(ownerKey, this.context);
    this.lives.tell(slot, 'verified');
    return isPresent(membership.view, ownerKey) || isDeparted(membership.view, ownerKey);
  }

  private async take(slot: number, acquired: Acquired): Promise<boolean> {
    const { id: owner, incarnation } = this.context.self;
    const known = this.table.get(slot);
    const epoch = this.records.nextEpoch(slot);
    await this.records.write(slot, { owner, incarnation, epoch, acquired, transferId: null });
    return this.table.get(slot) !== known;
  }

  /** Whatever fails before the record is sent, the slot stays; what comes of it is for the backoff of the target. */
  private async handOff(slot: number, toKey: string): Promise<true> {
    const to = parseMemberKey(toKey);
    const sessions = this.context.host.get(slot);
    const known = this.table.get(slot);
    if (sessions === undefined || to === null || known === null) return true;
    const { clock } = this.context;
    const begunAt = clock.monotonic();
    const next = await this.handoffs.send(known, to, sessions);
    if (next === null) {
      if (this.table.get(slot) === known) this.lives.tell(slot, 'refused');
      return true;
    }
    this.lives.tell(slot, 'sent');
    if (this.table.get(slot) === known && !sessions.isClosed) {
      await this.records.write(slot, { ...next, acquired: 'handoff' });
    }
    this.handoffs.sent(to, clock.monotonic() - begunAt);
    this.lives.tell(slot, 'released');
    return true;
  }
}
