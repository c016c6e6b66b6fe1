/**
 * The games of which a webhook is to be told something, each in one phase.
 *
 * Role: the bookkeeping of the outbox: who is next, who waits until when, who is under way.
 * Invariants:
 *  - A game is kept once. `retried` and `fresh` together hold exactly those that are ready, `paused` those that are paused or rest.
 *  - Of games that are over no more than `MOST_ENDS` are kept.
 */
import type { Clock } from '../../ports/clock.ts';
import { DeadlineQueue } from '../kit/deadline-queue.ts';

/** Games that are over, of which something is outstanding: their deletion markers are kept for it. */
const MOST_ENDS = 10_000;

/** `resting`: nothing is outstanding; it has yet to be stored how far it was told. */
type Phase = 'ready' | 'underWay' | 'paused' | 'resting';

export interface Game {
  readonly slot: number;
  readonly gameId: string;
  readonly phase: Phase;
  readonly isOver: boolean;
  /** When what is outstanding first happened, cluster time; null: nobody has looked yet. */
  since: number | null;
  /** Attempts and looks in a row that failed. */
  failures: number;
  /** How often in a row a replica did not show what is outstanding, or that could not be read. */
  looks: number;
  /** More of it is done with, delivered or given up, than was stored for certain. */
  isFurther: boolean;
  /** Something happened since it was last looked at. */
  isNews: boolean;
}

type Kept = { -readonly [Field in keyof Game]: Game[Field] };

export class WaitingGames {
  private readonly games = new Map<string, Kept>();
  /** In order: those whose last attempts failed, and the others. */
  private readonly retried = new Map<string, Kept>();
  private readonly fresh = new Map<string, Kept>();
  private readonly paused: DeadlineQueue;
  private readonly clock: Clock;
  private ends = 0;

  /** `due`: its pause, or its rest, is over. */
  constructor(clock: Clock, due: (game: Game) => void) {
    this.clock = clock;
    const time = { now: () => clock.monotonic(), after: (ms: number, run: () => void) => clock.after(ms, run) };
    this.paused = new DeadlineQueue(time, (slot, gameId) => {
      const game = this.games.get(keyOf({ slot, gameId }));
      if (game !== undefined) due(game);
    });
  }

  get all(): readonly Game[] {
    return [...this.games.values()];
  }

  /**
   * The one whose turn it is; it is under way then. Null: none is ready. While the receiver fails, those come first that have not failed: they
   * find out whether it takes anything. Otherwise those that have: their pauses see to it that they leave room for the others.
   */
  takeNext(isFailing: boolean): Game | null {
    const [first, second] = isFailing ? [this.fresh, this.retried] : [this.retried, this.fresh];
    const [next] = first.size > 0 ? first.values() : second.values();
    if (next !== undefined) this.begin(next);
    return next ?? null;
  }

  get hasReady(): boolean {
    return this.retried.size + this.fresh.size > 0;
  }

  /** Something of it is outstanding. False: there is no room for it. */
  add(slot: number, gameId: string, isOver: boolean): boolean {
    const known = this.games.get(keyOf({ slot, gameId }));
    if (isOver && !known?.isOver && this.ends >= MOST_ENDS) {
      this.forget({ slot, gameId });
      return false;
    }
    const game = known ?? this.made(slot, gameId);
    game.isNews = true;
    if (isOver && !game.isOver) {
      game.isOver = true;
      this.ends += 1;
    }
    if (game.phase === 'resting') this.makeReady(game);
    return true;
  }

  isKept(game: Game): boolean {
    return this.games.get(keyOf(game)) === game;
  }

  begin(game: Game): void {
    this.to(game, 'underWay');
  }

  makeReady(game: Game): void {
    const ready = game.failures > 0 ? this.retried : this.fresh;
    ready.set(keyOf(game), this.to(game, 'ready'));
  }

  pause(game: Game, ms: number): void {
    this.to(game, 'paused');
    this.paused.set(game.slot, game.gameId, this.clock.monotonic() + ms);
  }

  rest(game: Game, ms: number): void {
    this.to(game, 'resting');
    this.paused.set(game.slot, game.gameId, this.clock.monotonic() + ms);
  }

  forget(which: { readonly slot: number; readonly gameId: string }): void {
    const key = keyOf(which);
    const game = this.games.get(key);
    if (game === undefined) return;
    if (game.isOver) this.ends -= 1;
    this.games.delete(key);
    this.leaveReady(key);
    this.paused.drop(game.slot, game.gameId);
  }

  stop(): void {
    this.paused.stop();
    this.games.clear();
    this.retried.clear();
    this.fresh.clear();
  }

  private made(slot: number, gameId: string): Kept {
    const nothing = { isOver: false, since: null, failures: 0, looks: 0, isFurther: false, isNews: true };
    const game: Kept = { slot, gameId, phase: 'ready', ...nothing };
    this.games.set(keyOf(game), game);
    this.makeReady(game);
    return game;
  }

  private leaveReady(key: string): void {
    this.retried.delete(key);
    this.fresh.delete(key);
  }

  private to(which: Game, phase: Phase): Kept {
    const game: Kept = which;
    this.leaveReady(keyOf(game));
    this.paused.drop(game.slot, game.gameId);
    game.phase = phase;
    return game;
  }
}

function keyOf({ slot, gameId }: { readonly slot: number; readonly gameId: string }): string {
  return `${slot}.${gameId}`;
}
