/**
 * One WebSocket on one game, once: it keeps every frame and how it ended, and connects to nowhere else.
 *
 * Role: for tests of what one connection gets. `SocketClient` is the client that follows a game over many.
 * Why not the client library: it makes one game of many connections, and shows neither frames nor closes.
 */
import { once } from 'node:events';
import WebSocket from 'ws';
import { waitFor } from './wait.ts';

// biome-ignore lint/suspicious/noExplicitAny: a frame is whatever came; the tests say what it should be.
export type Frame = any;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class GameConnection {
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closed>;
  readonly socket: WebSocket;
  #refs = 0;
  #end: Closed | null = null;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.frames.push(JSON.parse(String(data))));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#end = { code, reason: String(reason) };
        resolve(this.#end);
      });
    });
  }

  /** Begins to connect; `token` null: none. Whoever is refused learns it from `closed`. */
  static to(
    base: string,
    gameId: string,
    token: string | null,
    query = '',
    headers: Readonly<Record<string, string>> = {},
  ): GameConnection {
    const url = `${base.replace('http', 'ws')}/v1/games/${gameId}/ws${query}`;
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    return new GameConnection(new WebSocket(url, 'minotaur.v1', { headers: { ...headers, ...authorization } }));
  }

  /** How it ended; null while it lasts. */
  get end(): Closed | null {
    return this.#end;
  }

  /** Sends a frame and waits for its reply. */
  async ask(type: string, rest: Readonly<Record<string, unknown>> = {}, timeoutMs = 15_000): Promise<Frame> {
    this.#refs += 1;
    const ref = this.#refs;
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, 'open');
    this.socket.send(JSON.stringify({ ref, type, ...rest }));
    return this.next(`the reply to ${type}`, (frame) => frame.type === 'reply' && frame.ref === ref, timeoutMs);
  }

  /** Waits for a frame, one that came already included. */
  next(what: string, matches: (frame: Frame) => boolean, timeoutMs = 15_000): Promise<Frame> {
    return waitFor(what, () => this.frames.find(matches) ?? null, { timeoutMs, everyMs: 5 });
  }

  /** Waits for the game, or for a refusal: 101, or the code that it was closed with. */
  async outcome(): Promise<number> {
    const hasGame = () => this.frames.some(({ type }) => type === 'game');
    return waitFor('the game or a close', () => this.#end?.code ?? (hasGame() ? 101 : null), { everyMs: 5 });
  }

  get versions(): number[] {
    return this.frames.filter(({ type }) => type === 'game').map(({ version }) => version);
  }

  /** `seq` of every event, as they came. */
  get seqs(): number[] {
    return this.frames
      .filter(({ type }) => type === 'events')
      .flatMap(({ events }) => events.map(({ seq }: { seq: number }) => seq));
  }

  close(): void {
    this.socket.terminate();
  }
}
