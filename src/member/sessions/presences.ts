/**
 * Who follows the games that this incarnation owns: what gateways say is put together (presence.ts), and told when it changed.
 *
 * Invariants:
 *  - A game that nobody follows takes no memory, and no time.
 *  - Of one game at most one change is told a second; the last one always is.
 *  - Nothing is told of a slot that had another owner before every gateway had the time to say its word: a takeover makes nobody look gone.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import { Followers, type Presence, type Word } from '../contract/presence.ts';
import { every } from '../kit/every.ts';

const TELL_EVERY_MS = 1_000;
/** Gateways read all their games of a slot that changed hands within 5 s, and are answered after that. */
const SETTLE_MS = 7_000;
const EXPIRE_EVERY_MS = 2_000;

export interface PresencesContext {
  readonly clock: Clock;
  readonly time: { now(): number };
  /** Another presence holds from now on. */
  told(slot: number, gameId: string, presence: Presence): void;
}

interface Followed {
  readonly followers: Followers;
  /** What is told; null: nothing yet. */
  told: Presence | null;
  /** Monotonic ms. */
  toldAt: number;
  timer: Timer | null;
}

interface OpenSlot {
  /** Monotonic ms. */
  readonly settledAt: number;
  readonly games: Map<string, Followed>;
}

export class Presences {
  readonly #context: PresencesContext;
  readonly #slots = new Map<number, OpenSlot>();
  readonly #expiry: Timer;

  constructor(context: PresencesContext) {
    this.#context = context;
    this.#expiry = every(context.clock, EXPIRE_EVERY_MS, () => this.#expire());
  }

  /** `isFirst`: nobody owned the slot before, so nobody can have followed a game of it either. */
  open(slot: number, isFirst: boolean): void {
    const settledAt = this.#context.clock.monotonic() + (isFirst ? 0 : SETTLE_MS);
    this.#slots.set(slot, { settledAt, games: new Map() });
  }

  close(slot: number): void {
    for (const { timer } of this.#slots.get(slot)?.games.values() ?? []) timer?.cancel();
    this.#slots.delete(slot);
  }

  stop(): void {
    this.#expiry.cancel();
  }

  /** Games that somebody follows, or did until a moment ago. */
  get size(): number {
    let size = 0;
    for (const { games } of this.#slots.values()) size += games.size;
    return size;
  }

  heard(slot: number, gameId: string, word: Word): void {
    const open = this.#slots.get(slot);
    if (open === undefined) return;
    const followed = open.games.get(gameId) ?? {
      followers: new Followers(),
      told: null,
      toldAt: Number.NEGATIVE_INFINITY,
      timer: null,
    };
    const hasChanged = followed.followers.heard(word, this.#context.clock.monotonic());
    if (followed.followers.isEmpty) return;
    open.games.set(gameId, followed);
    if (hasChanged) this.#changed(slot, gameId, open, followed);
  }

  /** As it was told last; null: nothing is known yet. */
  of(slot: number, gameId: string): Presence | null {
    return this.#slots.get(slot)?.games.get(gameId)?.told ?? null;
  }

  #changed(slot: number, gameId: string, { settledAt }: OpenSlot, followed: Followed): void {
    if (followed.timer !== null) return;
    const { clock } = this.#context;
    const inMs = Math.max(settledAt, followed.toldAt + TELL_EVERY_MS) - clock.monotonic();
    if (inMs <= 0) this.#tell(slot, gameId, followed);
    else {
      followed.timer = clock.after(inMs, () => {
        followed.timer = null;
        this.#tell(slot, gameId, followed);
      });
    }
  }

  #tell(slot: number, gameId: string, followed: Followed): void {
    const { clock, time } = this.#context;
    followed.told = followed.followers.presence(time.now());
    followed.toldAt = clock.monotonic();
    this.#context.told(slot, gameId, followed.told);
  }

  #expire(): void {
    const { clock, time } = this.#context;
    for (const [slot, open] of this.#slots) {
      for (const [gameId, followed] of open.games) {
        const hasChanged = followed.followers.expire(clock.monotonic(), time.now());
        if (!followed.followers.isEmpty) {
          if (hasChanged) this.#changed(slot, gameId, open, followed);
          continue;
        }
        // Nobody is there to be told.
        followed.timer?.cancel();
        open.games.delete(gameId);
      }
    }
  }
}
