/**
 * One response that goes on: a game's committed states and events as Server-Sent Events, for whoever cannot or need not open a socket.
 *
 * Why ids: each event's holds what the client has once it read it (`<version>.<seq>`), so that `Last-Event-ID` resumes on any member.
 * Invariants:
 *  - What is sent, skipped and cut is decided where it is for sockets: game-feed.ts, socket-outbox.ts, socket-backlog.ts.
 *  - Whoever is not let in gets a problem document, as over REST; once events flow, the reason for the end is the last of them (`close`).
 *  - A comment goes out every `pingMs`, so that proxies keep the connection; nobody answers it. Who takes nothing of what is unread while two of
 *    them go out is cut, as a socket that answers no pings.
 *  - No stream lasts: after about `streamMs` its client is sent to connect again. One that vanished without a word looks as if it read, because
 *    the system takes the comments and keeps them for some 15 minutes.
 */
import type { ServerResponse } from 'node:http';
import type { Timer } from '../../ports/clock.ts';
import { type Closing, closings } from '../api/close-codes.ts';
import type { Edge } from '../edge/edge.ts';
import { serverTime } from '../edge/server-time.ts';
import type { Behind } from '../edge/socket-backlog.ts';
import { responseChannel } from './frame-channel.ts';
import { GameFeed, type Position } from './game-feed.ts';
import type { SocketSubject } from './socket.ts';
import { reconnectFrame } from './socket-frames.ts';
import { SocketOutbox } from './socket-outbox.ts';

const heartbeat = ':\n\n';

export class GameStream implements Behind {
  readonly #edge: Edge;
  readonly #response: ServerResponse;
  readonly #outbox: SocketOutbox;
  #pingTimer: Timer | null = null;
  #cutTimer: Timer | null = null;
  #ageTimer: Timer | null = null;
  #stopWatching: (() => void) | null = null;
  #closed = false;

  /** The head of `response` is sent, and nothing else. */
  constructor(edge: Edge, response: ServerResponse, { since }: Pick<SocketSubject, 'since'>) {
    this.#edge = edge;
    this.#response = response;
    this.#outbox = new SocketOutbox(responseChannel(response), {
      limitBytes: edge.limits.socketBufferBytes,
      since,
      onTooSlow: () => {
        edge.refusals.count('socket_buffer_bytes');
        this.#close('tooSlow');
      },
      onQueued: (bytes) => edge.backlog.sent(this, bytes),
      onSent: (bytes) => edge.backlog.taken(this, bytes),
    });
  }

  /** Serves the client until the response is over; then calls `onClosed`. */
  start({ gameId, caller, since, after }: SocketSubject, onClosed: () => void): void {
    this.#response.once('close', () => {
      this.#closed = true;
      this.#stopWatching?.();
      this.#pingTimer?.cancel();
      this.#cutTimer?.cancel();
      this.#ageTimer?.cancel();
      this.#edge.backlog.forget(this);
      onClosed();
    });
    this.#outbox.send(heartbeat);
    this.#schedulePing();
    const { clock, limits, random } = this.#edge;
    // Those that came together do not go together.
    this.#ageTimer = clock.after(limits.streamMs * (0.8 + 0.4 * random.fraction()), () => this.leave());
    const client = {
      outbox: this.#outbox,
      wrap: eventOf,
      close: (why: Closing, reason?: string) => this.#close(why, reason),
    };
    const feed = new GameFeed(this.#edge, client, { version: since, seq: after ?? 0 });
    const stop = this.#edge.gateway.watch({ gameId, caller, since, after }, (update) => feed.updated(update));
    if (this.#closed) stop();
    else this.#stopWatching = stop;
  }

  /** Sends the client elsewhere. */
  leave(): void {
    this.#outbox.send(eventOf('reconnect', reconnectFrame(serverTime(this.#edge.gateway))));
    this.#end();
  }

  cut(): void {
    this.#edge.refusals.count('sockets_buffer_bytes');
    this.#response.destroy();
  }

  #close(why: Closing, reason: string = closings[why][1]): void {
    if (this.#closed) return;
    const frame = { type: 'close', serverTime: serverTime(this.#edge.gateway), code: closings[why][0], reason };
    this.#response.write(eventOf('close', JSON.stringify(frame)));
    this.#end();
  }

  /** Nothing more is sent; a client that does not read the end is cut. */
  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching?.();
    this.#response.end();
    this.#cutTimer = this.#edge.clock.after(this.#edge.limits.socketCloseMs, () => this.#response.destroy());
  }

  #schedulePing(): void {
    const { backlog, clock, limits } = this.#edge;
    this.#pingTimer = clock.after(limits.pingMs, () => {
      if (backlog.standsFor(this) > 2 * limits.pingMs) {
        this.#response.destroy();
        return;
      }
      this.#outbox.send(heartbeat);
      this.#schedulePing();
    });
  }
}

/** `frame` is JSON text, which has no line breaks. */
function eventOf(type: string, frame: string, at?: Position): string {
  const id = at === undefined ? '' : `id: ${at.version}.${at.seq}\n`;
  return `event: ${type}\n${id}data: ${frame}\n\n`;
}
