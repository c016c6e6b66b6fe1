/**
 * One WebSocket on one game: replies to its frames, and the game's committed states and events as they come.
 *
 * Invariants:
 *  - At most `framesInFlight` frames are being answered; the rest wait unread. None is dropped.
 *  - No frame is begun while what the client has left unread, and the replies that are due, exceed half of `socketBufferBytes`: a client
 *    that does not read is not read from. While this member has too much to write to all of its sockets, each gets one reply at a time.
 *  - Frames that arrive before the game is known to be alive, and the caller to be let in, wait.
 *  - A caller whose token holds no more is cut off as soon as the watch tells, whatever is still being answered.
 */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import type { Operation } from '../member/gateway.ts';
import type { Timer } from '../ports/clock.ts';
import type { Caller } from '../session/permission.ts';
import { countOverload } from './answers.ts';
import { type Closing, closeSocket, closingOf, reasonOf } from './close-codes.ts';
import type { Edge } from './edge.ts';
import { socketChannel } from './frame-channel.ts';
import { GameFeed } from './game-feed.ts';
import { toProblem } from './problem-reply.ts';
import { serverTime } from './server-time.ts';
import type { Behind } from './socket-backlog.ts';
import { type FrameAnswer, frameOperation, readFrame, reconnectFrame, replyFrame } from './socket-frames.ts';
import { SocketOutbox } from './socket-outbox.ts';
import { TokenBucket } from './token-bucket.ts';
import { type Admission, admission } from './watch-admission.ts';

/** What a reply is expected to take before there was any: a flood of first frames must not be answered all at once. */
const FIRST_REPLY_BYTES = 32 * 1024;
const pong: FrameAnswer = { status: 200, body: '{}', isShown: true };

export interface SocketSubject {
  readonly gameId: string;
  readonly caller: Caller;
  /** The newest version that the client has; 0 for none. */
  readonly since: number;
  /** The last event that the client has; null: those of the running round are news. */
  readonly after: number | null;
}

export class GameSocket implements Behind {
  readonly #edge: Edge;
  readonly #socket: WebSocket;
  readonly #subject: SocketSubject;
  readonly #outbox: SocketOutbox;
  readonly #rate: TokenBucket;
  readonly #waiting: RawData[] = [];
  #inFlight = 0;
  /** Of the last reply: what one that is due is expected to take. */
  #replyBytes = FIRST_REPLY_BYTES;
  #admitted = false;
  #leaving = false;
  #unansweredPings = 0;
  #pingTimer: Timer | null = null;
  #stopWatching: (() => void) | null = null;
  /** Gives back a spectator's place. */
  #release: () => void = () => undefined;

