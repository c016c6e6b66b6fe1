/**
 * The ends of rounds in the slots that are held: when each is due, and that it is looked at then.
 *
 * Invariants:
 *  - At most one deadline is kept for a game, and none for a slot that is not hosted.
 *  - While records cannot be written, few ends are under way at once: sessions are loaded all the same.
 */
import type { Clock } from '../../ports/clock.ts';
import type { ClusterTime } from '../contract/cluster-time.ts';
import { DeadlineQueue } from '../kit/deadline-queue.ts';
import { Limiter } from '../kit/limiter.ts';
import { dueAt, type Item } from './session-items.ts';
import type { SlotSessions } from './slot-sessions.ts';

const ENDS_AT_ONCE = 64;
const RING_AGAIN_MS = 50;

export interface RoundEndsContext<State> {
  readonly clock: Clock;
  readonly time: Pick<ClusterTime, 'now'>;
  get(slot: number): SlotSessions<State> | undefined;
  /** An end is under way, which nobody waits for. */
  begun(end: Promise<unknown>): void;
}

export class RoundEnds<State> {
  private readonly context: RoundEndsContext<State>;
  private readonly deadlines: DeadlineQueue;
  private readonly ends = new Limiter(ENDS_AT_ONCE);

  constructor(context: RoundEndsContext<State>) {
    this.context = context;
    const { clock, time } = context;
    this.deadlines = new DeadlineQueue(
      { now: () => time.now(), after: (ms, run) => clock.after(ms, run) },
      (slot, gameId, at) => this.ring(slot, gameId, at),
    );
  }

  /** Those of all games of the slot. */
  setAll(sessions: SlotSessions<State>): void {
    for (const item of sessions.items.values()) this.set(sessions.slot, item);
  }

  set(slot: number, item: Item<State>): void {
    const due = dueAt(item);
    if (due !== null && !item.deleted) this.deadlines.set(slot, item.gameId, due);
    else this.deadlines.drop(slot, item.gameId);
  }

  /** Looks at the game once more, in `inMs`. */
  again(slot: number, gameId: string, inMs: number): void {
    if (this.context.get(slot) !== undefined) this.deadlines.set(slot, gameId, this.context.time.now() + inMs);
  }

  drop(slot: number, gameId: string): void {
    this.deadlines.drop(slot, gameId);
  }

  dropSlot(slot: number): void {
    this.deadlines.dropSlot(slot);
  }

  stop(): void {
    this.deadlines.stop();
    this.ends.end();
  }

  get sizes(): { deadlines: number; nextDeadline: number | null; ending: { running: number; waiting: number } } {
    const { deadlines, ends } = this;
    return {
      deadlines: deadlines.size,
      nextDeadline: deadlines.next,
      ending: { running: ends.running, waiting: ends.waiting },
    };
  }

  private ring(slot: number, gameId: string, at: number): void {
    const sessions = this.context.get(slot);
    if (sessions === undefined) return;
    if (sessions.isFrozen) this.again(slot, gameId, RING_AGAIN_MS);
    else this.context.begun(this.ends.run(at, () => sessions.ring(gameId, at)));
  }
}
