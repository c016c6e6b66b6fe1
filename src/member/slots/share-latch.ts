/**
 * Whether a member has ever held its share of the slots: what makes it ready.
 *
 * Why it latches: a death elsewhere gives a member more to take, which is no reason to send clients away.
 * Invariant: looked at by itself until it is so, whoever asks or does not ask; true from then on.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import { every } from '../kit/every.ts';
import type { SlotAgent } from './slot-agent.ts';

/** Ready even without its share: a slot that cannot be taken must not keep a whole member away. */
const READY_ANYWAY_MS = 10_000;
const LOOK_MS = 20;

export type ShareState = 'joining' | 'taking' | 'held';

export class ShareLatch {
  private readonly clock: Clock;
  private readonly id: string;
  private joinedAt: number | null = null;
  private looking: Timer | null = null;
  private held = false;

  constructor(clock: Clock, id: string) {
    this.clock = clock;
    this.id = id;
  }

  get state(): ShareState {
    return this.held ? 'held' : this.joinedAt === null ? 'joining' : 'taking';
  }

  /** An incarnation has joined. Its share is what the ring gives it now: it need not wait for what it is given later. */
  joined(slots: Pick<SlotAgent, 'ring' | 'holds'>): void {
    if (this.held) return;
    this.stop();
    const share = slots.ring.slotsOf(this.id);
    const joinedAt = this.joinedAt ?? this.clock.monotonic();
    this.joinedAt = joinedAt;
    const look = () => {
      this.held ||= slots.holds(share) || this.clock.monotonic() - joinedAt > READY_ANYWAY_MS;
      if (this.held) this.stop();
    };
    this.looking = every(this.clock, LOOK_MS, look);
    look();
  }

  stop(): void {
    this.looking?.cancel();
    this.looking = null;
  }
}
