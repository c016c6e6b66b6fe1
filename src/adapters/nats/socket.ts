/**
 * The client library's transport, with one difference: whoever is done with it has closed its socket.
 *
 * Why: the library leaves a socket open whose dial took too long. Such a socket comes to life when the server does, brings another stream
 * of bytes into the connection that was made meanwhile, and keeps what nobody reads. On a socket that blocks, the library waits for what
 * was written before it closes: for ever, if the peer has vanished.
 * Invariants:
 *  - `close` and `disconnect` destroy the socket at once, in whatever state it is; afterwards nothing is sent or read.
 *  - An error of the socket always has a listener: without one it would end the process.
 */
import { createConnection, type Socket } from 'node:net';
import { NodeTransport } from 'nats/lib/src/node_transport.js';

export class OwnedSocket extends NodeTransport {
  /** Bytes that were written and that the system has not taken yet. */
  get unsent(): number {
    return this.socket?.writableLength ?? 0;
  }

  /** As the library's, but the socket is known, and so can be closed, before it is connected. */
  override dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    const socket = createConnection({ host: hostname, port, noDelay: true });
    this.socket = socket;
    return new Promise((resolve, reject) => {
      let failure: Error | undefined;
      socket.on('error', (error) => {
        failure = error;
      });
      socket.once('close', () => reject(failure));
      socket.once('connect', () => resolve(socket));
    });
  }

  override async peekInfo() {
    const info = await super.peekInfo().catch((error?: Error) => {
      throw error ?? new Error('it ended the connection before it said who it is');
    });
    // It took all listeners off, and may read files before it puts on others.
    this.socket.on('error', ignore);
    return info;
  }

  override async close(error?: Error): Promise<void> {
    this.#destroy(error);
  }

  override disconnect(): void {
    this.#destroy();
  }

  #destroy(error?: Error): void {
    if (this.done) return;
    this.done = true;
    if (error) this.closeError = error;
    this.yields.length = 0;
    this.socket?.on('error', ignore);
    this.socket?.destroy();
    this.closedNotification.resolve(error);
  }
}

function ignore(): void {}
