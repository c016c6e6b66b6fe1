/**
 * Finds out what is stored in the slots that are held.
 *
 * Role: has slots that were taken shown at once and then once more, and all that are held listed every few minutes; tells the host, slot by slot,
 * what is known, and when that is all.
 * Invariants:
 *  - A slot is listed once two cuts have shown it, the barrier of the second written after the first had come; or a consumer, with two barriers.
 *  - A barrier or a game that is older than it was before the barrier was sent shows that the store has lost writes (I9): a consumer lists then.
 *  - What is shown is for the very hold of a slot for which it was asked.
 *  - The second cut does not keep those waiting who wait for a game that is there; nor does it wait while somebody waits for one that is not.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Incidents } from '../kit/incidents.ts';
import { pauseAfter, type RetryPolicy, sleep } from '../kit/retry.ts';
import { Tasks } from '../kit/tasks.ts';
import { CutAccess } from '../store/cut-access.ts';
import { BARRIER } from '../store/key-lister.ts';
import { type Cut, type CutContext, type CutListener, cutSlots } from '../store/slot-cuts.ts';
import { listSlots, type Marker } from '../store/slot-lister.ts';
import type { Known } from './slot-proof.ts';
import type { SlotSessions } from './slot-sessions.ts';

const GATHER_MS = 25;
const AGAIN: RetryPolicy = { firstMs: 1_000, factor: 2, longestMs: 60_000 };
/** Claims, and answers to those who waited for them, have so much time for themselves. */
const SECOND_CUT_MS = 1_000;
const KEEP_MARKERS_MS = 3_600_000;

export interface DiscoveryContext<State> extends CutContext {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly incidents: Incidents;
  get(slot: number): SlotSessions<State> | undefined;
  /** The store shows less than is known. */
  rolledBack(slot: number, what: string, known: number, found: number): void;
  /** More is known of these than before. Resolves once all that has to be claimed is, or cannot be. */
  found(slots: readonly SlotSessions<State>[]): Promise<void>;
}

/** Holds of slots, by slot. */
type Holds<State> = ReadonlyMap<number, SlotSessions<State>>;

export class Discovery<State> {
  private readonly context: DiscoveryContext<State>;
  private readonly tasks: Tasks;
  private readonly access: CutAccess;
  private taken: number[] = [];
  private purging = false;

  constructor(context: DiscoveryContext<State>) {
    this.context = context;
    this.access = new CutAccess(context.clock);
    this.tasks = new Tasks(context.incidents);
  }

  /** A slot was taken: slots that are taken together are shown together. */
  begin(slot: number): void {
    if (this.taken.length === 0) this.gather();
    this.taken.push(slot);
  }

  /** Lists slots that are known: something may have got lost. */
  again(slots: readonly number[]): void {
    this.run(slots, (holds) => this.list(holds));
  }

  /** While others wait for cuts, all that is taken waits for one turn. */
  private gather(): void {
    this.context.clock.after(GATHER_MS, () => {
      if (this.access.busy) this.gather();
      else this.run(this.taken.splice(0), (holds) => this.discover(unlistedOf(holds)));
    });
  }

  /** After each failure it is tried again, later than before. */
  private run(slots: readonly number[], work: (holds: Holds<State>) => Promise<void>, failures = 0): void {
    const holds = new Map<number, SlotSessions<State>>();
    for (const slot of slots) {
      const sessions = this.context.get(slot);
      if (sessions !== undefined) holds.set(slot, sessions);
    }
    if (holds.size === 0) return;
    const { clock, incidents, random } = this.context;
    work(holds).catch((error: unknown) => {
      incidents.failed('listing slots', error);
      clock.after(pauseAfter(AGAIN, failures + 1, random.fraction()), () => this.run(slots, work, failures + 1));
    });
  }

  private async discover(holds: Holds<State>): Promise<void> {
    if (holds.size === 0) return;
    const claims: Promise<void>[] = [];
    const shown = new Map<number, SlotSessions<State>>();
    const { losses } = this.access;
    const isDone = await this.cut(holds, (cut) => {
      for (const [sessions] of openIn(holds, cut)) shown.set(sessions.slot, sessions);
      claims.push(this.show(holds, cut));
    });
    if (!isDone || shown.size === 0) return;
    await this.giveWay([...shown.values()], claims);
    if (this.access.losses === losses) await this.confirm(shown);
    else this.again([...shown.keys()]);
  }

  /** Shows them once more: what the first cut lacked is no longer missing. */
  private async confirm(holds: Holds<State>): Promise<void> {
    await this.cut(holds, (cut) => {
      this.tasks.run('claims', this.show(holds, cut));
      this.complete(holds, cut);
    });
  }

