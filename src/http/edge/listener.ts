/**
 * One listening socket: opened, and closed without harm to whoever is just coming.
 *
 * Why closing is an art: what the kernel has accepted and the process has not is reset when the listener closes, and on a port that several
 * processes share (`reusePort`) nobody else gets it. So connections that wait are taken first, and the listener closes in the turn of the event
 * loop that found none: what is left is the time between the kernel's last word and the close, some microseconds, or more if the process loses
 * the CPU right there (docs/operations.md says how Linux can close that gap too).
 * The same goes for connections that are kept between two requests: a request that is already here, or comes while others are being closed, would be
 * lost with its connection. So they are closed a few at a time, right after a turn that found nothing to read: for each the time in which a request
 * can cross the end is some microseconds and its way here, instead of as long as it takes to close them all.
 * Invariant: what was accepted before the close is served.
 */
import type { Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { lingerAtEnd } from './lingering-close.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly reusePort?: boolean;
}

/** Runs `run` after everything that is ready in this turn of the event loop, new connections included. */
export type AtEndOfTurn = (run: () => void) => void;

/** A turn that took longer may have left somebody waiting meanwhile. */
const quickTurnMs = 0.1;
/** Under a load that leaves no quick turn, the listener closes all the same. */
const patienceMs = 1_000;
/** How long kept connections may take to be closed with care. */
const farewellMs = 1_000;
/** How long closing some of them may take, until those that are left are looked at anew. */
const farewellTurnMs = 0.1;
/** How long a connection that has never said anything may keep a closed listener from its end. */
const silenceMs = 1_000;

export class Listener {
  readonly server: Server;
  readonly #clock: Clock;
  readonly #atEndOfTurn: AtEndOfTurn;
  /** What each had said when its last answer was out: nothing new since then means that it waits for its next request. */
  readonly #connections = new Map<Socket, number>();
  #accepted = 0;

  /** `admit` says which connections may stay. */
  constructor(server: Server, clock: Clock, atEndOfTurn: AtEndOfTurn, admit: (socket: Socket) => boolean = () => true) {
    this.server = server;
    this.#clock = clock;
    this.#atEndOfTurn = atEndOfTurn;
    server.on('connection', (socket) => {
      this.#accepted += 1;
      if (!admit(socket)) {
        socket.destroy();
        return;
      }
      this.#connections.set(socket, 0);
      lingerAtEnd(socket, clock);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', (_request, socket: Socket) => this.#connections.delete(socket));
    const connections = this.#connections;
    // One function for all: a response says itself whose it is.
    function settle(this: ServerResponse): void {
      const { socket } = this.req;
      if (connections.has(socket)) connections.set(socket, socket.bytesRead);
    }
    server.on('request', (_request, response) => response.on('close', settle));
  }

  /** Listens; resolves with the port. Rejects if that cannot be. */
  open(address: ListenAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(address, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes who waits, listens no more, closes idle connections; resolves when the last connection is gone. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.server.once('close', () => resolve()));
    if (this.server.listening) await this.#stopListening();
    await this.#closeKept();
    // What is left of idle connections, and the timers of an HTTP server.
    this.server.close();
    const silence = this.#clock.after(silenceMs, () => {
      for (const socket of this.#connections.keys()) if (socket.bytesRead === 0) socket.destroy();
    });
    await ended;
    silence.cancel();
  }

  /** Cuts whatever is still connected, but for sockets that were upgraded. */
  cut(): void {
    this.server.closeAllConnections();
  }

  /** Closes what waits for its next request, some after each turn that was quick: then all that had come has been read. */
  #closeKept(): Promise<void> {
    const begunAt = this.#clock.monotonic();
    // One pass is enough: who is being answered is told to close, and what came meanwhile is.
    const all = this.#connections.entries();
    return new Promise((resolve) => {
      const turn = (startedAt: number) => {
        this.#atEndOfTurn(() => {
          const now = this.#clock.monotonic();
          if (now - begunAt >= farewellMs) return resolve();
          if (now - startedAt < quickTurnMs && !this.#closeSomeKept(all, now + farewellTurnMs)) return resolve();
          turn(this.#clock.monotonic());
        });
      };
      turn(begunAt);
    });
  }

  /** Whether any may be left. */
  #closeSomeKept(all: Iterator<[Socket, number]>, until: number): boolean {
    while (this.#clock.monotonic() < until) {
      const next = all.next();
      if (next.done) return false;
      const [socket, settledAt] = next.value;
      if (settledAt > 0 && socket.bytesRead === settledAt) socket.destroy();
    }
    return true;
  }

  /** Closes the listening socket right after a turn that was quick and brought no connection. */
  #stopListening(): Promise<void> {
    const begunAt = this.#clock.monotonic();
    return new Promise((resolve) => {
      const turn = (startedAt: number, accepted: number) => {
        this.#atEndOfTurn(() => {
          const now = this.#clock.monotonic();
          const quiet = this.#accepted === accepted && now - startedAt < quickTurnMs;
          if (!quiet && now - begunAt < patienceMs) return turn(now, this.#accepted);
          // Of the HTTP server's own `close` the listening socket would be the last part, after all idle connections.
          NetServer.prototype.close.call(this.server);
          resolve();
        });
      };
      // The first turn began before anybody watched it.
      this.#atEndOfTurn(() => turn(this.#clock.monotonic(), this.#accepted));
    });
  }
}
