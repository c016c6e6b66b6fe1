/**
 * What one reader of a match has not read yet: the newest view alone, and every event.
 *
 * Why a bound: whoever reads nothing would keep everything that happens. Beyond it reading fails, and says so.
 * Invariant: what is read is told once, in order; `snapshot` wins over `gapless` among what is read together.
 */
import type { Resumed } from './feed.ts';
import type { Game, GameEvent } from './protocol.ts';

const MOST_EVENTS = 10_000;

export interface Letter {
  readonly game: Game;
  readonly version: number;
  readonly events: readonly GameEvent[];
  readonly resumed: Resumed;
}

export class Mailbox {
  #newest: { readonly game: Game; readonly version: number } | null = null;
  #events: GameEvent[] = [];
  #resumed: Resumed = 'gapless';
  #hasNews = false;
  #isFull = false;
  #waiting: (() => void) | null = null;

  /** `game` null: as before. */
  put(game: Game | null, version: number, events: readonly GameEvent[], resumed: Resumed): void {
    // What was not read yet belongs to what is over.
    const startsOver = (events[0]?.seq ?? Number.POSITIVE_INFINITY) <= (this.#events.at(-1)?.seq ?? 0);
    if (startsOver || (resumed === 'snapshot' && this.#resumed === 'gapless')) this.#events = [];
    if (resumed === 'snapshot') this.#resumed = resumed;
    if (game !== null) this.#newest = { game, version };
    this.#events.push(...events);
    if (this.#events.length > MOST_EVENTS) {
      this.#isFull = true;
      this.#events = [];
    }
    this.#hasNews = true;
    this.wake();
  }

  /** All that is there; null: nothing yet. Throws where too much was left unread. */
  take(): Letter | null {
    if (this.#isFull) throw new Error(`more than ${MOST_EVENTS} events were left unread`);
    if (!this.#hasNews || this.#newest === null) return null;
    const letter = { ...this.#newest, events: this.#events, resumed: this.#resumed };
    this.#events = [];
    this.#resumed = 'gapless';
    this.#hasNews = false;
    return letter;
  }

  /** Resolves at the next `put` or `wake`. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  wake(): void {
    this.#waiting?.();
    this.#waiting = null;
  }
}
