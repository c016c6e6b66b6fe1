/**
 * A connection of somebody who looks once: made once, never again, and ended whatever happens.
 *
 * Why not the library's `connect`: it leaves the socket of a server that takes connections and says nothing, which keeps a process alive for ever.
 * Invariants:
 *  - An attempt that fails leaves no socket behind, and every wait ends with the connection.
 *  - A server that stands still ends the connection: its pings are not answered.
 */
import { type NatsConnection, NatsError } from 'nats';
import { NatsConnectionImpl, setTransportFactory } from 'nats/lib/nats-base-client/internal_mod.js';
import { nodeResolveHost } from 'nats/lib/src/node_transport.js';
import { explain } from './diagnosis.ts';
import { type ClientOptions, type ConnectionSettings, clientOptions } from './settings.ts';
import { OwnedSocket } from './socket.ts';

/** NATS did not answer, or does not let us in. The message names its addresses, without logins. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly reason: string;

  constructor(error: unknown, settings: ConnectionSettings) {
    const reason = explain(error, settings);
    super(`NATS at ${settings.servers.map(shownAddress).join(', ')}: ${reason}`);
    this.reason = reason;
  }
}

/** Rejects with what the library says, and with the file system's error for a file that cannot be read. */
export function connectOnce(
  settings: ConnectionSettings,
  more: Pick<ClientOptions, 'inboxPrefix'> = {},
): Promise<NatsConnection> {
  setTransportFactory({ factory: () => new OwnedSocket(), dnsResolveFn: nodeResolveHost });
  return NatsConnectionImpl.connect({ ...clientOptions(settings), ...more });
}

/** The library never settles some of its promises once the connection has ended. */
export async function whileConnected<Value>(connection: NatsConnection, wait: Promise<Value>): Promise<Value> {
  const ended = connection.closed().then((error) => {
    throw error ?? NatsError.errorForCode('TIMEOUT');
  });
  return Promise.race([wait, ended]);
}

/** Without `user:password@`. */
export function shownAddress(server: string): string {
  return server.replace(/^([a-z]+:\/\/)?.*@/, '$1');
}
