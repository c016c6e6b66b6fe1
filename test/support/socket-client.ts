/**
 * A WebSocket client of one game that goes where it is sent: it follows `reconnect`, and asks again what was left unanswered.
 *
 * Role: the behaviour that the contract asks of clients, small enough to trust.
 * Invariant: a frame keeps its idempotency key over all of its attempts.
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

interface Pending {
  readonly frame: string;
  readonly resolve: (reply: SocketReply) => void;
}

export class SocketClient {
  readonly gameId: string;
  /** Versions of the game frames, as they came. */
  readonly versions: number[] = [];
  /** Close codes of the connections that ended. */
  readonly closes: number[] = [];
  /** Connections that could not be made. */
  failedConnections = 0;
  readonly #pick: Pick;
  readonly #pending = new Map<string, Pending>();
  #socket: WebSocket | null = null;
  #closed = false;
  #newest = 0;

  constructor(gameId: string, pick: Pick) {
    this.gameId = gameId;
    this.#pick = pick;
    void this.#connect();
  }

  /** Sends one frame, again on the next connection if need be. Rejects when there is no reply in time. */
  request(type: string, body: unknown, timeoutMs = 15_000): Promise<SocketReply> {
    const ref = randomUUID();
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
    const address = `${base.replace('http', 'ws')}/v1/games/${this.gameId}/ws?since=${this.#newest}`;
    const socket = new WebSocket(address, 'minotaur.v1', { headers: { authorization: `Bearer ${adminToken}` } });
    this.#socket = socket;
    socket.on('open', () => {
      for (const { frame } of this.#pending.values()) socket.send(frame);
    });
    socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
    socket.on('error', () => {
      this.failedConnections += 1;
    });
    socket.on('close', (code) => {
      this.closes.push(code);
      if (!this.#closed) setTimeout(() => void this.#connect(), 20);
    });
  }

  #receive(frame: { type: string; ref?: string; version?: number } & SocketReply): void {
    if (frame.type === 'game' && frame.version !== undefined) {
      this.versions.push(frame.version);
      this.#newest = frame.version;
    }
    if (frame.type !== 'reply' || frame.ref === undefined) return;
    this.#pending.get(frame.ref)?.resolve(frame);
    this.#pending.delete(frame.ref);
  }
}
