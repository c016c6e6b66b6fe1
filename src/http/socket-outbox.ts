/**
 * What goes out over one socket, and the bound on what a client may leave unread.
 *
 * Invariants:
 *  - Versions of games only rise, until they start over: the first game after that is marked. At most one game is on its way; of those that come meanwhile only the newest is kept, so a
 *    slow reader costs one game, not a queue of them.
 *  - Replies and events are never skipped: where they pile up beyond the bound, nothing more is sent and `onTooSlow` is told.
 */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

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
  readonly #socket: WebSocket;
  readonly #connection: Socket;
  readonly #options: OutboxOptions;
  #lastVersion: number;
  #nextGame: GameFrame | null = null;
  /** No game has been sent since versions started over. */
  #reset = false;
  #sendingGame = false;
  #corked = false;

  /** `connection` carries `socket`. */
  constructor(socket: WebSocket, connection: Socket, options: OutboxOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
    this.#lastVersion = options.since;
  }

  /** Bytes that the client has left unread, as far as they are still here. */
  get unreadBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Sends a frame that must not be skipped. */
  send(text: string): void {
    if (!this.#isOpen) return;
    if (this.unreadBytes > this.#options.limitBytes) {
      this.#options.onTooSlow();
    } else {
      this.#cork();
      this.#options.onQueued(text.length);
      this.#socket.send(text, () => this.#options.onSent(text.length));
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
    this.#nextGame = frame;
    this.#sendNextGame();
  }

  #sendNextGame(): void {
    const frame = this.#nextGame;
    if (frame === null || this.#sendingGame || !this.#isOpen) return;
    const text = frame(this.#reset);
    this.#nextGame = null;
    this.#reset = false;
    this.#sendingGame = true;
    this.#cork();
    this.#options.onQueued(text.length);
    this.#socket.send(text, () => {
      this.#sendingGame = false;
      this.#sendNextGame();
      this.#options.onSent(text.length);
    });
  }

  /** Frames of one tick go out in one write: a reply and the state that it made usually are. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#connection.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#connection.uncork();
    });
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}