  /** False if it was given up. What cuts do not show, or show to be lost, is listed at once. */
  private cut(holds: Holds<State>, show: CutListener['show']): Promise<boolean> {
    const slots = [...holds.keys()];
    const known = knownOf(holds);
    return cutSlots(this.context, this.access, slots, {
      show: (cut) => show(this.withoutLost(holds, known, cut)),
      wanted: (slot) => holds.get(slot)?.isClosed === false,
      leave: (some) => this.again(some),
      lost: (before, found) => {
        this.context.rolledBack(slots[0] ?? 0, BARRIER, before, found);
        this.again(slots);
      },
    });
  }

  /** Of a slot with a game older than it was `known` to be before the barrier, the cut says only that the store has lost writes. */
  private withoutLost(holds: Holds<State>, known: ReadonlyMap<number, Known>, cut: Cut): Cut {
    const kept = new Map(cut);
    for (const [{ slot }, entries] of openIn(holds, cut)) {
      const revisionOf = (gameId: string) => known.get(slot)?.revisions.get(gameId) ?? 0;
      const less = [...entries].find(([gameId, { revision }]) => revision < revisionOf(gameId));
      if (less === undefined) continue;
      const [gameId, { revision }] = less;
      kept.delete(slot);
      this.context.rolledBack(slot, gameId, revisionOf(gameId), revision);
      this.again([slot]);
    }
    return kept;
  }

  /** Until all is claimed, and as long again: those who waited for that are being answered then. */
  private async giveWay(slots: readonly SlotSessions<State>[], claims: readonly Promise<void>[]): Promise<void> {
    let wake = () => {};
    const enough = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const { clock } = this.context;
    const timer = clock.after(SECOND_CUT_MS, () => wake());
    const since = clock.monotonic();
    const claimed = Promise.all(claims).then(() => sleep(clock, clock.monotonic() - since));
    await Promise.race([claimed, ...slots.map(({ absenceAwaited }) => absenceAwaited), enough]);
    timer.cancel();
  }

  private show(holds: Holds<State>, cut: Cut): Promise<void> {
    const open = openIn(holds, cut);
    for (const [sessions, entries] of open) sessions.show(entries);
    return this.context.found(open.map(([sessions]) => sessions));
  }

  /** By a consumer. */
  private async list(holds: Holds<State>): Promise<void> {
    const known = knownOf(holds);
    const listings = await listSlots(this.context, [...holds.keys()]);
    if (listings === null) return;
    const open = openIn(holds, listings);
    for (const [sessions, listing] of open) {
      this.measure(sessions);
      const before = known.get(sessions.slot);
      if (before !== undefined) sessions.adoptListed(listing, before);
    }
    this.tasks.run('claims', this.context.found(open.map(([sessions]) => sessions)));
    this.tidy(open);
  }

  /** All that is stored in these slots has been shown by now. What is known beyond a cut is not lost for that: it may be lacking (S22). */
  private complete(holds: Holds<State>, cut: Cut): void {
    const open = openIn(holds, cut);
    for (const [sessions] of open) {
      this.measure(sessions);
      sessions.adopt(new Map());
    }
    this.tidy(open);
  }

  private measure(sessions: SlotSessions<State>): void {
    const { clock, meter } = this.context;
    if (!sessions.listed) meter.observe('listing_seconds', (clock.monotonic() - sessions.openedAt) / 1000, {});
  }

  /** An erasure may take as long as the archive is out, and keeps nothing else waiting. */
  private tidy(open: readonly (readonly [SlotSessions<State>, ReadonlyMap<string, Marker>])[]): void {
    for (const [sessions] of open) this.tasks.run('finishing erasures', sessions.finishErasing());
    this.tasks.run('purging the markers of deleted games', this.purge(open));
  }

  private async purge(open: readonly (readonly [SlotSessions<State>, ReadonlyMap<string, Marker>])[]): Promise<void> {
    if (this.purging) return;
    this.purging = true;
    try {
      for (const [sessions, listing] of open) await sessions.purge(listing, KEEP_MARKERS_MS);
    } finally {
      this.purging = false;
    }
  }
}

/** After a failure some may be listed already. */
function unlistedOf<State>(holds: Holds<State>): Holds<State> {
  return new Map([...holds].filter(([, sessions]) => !sessions.listed));
}

/** What is known before it is asked what is stored. */
function knownOf<State>(holds: Holds<State>): ReadonlyMap<number, Known> {
  return new Map([...holds].map(([slot, sessions]) => [slot, sessions.known()]));
}

/** What was found in slots that are still held as they were when it was asked for. */
function openIn<State, Listing>(
  holds: Holds<State>,
  found: ReadonlyMap<number, Listing>,
): (readonly [SlotSessions<State>, Listing])[] {
  return [...found].flatMap(([slot, listing]) => {
    const sessions = holds.get(slot);
    return sessions === undefined || sessions.isClosed ? [] : [[sessions, listing] as const];
  });
}
