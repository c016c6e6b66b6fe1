/**
 * One listening socket: opened, and closed without harm to whoever is just coming.
 *
 * Why closing is an art: what the kernel has accepted and the process has not is reset when the listener closes, and on a port that several
 * processes share (`reusePort`) nobody else gets it. So connections that wait are taken first, and the listener closes in the turn of the event
 * loop that found none: what is left is the time between the kernel's last word and the close, some microseconds, or more if the process loses
 * the CPU right there (docs/operations.md says how Linux can close that gap too).
 * Invariant: what was accepted before the close is served.
 */
import type { Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';

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
/** How long a connection that has never said anything may keep a closed listener from its end. */
const silenceMs = 1_000;

export class Listener {
  readonly server: Server;
  readonly #clock: Clock;
  readonly #atEndOfTurn: AtEndOfTurn;
  readonly #connections = new Set<Socket>();
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
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
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
    // Idle connections, and the timers of an HTTP server.
    this.server.close();
    const silence = this.#clock.after(silenceMs, () => {
      for (const socket of this.#connections) if (socket.bytesRead === 0) socket.destroy();
    });
    await ended;
    silence.cancel();
  }

  /** Cuts whatever is still connected, but for sockets that were upgraded. */
  cut(): void {
    this.server.closeAllConnections();
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
