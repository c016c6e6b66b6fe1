/**
 * Each NATS server of the settings by itself, as it greets: one that is away is a fact, too.
 */
import { TLSSocket } from 'node:tls';
import type { NatsConnection } from 'nats';
import { explain } from './diagnosis.ts';
import { connectOnce, shownAddress, whileConnected } from './look-connection.ts';
import type { ConnectionSettings } from './settings.ts';

const ROUND_TRIPS = 3;

/** One server, as it greets. */
export type ServerLook =
  | {
      readonly is: 'reached';
      readonly address: string;
      readonly name: string;
      readonly version: string;
      readonly maxPayload: number;
      readonly hasJetStream: boolean;
      readonly roundTripMs: number;
      /** When its certificate ends, ms since the epoch; null: it does not encrypt. */
      readonly certificateEnd: number | null;
    }
  | { readonly is: 'away'; readonly address: string; readonly reason: string };

/** Each server of the settings, by itself. Never rejects. */
export function lookAtServers(settings: ConnectionSettings): Promise<ServerLook[]> {
  const login = settings.servers.find((server) => server.includes('@'));
  return Promise.all(
    settings.servers.map(async (server): Promise<ServerLook> => {
      const address = shownAddress(server);
      // The login of one address counts for all.
      const own =
        server.includes('@') || login === undefined ? server : server.replace(/^([a-z]+:\/\/)?/, loginOf(login));
      try {
        const connection = await connectOnce({ ...settings, servers: [own] });
        return await greetingOf(connection, address).finally(() => connection.close());
      } catch (error) {
        return { is: 'away', address, reason: explain(error, settings) };
      }
    }),
  );
}

async function greetingOf(connection: NatsConnection, address: string): Promise<ServerLook> {
  let roundTripMs = Number.POSITIVE_INFINITY;
  // The first ones are measured while this process is busy with starting.
  for (let times = 0; times < ROUND_TRIPS; times += 1) {
    roundTripMs = Math.min(roundTripMs, await whileConnected(connection, connection.rtt()));
  }
  const { server_name: name, version, max_payload: maxPayload, jetstream = false } = connection.info ?? {};
  return {
    is: 'reached',
    address,
    name: name ?? '',
    version: version ?? '',
    maxPayload: maxPayload ?? 0,
    hasJetStream: jetstream,
    roundTripMs,
    certificateEnd: certificateEndOf(connection),
  };
}

/** The library shows its socket to nobody. */
function certificateEndOf(connection: NatsConnection): number | null {
  const { socket } = (connection as unknown as { protocol: { transport: { socket: unknown } } }).protocol.transport;
  return socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) : null;
}

/** `tls://user:password@`. */
function loginOf(server: string): string {
  return server.slice(0, server.lastIndexOf('@') + 1);
}
