/**
 * Trying whether NATS can be reached, and saying why not.
 *
 * Role: at the start it waits for a server; in an outage it tells why the client does not get through, which the client
 * keeps to itself. Each server is tried by itself, on a connection for that alone: each may fail for another reason.
 * Invariant: nothing that NATS or an operator can put right ends the member, wrong credentials and certificates included.
 */
import { connect } from 'nats';
import { systemClock } from '../system.ts';
import { explain } from './diagnosis.ts';
import { UnsupportedServer } from './errors.ts';
import type { ClientOptions, ConnectionSettings } from './settings.ts';
import { judgeVersion } from './version.ts';
import type { Log } from './wire.ts';

/** What an attempt needs to know. */
export interface Reach {
  readonly client: ClientOptions;
  readonly settings: ConnectionSettings;
  readonly log: Log;
}

interface Failure {
  readonly server: string;
  readonly error: unknown;
}

const START_RETRY_MS = 250;
const OUTAGE_RETRY_MS = 5_000;
/** A reconnect usually takes less. */
const OUTAGE_FIRST_MS = 1_000;
const LOG_INTERVAL_MS = 5_000;

/** Returns once one server that is new enough answers. Rejects with UnsupportedServer, or the reason of `signal`. */
export async function waitForServer(reach: Reach, signal: AbortSignal | undefined): Promise<void> {
  for (let logAt = 0; ; ) {
    signal?.throwIfAborted();
    const failures = await attempt(reach);
    if (failures === null) return;
    const tooOld = failures.find(({ error }) => error instanceof UnsupportedServer);
    if (tooOld) throw tooOld.error;
    if (systemClock.monotonic() >= logAt) {
      tell(reach, failures);
      logAt = systemClock.monotonic() + LOG_INTERVAL_MS;
    }
    await new Promise<void>((resolve) => systemClock.after(START_RETRY_MS, resolve));
  }
}

/** Says every few seconds why no server can be reached, while that is so. Returns the way to end it. */
export function explainOutage(reach: Reach): () => void {
  let ended = false;
  const look = async (): Promise<void> => {
    const failures = await attempt(reach);
    if (ended) return;
    if (failures !== null) tell(reach, failures);
    timer = systemClock.after(OUTAGE_RETRY_MS, look);
  };
  let timer = systemClock.after(OUTAGE_FIRST_MS, look);
  return () => {
    ended = true;
    timer.cancel();
  };
}

/** Null if any of the servers takes us; else why each does not. */
async function attempt({ client }: Reach): Promise<readonly Failure[] | null> {
  const failures: Failure[] = [];
  const tries = client.servers.map(async (server) => {
    try {
      await connectOnce(client, server);
    } catch (error) {
      failures.push({ server, error });
      throw error;
    }
  });
  return Promise.any(tries).then(
    () => null,
    () => failures,
  );
}

async function connectOnce(client: ClientOptions, server: string): Promise<void> {
  const connection = await connect({ ...client, servers: server, reconnect: false, ignoreClusterUpdates: true });
  try {
    judgeVersion(connection.info?.version ?? '');
  } finally {
    await connection.close();
  }
}

function tell({ log, settings }: Reach, failures: readonly Failure[]): void {
  for (const { server, error } of failures) {
    log.warn({ server, reason: explain(error, settings) }, 'waiting for NATS');
  }
}
