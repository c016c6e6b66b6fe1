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
import { endAnswered } from '../../ports/rpc-spans.ts';
import type { Span, Trace } from '../../ports/tracing.ts';
import type { Caller } from '../../session/permission.ts';
import { type Closing, closeSocket, closingOf, reasonOf } from '../api/close-codes.ts';
import { countOverload } from '../edge/answers.ts';
import type { Edge } from '../edge/edge.ts';
import { toProblem } from '../edge/problem-reply.ts';
import { identified } from '../edge/request-ids.ts';
import { beginFrame, traceOf } from '../edge/request-spans.ts';
import { serverTime } from '../edge/server-time.ts';
import type { Behind } from '../edge/socket-backlog.ts';
import { socketChannel } from './frame-channel.ts';
import { GameFeed } from './game-feed.ts';
import { Pulse } from './pulse.ts';
import {
  type ClientFrame,
  type FrameAnswer,
  frameOperation,
  isKnown,
  readFrame,
  reconnectFrame,
  replyFrame,
  waited,
} from './socket-frames.ts';
import { SocketOutbox } from './socket-outbox.ts';
import { TokenBucket } from './token-bucket.ts';
import { type Frame, WaitingFrames } from './waiting-frames.ts';
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
  /** Of the request that opened it. */
  readonly trace: Trace;
}

