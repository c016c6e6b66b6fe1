/**
 * One connection to one server, from its greeting to its end. There is no way back: the next connection is another link.
 *
 * Role: the only file that drives the client library, for what it is good at: TLS, credentials, the protocol's bytes, pings.
 * Why not its `connect`: it goes on with one parser and one table of sockets over all reconnects, and does not close them all (`socket.ts`).
 * Invariants:
 *  - A link has one socket and one parser; an attempt that fails leaves no socket behind.
 *  - After its end nothing is sent, and nobody hears from it.
 *  - What came in is never printed: the library would print bytes that it cannot parse.
 */
import type { MsgHdrs, ServerInfo, Status } from 'nats';
import {
  buildAuthenticator,
  type MsgImpl,
  ProtocolHandler,
  SubscriptionImpl,
  setTransportFactory,
} from 'nats/lib/nats-base-client/internal_mod.js';
import { EndedAtOnce } from './errors.ts';
import { type Message, toMessage } from './message.ts';
import { judgePayload } from './payload.ts';
import type { ServerAddress } from './servers.ts';
import type { ClientOptions } from './settings.ts';
import { OwnedSocket } from './socket.ts';
import { judgeVersion } from './version.ts';

/** Connects. Rejects with why it did not work, UnsupportedServer and PayloadTooSmall included, or with the reason of `signal`. */
export async function dial(client: ClientOptions, server: ServerAddress, signal: AbortSignal): Promise<Link> {
  signal.throwIfAborted();
  const protocol = new Protocol(client, server);
  const end = (): void => void protocol.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    await protocol.dialOnce(server);
    const link = new Link(protocol, server);
    judgeVersion(link.version);
    judgePayload(link.info.max_payload);
    return link;
  } catch (error) {
    end();
    signal.throwIfAborted();
    throw error ?? new EndedAtOnce();
  } finally {
    signal.removeEventListener('abort', end);
  }
}

export class Link {
  readonly server: ServerAddress;
  readonly #protocol: Protocol;

  constructor(protocol: Protocol, server: ServerAddress) {
    this.#protocol = protocol;
    this.server = server;
  }

  get isOpen(): boolean {
    return this.#protocol.connected && !this.#protocol.socket.isClosed;
  }

  /** Resolves when it has ended, with the reason if there is one. */
  get ended(): Promise<Error | undefined> {
    return this.#protocol.closed.then((error) => error ?? undefined);
  }

  get version(): string {
    return this.info.version ?? 'without a version';
  }

  /** What the server last said about itself. */
  get info(): Partial<ServerInfo> {
    return this.#protocol.info ?? {};
  }

  /** Bytes that were published and that the system has not taken yet. */
  get unsent(): number {
    return this.#protocol.outbound.size() + this.#protocol.socket.unsent;
  }

  /** What happens to it is told from here on. */
  listen(onStatus: (status: Status) => void): void {
    this.#protocol.onStatus = onStatus;
  }

  publish(subject: string, payload: Uint8Array, reply: string, headers: Uint8Array | null): void {
    this.#protocol.publish(subject, payload, {
      reply,
      ...(headers && { headers: { encode: () => headers } as unknown as MsgHdrs }),
    });
  }

  /** `onRefused`: NATS does not allow it; the subscription is over. Returns the way to end it. */
  subscribe(subject: string, onMessage: (message: Message) => void, onRefused: () => void): () => void {
    const callback = (refusal: unknown, raw: unknown): void => {
      if (!this.isOpen) return;
      if (refusal) onRefused();
      else onMessage(toMessage(raw as MsgImpl));
    };
    const subscription = new SubscriptionImpl(this.#protocol, subject, { callback });
    this.#protocol.subscribe(subscription);
    return () => subscription.unsubscribe();
  }

  /** Resolves when the server has taken all that was published; never, if the link ends before. */
  flush(): Promise<void> {
    return this.#protocol.flush();
  }

  /** Closes the socket at once. */
  end(error?: Error): void {
    this.#protocol.socket.close(error);
  }
}

/** The library's protocol on one socket. */
class Protocol extends ProtocolHandler {
  onStatus: (status: Status) => void = () => {};

  constructor(client: ClientOptions, server: ServerAddress) {
    const authenticator = buildAuthenticator(client);
    // Nobody answers through the library's messages: they have no publisher.
    super({ ...client, servers: [server.address], authenticator }, { publish: () => {} });
  }

  get socket(): OwnedSocket {
    return this.transport as OwnedSocket;
  }

  dialOnce({ tlsName }: ServerAddress): Promise<void> {
    const server = this.servers.getCurrentServer();
    server.tlsName = tlsName;
    this.server = server;
    // It is one for the whole process, and `dial` asks it before it returns.
    setTransportFactory({ factory: () => new OwnedSocket() });
    return this.dial(server);
  }

  override dispatchStatus(status: Status): void {
    this.onStatus(status);
  }

  /** A new parser comes with every socket: here, with the only one. */
  override resetOutbound(): void {
    super.resetOutbound();
    const { parser } = this;
    const parse = parser.parse.bind(parser);
    parser.parse = (bytes) => {
      if (this.socket.isClosed) return;
      try {
        parse(bytes);
      } catch {
        this.socket.close(new Error('what it sends is not the protocol of NATS'));
      }
    };
  }
}
