/**
 * Connecting a member to NATS: waiting for it, checking it, staying connected, leaving.
 *
 * Role: the adapter's front door; makes the store and the messaging that share one connection.
 * Invariants:
 *  - NATS being away delays the start and never fails it; a NATS that cannot work fails it with a typed error.
 *  - Once connected, the client tries to reconnect for ever, and each change is said.
 */
import { type ConnectionOptions, connect, createInbox, type NatsConnection, type Status } from 'nats';
import type { Messaging } from '../../ports/messaging.ts';
import type { Store } from '../../ports/store.ts';
import { systemClock, systemRandom } from '../system.ts';
import { type BucketOptions, ensureBuckets } from './buckets.ts';
import { UnsupportedServer } from './errors.ts';
import { NatsMessaging } from './messaging.ts';
import { type ConnectionSettings, clientOptions } from './settings.ts';
import { NatsStore } from './store.ts';
import { type Log, Wire } from './wire.ts';

export type NatsOptions = ConnectionSettings & BucketOptions & { readonly log: Log };

export interface NatsBackend {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly serverVersion: string;
  /** Sends what is waiting, ends every follow and subscription, and disconnects. */
  close(): Promise<void>;
}

/** Compare-and-set is unsound on clustered streams before 2.9.21; consumers with several filters came with 2.10. */
const MINIMUM_VERSION = '2.10.0';
const SHORTEST_RECONNECT_MS = 50;
const LONGEST_RECONNECT_MS = 250;
const START_RETRY_MS = 250;
const START_LOG_INTERVAL_MS = 1_000;
const FLUSH_ON_CLOSE_MS = 500;

/**
 * Connects, waiting for NATS as long as it is away, and makes the buckets that are missing. Rejects with
 * UnsupportedServer, UnsuitableBucket, BucketRefused, the errors of `clientOptions`, or the reason of `signal`.
 */
export async function connectNats(options: NatsOptions, signal?: AbortSignal): Promise<NatsBackend> {
  const client = clientOptions(options);
  await waitForServer(client, options.log, signal);
  const connection = await connectForGood(client, signal);
  const wire = new Wire(connection, createInbox(), systemClock, options.log);
  const disconnect = watchStatus(connection, wire);
  try {
    const serverVersion = requireVersion(connection);
    await ensureBuckets(wire, options, signal);
    const store = new NatsStore(wire, options.namespace);
    const messaging = new NatsMessaging(wire, options.namespace);
    const close = (): Promise<void> => {
      store.stop();
      return disconnect();
    };
    return { store, messaging, serverVersion, close };
  } catch (error) {
    await disconnect();
    throw error;
  }
}

/** Returns once a server that is new enough was reached. The connection is only for that: this attempt can be given up. */
async function waitForServer(client: ConnectionOptions, log: Log, signal: AbortSignal | undefined): Promise<void> {
  let logAt = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const connection = await connect({ ...client, reconnect: false });
      requireVersion(connection);
      return await connection.close();
    } catch (error) {
      if (error instanceof UnsupportedServer) throw error;
      if (systemClock.monotonic() >= logAt) {
        log.warn({ servers: client.servers, reason: (error as Error).message }, 'waiting for NATS');
        logAt = systemClock.monotonic() + START_LOG_INTERVAL_MS;
      }
    }
    await new Promise<void>((resolve) => systemClock.after(START_RETRY_MS, resolve));
  }
}

async function connectForGood(client: ConnectionOptions, signal: AbortSignal | undefined): Promise<NatsConnection> {
  let starting = true;
  const connection = await connect({
    ...client,
    // Without it, the servers that are down at the first connect would be forgotten.
    waitOnFirstConnect: true,
    reconnectDelayHandler: () => {
      if (starting) signal?.throwIfAborted();
      return SHORTEST_RECONNECT_MS + systemRandom.fraction() * (LONGEST_RECONNECT_MS - SHORTEST_RECONNECT_MS);
    },
  });
  starting = false;
  return connection;
}

function requireVersion(connection: NatsConnection): string {
  const version = connection.info?.version ?? '0.0.0';
  if (isOlder(version, MINIMUM_VERSION)) {
    void connection.close();
    throw new UnsupportedServer(version, MINIMUM_VERSION);
  }
  return version;
}

function isOlder(version: string, minimum: string): boolean {
  const [ours, theirs] = [version, minimum].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  for (const [index, number] of (theirs ?? []).entries()) {
    const own = ours?.[index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}

/** Keeps the wire informed about the connection. Returns the way to end it. */
function watchStatus(connection: NatsConnection, wire: Wire): () => Promise<void> {
  let leaving = false;
  const { log } = wire;
  void (async () => {
    for await (const status of connection.status()) onStatus(status, connection, wire);
  })();
  void connection.closed().then((error) => {
    wire.setConnected(false);
    if (!leaving) log.error({ reason: error?.message }, 'the NATS client gave up: restart this member');
  });
  return async () => {
    leaving = true;
    await wire.close(FLUSH_ON_CLOSE_MS);
    await connection.close();
  };
}

function onStatus({ type, data, permissionContext }: Status, connection: NatsConnection, wire: Wire): void {
  if (type === 'disconnect') {
    wire.log.warn({ server: data }, 'disconnected from NATS');
    wire.setConnected(false);
  } else if (type === 'staleConnection') {
    wire.log.warn({ server: connection.getServer() }, 'NATS went silent');
    wire.dropSocket();
  } else if (type === 'reconnect') {
    wire.log.info({ server: data, version: connection.info?.version }, 'reconnected to NATS');
    wire.setConnected(true);
  } else if (type === 'error') {
    wire.log.error({ reason: data, ...permissionContext }, 'NATS reports an error');
  } else if (type === 'ldm') {
    wire.log.info({ server: data }, 'this NATS server is about to stop');
  }
}
