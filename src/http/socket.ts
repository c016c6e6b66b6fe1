/**
 * One WebSocket on one game: replies to its frames, and the game's committed states as they come.
 *
 * Invariants:
 *  - Versions only rise. At most one game frame is on its way; of those that come meanwhile only the newest is kept, so a slow
 *    reader costs one game, not a queue of them.
 *  - At most `framesInFlight` frames are being answered; the rest wait unread. None is dropped.
 *  - Frames that arrive before the game is known to be alive, wait.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Answer, GameUpdate, Operation } from '../member/gateway.ts';
import type { Timer } from '../ports/clock.ts';
import type { Viewer } from '../session/rules.ts';
import type { Edge } from './edge.ts';
import { toProblem } from './problem-reply.ts';
import { frameOperation, gameFrame, readFrame, reconnectFrame, replyFrame } from './socket-frames.ts';

/** Close codes of the wire contract. */
export const closeCodes = {
  badRequest: 4400,
  unauthorized: 4401,
  notAlive: 4404,
  draining: 1012,
  tooSlow: 1013,
} as const;

const pong = { status: 200, body: '{}' };

export interface SocketSubject {
  readonly gameId: string;
  readonly viewer: Viewer;
  /** The newest version that the client has; 0 for none. */
  readonly since: number;
}

export class GameSocket {
  readonly #edge: Edge;
  readonly #socket: WebSocket;
  readonly #connection: Socket;
  readonly #subject: SocketSubject;
  readonly #waiting: RawData[] = [];
  #inFlight = 0;
  #alive = false;
  #corked = false;
  #leaving = false;
  #lastVersion: number;
  #nextGame: string | null = null;
  #sendingGame = false;
  #unansweredPings = 0;
  #pingTimer: Timer | null = null;
  #stopWatching: (() => void) | null = null;

  /** `connection` carries `socket`. */
  constructor(edge: Edge, socket: WebSocket, connection: Socket, subject: SocketSubject) {
    this.#edge = edge;
    this.#socket = socket;
    this.#connection = connection;
    this.#subject = subject;
    this.#lastVersion = subject.since;
  }

  /** Serves the socket until it closes; then calls `onClosed`. */
  start(onClosed: () => void): void {
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => {
      this.#unansweredPings = 0;
    });
    this.#socket.once('close', () => {
      this.#stopWatching?.();
      this.#pingTimer?.cancel();
      onClosed();
    });
    this.#schedulePing();
    void this.#open();
  }

  /** Sends the client elsewhere: it is told, what is being answered is answered, then the socket closes with 1012. */
  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#waiting.length = 0;
    this.#send(reconnectFrame);
    this.#closeIfLeft();
  }

  /** The first strong read decides whether the game is alive; if nobody can tell now, the watch will. */
  async #open(): Promise<void> {
    const { gameId, viewer } = this.#subject;
    const answer = await this.#answer(() => ({ kind: 'read', gameId, viewer, consistency: 'strong' }));
    if (!this.#isOpen || this.#leaving) return;
    if (answer.status === 404) {
      this.#close(closeCodes.notAlive, 'no such game is alive');
      return;
    }
    if (answer.status === 200) {
      const { version, game } = JSON.parse(answer.body) as { version: number; game: unknown };
      this.#offer(version, JSON.stringify(game));
    }
    this.#alive = true;
    this.#stopWatching = this.#edge.gateway.watch(gameId, viewer, (update) => this.#updated(update));
    this.#handleWaiting();
  }

  #updated({ version, game }: GameUpdate): void {
    if (game === null) this.#close(closeCodes.notAlive, 'the game is no longer alive');
    else this.#offer(version, game);
  }

  #offer(version: number, game: string): void {
    if (version <= this.#lastVersion) return;
    this.#lastVersion = version;
    this.#nextGame = gameFrame(version, game, this.#subject.viewer);
    this.#sendNextGame();
  }

  #sendNextGame(): void {
    const frame = this.#nextGame;
    if (frame === null || this.#sendingGame || !this.#isOpen) return;
    this.#nextGame = null;
    this.#sendingGame = true;
    this.#cork();
    this.#socket.send(frame, () => {
      this.#sendingGame = false;
      this.#sendNextGame();
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#leaving || !this.#isOpen) return;
    if (isBinary) {
      this.#close(closeCodes.badRequest, 'frames are JSON text');
    } else if (this.#mayHandle) {
      this.#handle(data);
    } else {
      // What was read together with this frame still arrives after the pause.
      this.#waiting.push(data);
      this.#socket.pause();
    }
  }

  #handle(data: RawData): void {
    const frame = readFrame(data.toString());
    if (frame === null) {
      this.#close(closeCodes.badRequest, 'a frame is a JSON object with a ref');
      return;
    }
    const { gameId, viewer } = this.#subject;
    this.#inFlight += 1;
    void this.#answer(() => frameOperation(frame, gameId, viewer)).then((answer) => {
      this.#inFlight -= 1;
      this.#send(replyFrame(frame.ref, answer));
      this.#closeIfLeft();
      if (this.#waiting.length > 0) this.#handleWaiting();
    });
  }

  #handleWaiting(): void {
    while (this.#mayHandle) {
      const data = this.#waiting.shift();
      if (data === undefined) break;
      this.#handle(data);
    }
    if (this.#waiting.length === 0) this.#socket.resume();
  }

  async #answer(build: () => Operation | null): Promise<Pick<Answer, 'status' | 'body'>> {
    try {
      const operation = build();
      return operation === null ? pong : await this.#edge.gateway.execute(operation);
    } catch (error) {
      const problem = toProblem(this.#edge, error, 'socket frame');
      return { status: problem.status, body: JSON.stringify(problem) };
    }
  }

  #send(text: string): void {
    if (!this.#isOpen) return;
    if (this.#socket.bufferedAmount > this.#edge.limits.socketBufferBytes) {
      this.#close(closeCodes.tooSlow, 'the client reads too slowly');
    } else {
      this.#cork();
      this.#socket.send(text);
    }
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

  #closeIfLeft(): void {
    if (this.#leaving && this.#inFlight === 0) this.#close(closeCodes.draining, 'this member is leaving');
  }

  #close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#socket.resume();
  }

  #schedulePing(): void {
    this.#pingTimer = this.#edge.clock.after(this.#edge.limits.pingMs, () => {
      if (this.#unansweredPings === 2) {
        this.#socket.terminate();
        return;
      }
      this.#unansweredPings += 1;
      if (this.#isOpen) this.#socket.ping();
      this.#schedulePing();
    });
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get #mayHandle(): boolean {
    return this.#isOpen && this.#alive && this.#inFlight < this.#edge.limits.framesInFlight;
  }
}
