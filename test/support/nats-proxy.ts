/**
 * A TCP proxy between one member, or another server, and one NATS server, to cut it off and to restore it.
 *
 * Role: the only network fault injector of the cluster tests.
 * Modes:
 *  - `open`: bytes pass.
 *  - `refused`: connections are reset and new ones refused, as if the server's machine had rejected them.
 *  - `blackhole`: connections stay and new ones are accepted, but not one byte passes, in either direction. What was sent
 *    meanwhile is delivered after the restoration, late, as TCP does after a network partition.
 *  - `trickle`: every byte passes by itself, as if the network cut the stream anywhere.
 *
 * Besides, it can let the server look like one of another version (`disguise`).
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './ports.ts';

export type ProxyMode = 'open' | 'refused' | 'blackhole' | 'trickle';

export class NatsProxy {
  readonly #targetPort: number;
  readonly #port: number;
  #server: Server | null = null;
  #mode: ProxyMode = 'open';
  #version: string | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  /** What came from them is not all passed on yet. */
  readonly #trickling = new Set<Socket>();
  #accepted = 0;

  private constructor(targetPort: number, port: number) {
    this.#targetPort = targetPort;
    this.#port = port;
  }

  static async open(targetPort: number): Promise<NatsProxy> {
    // One that nobody else gets while connections are refused.
    const proxy = new NatsProxy(targetPort, await freePort());
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** Connections that there ever were. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that the other side has not closed. */
  get connections(): number {
    return this.#clients.size;
  }

  async set(mode: ProxyMode): Promise<void> {
    this.#mode = mode;
    if (mode === 'refused') {
      this.#server?.close();
      this.#server = null;
      for (const socket of this.#sockets) abort(socket);
      return;
    }
    for (const socket of this.#sockets) this.#flow(socket);
    if (this.#server === null) await this.#listen();
  }

  /** From now on the server greets as one of that version; null: as what it is. */
  disguise(version: string | null): void {
    this.#version = version;
  }

  close(): Promise<void> {
    return this.set('refused');
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#bridge(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  #bridge(client: Socket): void {
    this.#accepted += 1;
    this.#clients.add(client);
    for (const end of ['end', 'close']) client.on(end, () => this.#clients.delete(client));
    const upstream = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const version = this.#version;
    this.#forward(client, upstream);
    this.#forward(upstream, client, version === null ? asItIs : (bytes) => disguised(bytes, version));
  }

  #forward(from: Socket, to: Socket, change: (bytes: Buffer) => Buffer = asItIs): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => {
      if (this.#mode === 'trickle') void this.#trickle(change(bytes), from, to);
      else to.write(change(bytes));
    });
    from.on('end', () => to.end());
    from.on('error', () => abort(to));
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
    this.#flow(from);
  }

  #flow(socket: Socket): void {
    if (this.#mode === 'blackhole' || this.#trickling.has(socket)) socket.pause();
    else socket.resume();
  }

  async #trickle(bytes: Buffer, from: Socket, to: Socket): Promise<void> {
    this.#trickling.add(from);
    this.#flow(from);
    for (let at = 0; at < bytes.length && to.writable; at += 1) {
      to.write(bytes.subarray(at, at + 1));
      // The next byte goes out when the system has had the time to deliver this one.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#trickling.delete(from);
    this.#flow(from);
  }
}

/** The server says what it is when it is connected to, and again later. */
function disguised(bytes: Buffer, version: string): Buffer {
  if (!bytes.includes('INFO {')) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll(/"version":"[^"]*"/g, `"version":"${version}"`), 'latin1');
}

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Resets the connection. One that is being shut down already cannot be reset: Node.js would leak its handle and never exit. */
function abort(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
