/**
 * A WebSocket client of one game that goes where it is sent: it follows `reconnect`, asks again what was left unanswered, and resumes
 * where it stopped.
 *
 * Role: the behaviour that the contract asks of clients, small enough to trust. Raw, because its tests are about what the client library hides or
 * does not use: commands as frames, the codes that connections close with, connections that are refused, and those that are given up on purpose.
 * Whoever only follows a game takes followed.ts.
 * Invariants: a frame keeps its idempotency key over all of its attempts. Whom the server refuses (4400 and above) does not come again.
 */
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { adminToken } from './client.ts';
import type { Pick } from './recorded-game.ts';
import { pauseBetweenTries } from './wait.ts';

export interface SocketReply {
  readonly ok: boolean;
  readonly status: number;
  readonly body?: unknown;
  readonly problem?: { readonly code: string };
}

interface ServerFrame extends SocketReply {
  readonly type: string;
  readonly ref?: string;
  readonly version?: number;
  readonly events?: readonly { readonly seq: number }[];
}

interface Pending {
  readonly frame: string;
  readonly resolve: (reply: SocketReply) => void;
}

export class SocketClient {
  readonly gameId: string;
  /** Versions of the game frames, as they came. */
  readonly versions: number[] = [];
  /** `seq` of every event, as they came. */
  readonly seqs: number[] = [];
  /** Close codes of the connections that ended. */
  readonly closes: number[] = [];
  /** Connections that could not be made. */
  failedConnections = 0;
  readonly #pick: Pick;
  readonly #token: string;
  readonly #pending = new Map<string, Pending>();
  #socket: WebSocket | null = null;
  #base: string | null = null;
  #closed = false;
  #newest = 0;

  constructor(gameId: string, pick: Pick, token: string = adminToken) {
    this.gameId = gameId;
    this.#pick = pick;
    this.#token = token;
    void this.#connect();
  }

  /** Where it is connected just now; null: nowhere. */
  get base(): string | null {
    return this.#socket?.readyState === WebSocket.OPEN ? this.#base : null;
  }

  /** Sends one frame, again on the next connection if need be. Rejects when there is no reply in time. `ref` is its key, too. */
  request(type: string, body: unknown, timeoutMs = 15_000, ref: string = randomUUID()): Promise<SocketReply> {
    const frame = JSON.stringify({ ref, type, idempotencyKey: ref, body });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(ref);
        reject(new Error(`no reply to ${type} on game ${this.gameId} within ${timeoutMs} ms`));
      }, timeoutMs);
      const settle = (reply: SocketReply) => {
        clearTimeout(timer);
        resolve(reply);
      };
      this.#pending.set(ref, { frame, resolve: settle });
      if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
    });
  }

  /** Gives the connection up, as if it were broken, and makes another one. */
  reconnect(): void {
    this.#socket?.terminate();
  }

  /** As `reconnect`, if the connection leads, or is about to lead, to `base`. */
  leave(base: string): void {
    if (this.#base === base) this.reconnect();
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
  }

  async #connect(): Promise<void> {
    const base = this.#pick();
    if (base === null) {
      await pauseBetweenTries(50);
      if (!this.#closed) void this.#connect();
      return;
    }
    const after = this.seqs.length === 0 ? '' : `&after=${this.seqs.at(-1)}`;
    const address = `${base.replace('http', 'ws')}/v1/games/${this.gameId}/ws?since=${this.#newest}${after}`;
    const socket = new WebSocket(address, 'minotaur.v1', { headers: { authorization: `Bearer ${this.#token}` } });
    this.#socket = socket;
    this.#base = base;
    socket.on('open', () => {
      for (const { frame } of this.#pending.values()) socket.send(frame);
    });
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('error', () => {
      this.failedConnections += 1;
    });
    socket.on('close', (code) => {
      this.closes.push(code);
      if (!this.#closed && code < 4_400) setTimeout(() => void this.#connect(), 20);
    });
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'game' && frame.version !== undefined) {
      this.versions.push(frame.version);
      this.#newest = frame.version;
    }
    if (frame.type === 'events') this.seqs.push(...(frame.events ?? []).map(({ seq }) => seq));
    if (frame.type !== 'reply' || frame.ref === undefined) return;
    this.#pending.get(frame.ref)?.resolve(frame);
    this.#pending.delete(frame.ref);
  }
}
