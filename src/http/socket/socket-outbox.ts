/**
 * What goes out to one client, and the bound on what a client may leave unread.
 *
 * Invariants:
 *  - Versions of games only rise, until they start over: the first game after that is marked. At most one game is on its way; of those that come meanwhile only the newest is kept, so a
 *    slow reader costs one game, not a queue of them.
 *  - Replies and events are never skipped: where they pile up beyond the bound, nothing more is sent and `onTooSlow` is told.
 */
import type { FrameChannel } from './frame-channel.ts';

export interface OutboxOptions {
  /** Bytes that may wait unread. */
  readonly limitBytes: number;
  /** The newest version of the game that the client has; 0 for none. */
  readonly since: number;
  readonly onTooSlow: () => void;
  /** A frame of so many bytes waits unread. */
  readonly onQueued: (bytes: number) => void;
  /** It was taken. */
  readonly onSent: (bytes: number) => void;
}

/** Writes the frame when it is sent. `reset`: versions start over with it. */
export type GameFrame = (reset: boolean) => string;

export class SocketOutbox {
  readonly #channel: FrameChannel;
  readonly #options: OutboxOptions;
  #lastVersion: number;
  /** No game has been sent since versions started over. */
  #reset = false;
  readonly #game = this.#newest();
  readonly #presence = this.#newest();

  constructor(channel: FrameChannel, options: OutboxOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#lastVersion = options.since;
  }

  /** Bytes that the client has left unread, as far as they are still here. */
  get unreadBytes(): number {
    return this.#channel.unreadBytes;
  }

  /** Sends a frame that must not be skipped. */
  send(text: string): void {
    if (!this.#channel.isOpen) return;
    if (this.unreadBytes > this.#options.limitBytes) {
      this.#options.onTooSlow();
    } else {
      this.#options.onQueued(text.length);
      this.#channel.send(text, () => this.#options.onSent(text.length));
    }
  }

  /** What the client has of the game does not count any more. */
  startOver(): void {
    this.#lastVersion = 0;
    this.#reset = true;
  }

  /**
   * Sends a frame with the game at `version`, unless the client has that one, or a newer one comes before it can be sent. It is written
   * only then: it says what time it is.
   */
  offerGame(version: number, frame: GameFrame): void {
    if (version <= this.#lastVersion) return;
    this.#lastVersion = version;
    this.#game.offer(() => {
      const startsOver = this.#reset;
      this.#reset = false;
      return frame(startsOver);
    });
  }

  /** Sends who follows the game; of those that come while one is on its way, only the newest. */
  offerPresence(frame: () => string): void {
    this.#presence.offer(frame);
  }

  /** What waits goes out now: nothing will come after it. */
  flush(): void {
    this.#game.flush();
    this.#presence.flush();
  }

  /** Of frames of which only the newest counts: one at a time is on its way. */
  #newest(): { offer(frame: () => string): void; flush(): void } {
    let next: (() => string) | null = null;
    let isSending = false;
    const send = (isLast = false) => {
      if (next === null || (isSending && !isLast) || !this.#channel.isOpen) return;
      const text = next();
      next = null;
      isSending = true;
      this.#options.onQueued(text.length);
      this.#channel.send(text, () => {
        isSending = false;
        send();
        this.#options.onSent(text.length);
      });
    };
    return {
      offer: (frame) => {
        next = frame;
        send();
      },
      flush: () => send(true),
    };
  }
}