export class GameSocket implements Behind {
  readonly #edge: Edge;
  readonly #socket: WebSocket;
  readonly #subject: SocketSubject;
  readonly #outbox: SocketOutbox;
  readonly #rate: TokenBucket;
  readonly #waiting = new WaitingFrames();
  /** That have come. */
  #frames = 0;
  #inFlight = 0;
  /** Of the last reply: what one that is due is expected to take. */
  #replyBytes = FIRST_REPLY_BYTES;
  /** `following`: the game is known to be alive, and the caller is let in. */
  #stage: 'entering' | 'following' | 'leaving' = 'entering';
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
    const pulse = new Pulse({
      clock: this.#edge.clock,
      everyMs: this.#edge.limits.pingMs,
      ping: () => {
        if (this.#isOpen) this.#socket.ping();
      },
      died: () => this.#socket.terminate(),
    });
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => pulse.answered());
    this.#socket.once('close', () => {
      this.#stopWatching?.();
      this.#released();
      pulse.stop();
      this.#edge.backlog.forget(this);
      onClosed();
    });
    this.#open().catch((error: unknown) => this.#failed(error));
  }

  /** Sends the client elsewhere: it is told, what is being answered is answered, then the socket closes with 1012. */
  leave(): void {
    if (this.#stage === 'leaving') return;
    this.#stage = 'leaving';
    this.#waiting.clear();
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
    if (!this.#isOpen || this.#stage === 'leaving') return this.#released();
    const refusal = closingOf(answer.status);
    if (refusal !== undefined) {
      this.#close(refusal, reasonOf(answer.body));
      return;
    }
    // The game itself comes by the watch: there each view is made once, however many sockets open at a time.
    this.#stage = 'following';
    const feed = new GameFeed(this.#edge, {
      outbox: this.#outbox,
      wrap: (_type, frame) => frame,
      close: (why, reason) => this.#close(why, reason),
    });
    this.#stopWatching = this.#edge.gateway.watch(this.#subject, (update) => feed.updated(update));
    this.#handleWaiting();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#stage === 'leaving' || !this.#isOpen) return;
    const now = this.#edge.clock.monotonic();
    if (isBinary) {
      this.#close('badRequest', 'frames are JSON text');
    } else if (!this.#rate.take(now)) {
      this.#edge.refusals.count('frames_per_second');
      this.#close('tooMany', 'too many frames a second');
    } else if (this.#mayHandle) {
      this.#handle(this.#waiting.read(data, now));
    } else {
      // What was read together with this frame still arrives after the pause.
      this.#waiting.push(this.#waiting.read(data, now), now);
      this.#socket.pause();
    }
  }

  #handle({ data, since }: Frame): void {
    const frame = readFrame(data.toString());
    if (frame === null) {
      this.#close('badRequest', 'a frame is a JSON object with a ref');
      return;
    }
    this.#inFlight += 1;
    const request = this.#nextRequest(frame);
    const answering = this.#answer(frame, since, traceOf(request)).then(async (answer) => {
      endAnswered(request.span, answer.status);
      await this.#edge.replyTurns.wait(answer.body.length);
      this.#inFlight -= 1;
      this.#replyBytes = answer.body.length;
      this.#outbox.send(replyFrame(frame.ref, answer, this.#time));
      this.#closeIfLeft();
      this.#handleWaiting();
    });
    answering.catch((error: unknown) => this.#failed(error));
  }

  /** A mistake of ours ends this socket, never the process. */
  #failed(error: unknown): void {
    const { detail } = toProblem(this.#edge, error, 'socket', this.#subject.trace.requestId);
    if (this.#isOpen) this.#close('internal', detail);
  }

  #handleWaiting(): void {
    if (this.#waiting.isEmpty) return;
    while (this.#mayHandle) {
      const frame = this.#waiting.next();
      if (frame === undefined) break;
      this.#handle(frame);
    }
    if (!this.#waiting.isEmpty) return;
    this.#waiting.resumed(this.#edge.clock.monotonic());
    this.#socket.resume();
  }

  /** Each frame is a request of its own, known by the socket that it came through. */
  #nextRequest({ type }: ClientFrame): { readonly id: string; readonly span: Span | undefined } {
    this.#frames += 1;
    const { gameId, trace } = this.#subject;
    const id = `${trace.requestId}.${this.#frames}`;
    return { id, span: beginFrame(this.#edge, isKnown(type) ? type : '_OTHER', gameId, id, trace) };
  }

  async #answer(frame: ClientFrame, since: number | null, trace: Trace): Promise<FrameAnswer> {
    try {
      const operation = frameOperation(frame, { ...this.#subject, trace }, this.#edge);
      if (operation === null) return pong;
      const waitedMs = since === null ? null : this.#edge.clock.monotonic() - since;
      const answer = await this.#edge.gateway.execute(waitedMs === null ? operation : waited(operation, waitedMs));
      countOverload(this.#edge, answer);
      return { ...identified(answer, trace.requestId), isShown: operation.kind !== 'command' };
    } catch (error) {
      const problem = toProblem(this.#edge, error, 'socket frame', trace.requestId);
      const answer = { status: problem.status, body: JSON.stringify(problem), isShown: false };
      return identified(answer, trace.requestId);
    }
  }

  /** Null: it was refused. */
  async #admission(): Promise<Admission | null> {
    try {
      return await admission(this.#edge, this.#subject);
    } catch (error) {
      const { status, detail } = toProblem(this.#edge, error, 'socket', this.#subject.trace.requestId);
      if (this.#isOpen) this.#close(closingOf(status) ?? 'internal', detail);
      return null;
    }
  }

  #released(): void {
    this.#release();
    this.#release = () => undefined;
  }

  #closeIfLeft(): void {
    if (this.#stage === 'leaving' && this.#inFlight === 0) this.#close('draining');
  }

  /** Nothing more is sent from here on; a client that does not read the close is cut by the library. */
  #close(why: Closing, reason?: string): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    closeSocket(this.#socket, why, reason);
    this.#socket.resume();
  }

  get #time(): string {
    return serverTime(this.#edge.gateway);
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get #mayHandle(): boolean {
    const { framesInFlight, socketBufferBytes } = this.#edge.limits;
    if (!this.#isOpen || this.#stage !== 'following' || this.#inFlight >= framesInFlight) return false;
    if (this.#edge.backlog.isFull || this.#edge.replyTurns.isCrowded) {
      return this.#outbox.unreadBytes === 0 && this.#inFlight === 0;
    }
    return this.#outbox.unreadBytes + this.#inFlight * this.#replyBytes <= socketBufferBytes / 2;
  }
}