  /** `connection` carries `socket`. */
  constructor(edge: Edge, socket: WebSocket, connection: Socket, subject: SocketSubject) {
    this.#edge = edge;
    this.#socket = socket;
    this.#subject = subject;
    this.#rate = new TokenBucket(edge.limits.framesPerSecond, edge.clock.monotonic());
    this.#outbox = new SocketOutbox(socketChannel(socket, connection), {
      limitBytes: edge.limits.socketBufferBytes,
      since: subject.since,
      onTooSlow: () => {
        edge.refusals.count('socket_buffer_bytes');
        this.#close('tooSlow');
      },
      onQueued: (bytes) => edge.backlog.sent(this, bytes),
      onSent: (bytes) => {
        edge.backlog.taken(this, bytes);
        this.#handleWaiting();
      },
    });
  }

  /** Serves the socket until it closes; then calls `onClosed`. */
  start(onClosed: () => void): void {
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => {
      this.#unansweredPings = 0;
    });
    this.#socket.once('close', () => {
      this.#stopWatching?.();
      this.#released();
      this.#pingTimer?.cancel();
      this.#edge.backlog.forget(this);
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
    this.#outbox.send(reconnectFrame(this.#time));
    this.#closeIfLeft();
  }

  cut(): void {
    this.#edge.refusals.count('sockets_buffer_bytes');
    this.#socket.terminate();
  }

  async #open(): Promise<void> {
    const admitted = await this.#admission();
    if (admitted === null) return;
    const { answer, release } = admitted;
    this.#release = release;
    if (!this.#isOpen || this.#leaving) return this.#released();
    const refusal = closingOf(answer.status);
    if (refusal !== undefined) {
      this.#close(refusal, reasonOf(answer.body));
      return;
    }
    // The game itself comes by the watch: there each view is made once, however many sockets open at a time.
    this.#admitted = true;
    const feed = new GameFeed(this.#edge, {
      outbox: this.#outbox,
      wrap: (_type, frame) => frame,
      close: (why, reason) => this.#close(why, reason),
    });
    this.#stopWatching = this.#edge.gateway.watch(this.#subject, (update) => feed.updated(update));
    this.#handleWaiting();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#leaving || !this.#isOpen) return;
    if (isBinary) {
      this.#close('badRequest', 'frames are JSON text');
    } else if (!this.#rate.take(this.#edge.clock.monotonic())) {
      this.#edge.refusals.count('frames_per_second');
      this.#close('tooMany', 'too many frames a second');
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
      this.#close('badRequest', 'a frame is a JSON object with a ref');
      return;
    }
    this.#inFlight += 1;
    void this.#answer(() => frameOperation(frame, this.#subject, this.#edge)).then(async (answer) => {
      await this.#edge.replyTurns.wait(answer.body.length);
      this.#inFlight -= 1;
      this.#replyBytes = answer.body.length;
      this.#outbox.send(replyFrame(frame.ref, answer, this.#time));
      this.#closeIfLeft();
      this.#handleWaiting();
    });
  }

  #handleWaiting(): void {
    if (this.#waiting.length === 0) return;
    while (this.#mayHandle) {
      const data = this.#waiting.shift();
      if (data === undefined) break;
      this.#handle(data);
    }
    if (this.#waiting.length === 0) this.#socket.resume();
  }

  async #answer(build: () => Operation | null): Promise<FrameAnswer> {
    try {
      const operation = build();
      if (operation === null) return pong;
      const answer = await this.#edge.gateway.execute(operation);
      countOverload(this.#edge, answer);
      return { ...answer, isShown: operation.kind !== 'command' };
    } catch (error) {
      const problem = toProblem(this.#edge, error, 'socket frame');
      return { status: problem.status, body: JSON.stringify(problem), isShown: false };
    }
  }

  /** Null: it was refused. */
  async #admission(): Promise<Admission | null> {
    try {
      return await admission(this.#edge, this.#subject);
    } catch (error) {
      const { status, detail } = toProblem(this.#edge, error, 'socket');
      if (this.#isOpen) this.#close(closingOf(status) ?? 'internal', detail);
      return null;
    }
  }

  #released(): void {
    this.#release();
    this.#release = () => undefined;
  }

  #closeIfLeft(): void {
    if (this.#leaving && this.#inFlight === 0) this.#close('draining');
  }

  /** Nothing more is sent from here on; a client that does not read the close is cut by the library. */
  #close(why: Closing, reason?: string): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    closeSocket(this.#socket, why, reason);
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

  get #time(): string {
    return serverTime(this.#edge.gateway);
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get #mayHandle(): boolean {
    const { framesInFlight, socketBufferBytes } = this.#edge.limits;
    if (!this.#isOpen || !this.#admitted || this.#inFlight >= framesInFlight) return false;
    if (this.#edge.backlog.isFull || this.#edge.replyTurns.isCrowded) {
      return this.#outbox.unreadBytes === 0 && this.#inFlight === 0;
    }
    return this.#outbox.unreadBytes + this.#inFlight * this.#replyBytes <= socketBufferBytes / 2;
  }
}
