/**
 * Connecting a member to NATS: waiting for it, checking it, staying connected, leaving.
 *
 * Role: the adapter's front door; makes the store and the messaging that share one connection.
 * Invariants:
 *  - NATS being away delays the start and never fails it; a NATS that cannot work fails it with a typed error.
 *  - Once connected, it connects again for ever, and each change is said.
 *  - There is at most one socket to NATS: a connection has ended, and is out of the wire, before the next is tried.
 */
import { createInbox } from 'nats';
import type { Messaging } from '../../ports/messaging.ts';
import type { Store } from '../../ports/store.ts';
import { systemClock, systemRandom } from '../system.ts';
import { type BucketOptions, ensureBuckets } from './buckets.ts';
import { isUnsuitable } from './errors.ts';
import type { Link } from './link.ts';
import { NatsMessaging } from './messaging.ts';
import { inboxPrefix } from './names.ts';
import { warnOfPayload } from './payload.ts';
import { type Reach, reachServer } from './reach.ts';
import { Servers } from './servers.ts';
import { type ConnectionSettings, clientOptions } from './settings.ts';
import { StatusEvents } from './status.ts';
import { NatsStore } from './store.ts';
import { warnOfVersion } from './version.ts';
import { type Log, Wire } from './wire.ts';

export type NatsOptions = ConnectionSettings & BucketOptions & { readonly log: Log };

export interface NatsBackend {
  readonly store: Store;
  readonly messaging: Messaging;
  readonly serverVersion: string;
  /** Sends what is waiting, ends every follow and subscription, and disconnects. */
  close(): Promise<void>;
}

/** Connecting again usually takes less. */
const QUIET_OUTAGE_MS = 1_000;
const FLUSH_ON_CLOSE_MS = 500;

/**
 * Connects, waiting for NATS as long as it is away, and makes the buckets that are missing. Rejects with
 * UnsupportedServer, PayloadTooSmall, UnsuitableBucket, BucketRefused, the errors of `clientOptions`, or the reason of `signal`.
 */
export async function connectNats(options: NatsOptions, signal?: AbortSignal): Promise<NatsBackend> {
  const { namespace, log } = options;
  const client = clientOptions(options);
  const servers = new Servers(client.servers, systemRandom);
  const reach: Reach = { client, servers, settings: options, clock: systemClock, random: systemRandom, log };
  const starting = signal ?? new AbortController().signal;
  const link = await reachServer(reach, starting, 0, isUnsuitable);
  const wire = new Wire(createInbox(inboxPrefix(namespace)), systemClock, log);
  const disconnect = stayConnected(link, wire, reach, namespace);
  try {
    const serverVersion = link.version;
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

/** One link after the other carries the wire. Returns the way to end it. */
function stayConnected(first: Link, wire: Wire, reach: Reach, namespace: string): () => Promise<void> {
  const leaving = new AbortController();
  const events = new StatusEvents(wire, reach.servers, namespace);
  let link = first;
  const use = (next: Link): void => {
    link = next;
    warnOfVersion(link.version, wire.log);
    events.listen(link);
    wire.attach(link);
    warnOfPayload(wire.largestMessage, wire.log);
  };
  const keep = async (): Promise<void> => {
    for (;;) {
      const error = await link.ended;
      wire.detach();
      if (leaving.signal.aborted) return;
      wire.log.warn({ server: link.server.address, reason: error?.message }, 'disconnected from NATS');
      const next = await reachServer(reach, leaving.signal, QUIET_OUTAGE_MS, () => false);
      if (leaving.signal.aborted) return next.end();
      wire.log.info({ server: next.server.address, version: next.version }, 'reconnected to NATS');
      use(next);
    }
  };
  use(first);
  keep().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return async () => {
    leaving.abort();
    await wire.close(FLUSH_ON_CLOSE_MS);
    link.end();
  };
}
