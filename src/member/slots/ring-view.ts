/**
 * What the members that this one sees mean for slots: who should have which, and who counts as their owner.
 *
 * Role: the surroundings by which cluster/reconcile.ts decides, kept up with the view; the map of slots that others are shown.
 * Invariant: ring and keys are those of the view that was seen last.
 */
import { isUnowned, type Surroundings } from '../../cluster/reconcile.ts';
import { buildRing, type Ring } from '../../cluster/ring.ts';
import { mapSlots, type SlotMap } from '../../cluster/slot-map.ts';
import type { SlotTable } from '../../cluster/slot-table.ts';
import { activeIds, currentKey, isDeparted, isPresent, leavingIds, type View } from '../../cluster/view.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Peer } from '../../ports/messaging.ts';
import type { Membership } from '../membership/membership.ts';

export interface RingViewContext {
  readonly self: Peer;
  readonly slots: number;
  readonly rebalanceDelayMs: number;
  readonly clock: Clock;
  readonly membership: Pick<Membership, 'view' | 'key' | 'leaving' | 'activeSince'>;
}

export class RingView {
  ring: Ring;
  /** Whether somebody is to own slots at all. */
  anyActive = false;
  private readonly context: RingViewContext;
  private readonly table: SlotTable;
  /** The incarnation that counts, for each member of the ring. */
  private currentKeys: ReadonlyMap<string, string | null> = new Map();
  private mapped: { readonly view: View; readonly ring: Ring; readonly map: SlotMap } | null = null;

  constructor(context: RingViewContext, table: SlotTable) {
    this.context = context;
    this.table = table;
    this.ring = buildRing([], context.slots);
  }

  viewChanged(): void {
    const { view } = this.context.membership;
    const active = activeIds(view);
    this.anyActive = active.length > 0;
    const ids = this.anyActive ? active : leavingIds(view);
    if (ids.join() !== this.ring.members.join()) this.ring = buildRing(ids, this.context.slots);
    this.currentKeys = new Map(this.ring.members.map((id) => [id, currentKey(view, id)]));
  }

  recordChanged(): void {
    this.mapped = null;
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

  isUnowned(slot: number): boolean {
    return isUnowned(this.table.get(slot), this.surroundings());
  }

  surroundings(): Surroundings {
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
}
