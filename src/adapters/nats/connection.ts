/**
 * Connecting a member to NATS: waiting for it, checking it, staying connected, leaving.
 *
 * Role: the adapter's front door; makes the store and the messaging that share one connection.
 * Invariants:
 *  - NATS being away delays the start and never fails it; a NATS that cannot work fails it with a typed error.
 *  - Once connected, the client tries to reconnect for ever, and each change is said.
 */
import { type ConnectionOptions, connect, createInbox, type NatsConnection } from 'nats';
import type { Messaging } from '../../ports/messaging.ts';
import type { Store } from '../../ports/store.ts';
import { systemClock, systemRandom } from '../system.ts';
import { type BucketOptions, ensureBuckets } from './buckets.ts';
import { NatsMessaging } from './messaging.ts';
import { inboxPrefix } from './names.ts';
import { type Reach, waitForServer } from './reach.ts';
import { type ConnectionSettings, clientOptions } from './settings.ts';
import { type Standing, watchStatus } from './status.ts';
import { NatsStore } from './store.ts';
import { requireVersion } from './version.ts';
import { type Log, Wire } from './wire.ts';

export type NatsOptions = ConnectionSettings & BucketOptions & { readonly log: Log };

export interface NatsBackend {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly serverVersion: string;
  /** Sends what is waiting, ends every follow and subscription, and disconnects. */
  close(): Promise<void>;
}

const SHORTEST_RECONNECT_MS = 50;
const LONGEST_RECONNECT_MS = 250;
/** NATS logs each refusal, and the operator has to act first. */
const REFUSED_RECONNECT_MS = 1_000;

/**
 * Connects, waiting for NATS as long as it is away, and makes the buckets that are missing. Rejects with
 * UnsupportedServer, UnsuitableBucket, BucketRefused, the errors of `clientOptions`, or the reason of `signal`.
 */
export async function connectNats(options: NatsOptions, signal?: AbortSignal): Promise<NatsBackend> {
  const { namespace, log } = options;
  const reach: Reach = { client: clientOptions(options), settings: options, log };
  await waitForServer(reach, signal);
  const standing: Standing = { isRefused: false };
  const connection = await connectForGood(reach.client, standing, signal);
  const wire = new Wire(connection, createInbox(inboxPrefix(namespace)), systemClock, log);
  const disconnect = watchStatus({ connection, wire, reach, standing, namespace });
  try {
    const serverVersion = requireVersion(connection, log);
    await ensureBuckets(wire, options, signal);
    const store = new NatsStore(wire, namespace);
    const messaging = new NatsMessaging(wire, namespace);
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

async function connectForGood(
  client: ConnectionOptions,
  standing: Standing,
  signal: AbortSignal | undefined,
): Promise<NatsConnection> {
  let starting = true;
  const connection = await connect({
    ...client,
    // Without it, the servers that are down at the first connect would be forgotten.
    waitOnFirstConnect: true,
    reconnectDelayHandler: () => {
      if (starting) signal?.throwIfAborted();
      if (standing.isRefused) return REFUSED_RECONNECT_MS;
      return SHORTEST_RECONNECT_MS + systemRandom.fraction() * (LONGEST_RECONNECT_MS - SHORTEST_RECONNECT_MS);
    },
  });
  starting = false;
  return connection;
}
