/**
 * Times of games, one at most for each: one heap, one timer.
 *
 * Role: tells the session host when a game's round is due.
 * Why a time is only a hint: it may fire for a deadline that has since moved; whoever is woken looks at the state.
 * Invariants:
 *  - D1 A game has at most one entry: `set` replaces it.
 *  - D2 None fires before its time by `now`; a correction of that is noticed within a second.
 *  - D3 What fires is out of the queue, and may be set again.
 */
import type { Clock, Timer } from '../../ports/clock.ts';
import { byTime, Heap, type HeapItem } from './heap.ts';

const LONGEST_SLEEP_MS = 1_000;

interface Entry extends HeapItem {
  readonly at: number;
  readonly slot: number;
  readonly gameId: string;
}

export interface DeadlineClock extends Pick<Clock, 'after'> {
  /** Cluster time, ms. */
  now(): number;
}

export class DeadlineQueue {
  private readonly clock: DeadlineClock;
  private readonly due: (slot: number, gameId: string, at: number) => void;
  private readonly heap = new Heap<Entry>(byTime);
  private readonly slots = new Map<number, Map<string, Entry>>();
  private timer: Timer | null = null;
  private wakesAt = Number.POSITIVE_INFINITY;
  private stopped = false;

  constructor(clock: DeadlineClock, due: (slot: number, gameId: string, at: number) => void) {
    this.clock = clock;
    this.due = due;
  }

  get size(): number {
    return this.heap.size;
  }

  /** Of the entry that is due next, cluster time. */
  get next(): number | null {
    return this.heap.first?.at ?? null;
  }

  /** `at`: cluster time. */
  set(slot: number, gameId: string, at: number): void {
    if (this.stopped) return;
    const games = this.slots.get(slot) ?? new Map<string, Entry>();
    const known = games.get(gameId);
    if (known?.at === at) return;
    if (known !== undefined) this.heap.remove(known);
    const entry = { slot, gameId, at, place: -1, order: 0 };
    this.heap.add(entry);
    games.set(gameId, entry);
    this.slots.set(slot, games);
    if (at < this.wakesAt) this.arm();
  }

  drop(slot: number, gameId: string): void {
    const games = this.slots.get(slot);
    const entry = games?.get(gameId);
    if (games === undefined || entry === undefined) return;
    this.heap.remove(entry);
    games.delete(gameId);
    if (games.size === 0) this.slots.delete(slot);
  }

  dropSlot(slot: number): void {
    for (const entry of this.slots.get(slot)?.values() ?? []) this.heap.remove(entry);
    this.slots.delete(slot);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private arm(): void {
    this.timer?.cancel();
    const { next } = this;
    if (next === null || this.stopped) {
      this.wakesAt = Number.POSITIVE_INFINITY;
      return;
    }
    const now = this.clock.now();
    const sleepMs = Math.min(Math.max(next - now, 0), LONGEST_SLEEP_MS);
    this.wakesAt = now + sleepMs;
    this.timer = this.clock.after(sleepMs, () => this.fire());
  }

  private fire(): void {
    const now = this.clock.now();
    for (
      let entry = this.heap.first;
      entry !== undefined && entry.at <= now && !this.stopped;
      entry = this.heap.first
    ) {
      this.drop(entry.slot, entry.gameId);
      this.due(entry.slot, entry.gameId, entry.at);
    }
    this.arm();
  }
}
