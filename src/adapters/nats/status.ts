/**
 * What happens to the connection while it is used, told to the wire and to the operator.
 *
 * Role: turns the client library's status events into the wire's knowledge and into log lines.
 * Invariant: what NATS says over and over (a refused publish comes back at every try) is logged once in a while.
 */
import type { NatsConnection, Status } from 'nats';
import { isRefusal } from './diagnosis.ts';
import type { UnsupportedServer } from './errors.ts';
import { memberPermissions, permissionFor } from './permissions.ts';
import { explainOutage, type Reach } from './reach.ts';
import { requireVersion } from './version.ts';
import type { Wire } from './wire.ts';

/** How NATS treats this client; shared with whoever decides when it tries again. */
export interface Standing {
  /** The last attempt failed because NATS refuses the credentials. */
  isRefused: boolean;
}

export interface Watched {
  readonly connection: NatsConnection;
  readonly wire: Wire;
  readonly reach: Reach;
  readonly standing: Standing;
  readonly namespace: string;
}

const REPEAT_MS = 10_000;
const FLUSH_ON_CLOSE_MS = 500;

/** Keeps the wire informed about the connection. Returns the way to end it. */
export function watchStatus(watched: Watched): () => Promise<void> {
  const { connection, wire } = watched;
  let leaving = false;
  const events = new StatusEvents(watched);
  void (async () => {
    for await (const status of connection.status()) events.on(status);
  })();
  void connection.closed().then((error) => {
    events.end();
    wire.setConnected(false);
    if (!leaving) wire.log.error({ reason: error?.message }, 'the NATS client gave up: restart this member');
  });
  return async () => {
    leaving = true;
    await wire.close(FLUSH_ON_CLOSE_MS);
    await connection.close();
  };
}

class StatusEvents {
  readonly #watched: Watched;
  readonly #saidAt = new Map<string, number>();
  #endExplaining: (() => void) | null = null;
  #ended = false;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  on({ type, data, permissionContext }: Status): void {
    const { connection, wire, reach, standing } = this.#watched;
    if (this.#ended) return;
    if (type === 'disconnect') {
      // It comes again with every attempt that fails late.
      if (this.#endExplaining !== null) return;
      wire.log.warn({ server: data }, 'disconnected from NATS');
      wire.setConnected(false);
      this.#endExplaining = explainOutage(reach);
    } else if (type === 'staleConnection') {
      // The library says so of a connection that NATS is about to end, too.
      if (!standing.isRefused) wire.log.warn({ server: connection.getServer() }, 'NATS went silent');
      wire.dropSocket();
    } else if (type === 'reconnect') {
      // As often as `disconnect`.
      if (this.#endExplaining === null) return;
      if (!this.#isSuitable()) {
        wire.dropSocket();
        return;
      }
      this.#endOutage();
      standing.isRefused = false;
      wire.log.info({ server: data, version: connection.info?.version }, 'reconnected to NATS');
      wire.setConnected(true);
    } else if (type === 'error' && permissionContext) {
      this.#onDenial(permissionContext);
    } else if (type === 'error' && isRefusal(data)) {
      // The outage that follows is explained.
      standing.isRefused = true;
    } else if (type === 'error') {
      this.#sayNowAndThen(String(data), { reason: data }, 'NATS reports an error');
    } else if (type === 'ldm') {
      wire.log.info({ server: data }, 'this NATS server is about to stop');
    }
  }

  /** Nothing counts any more: events may still be waiting to be told. */
  end(): void {
    this.#ended = true;
    this.#endOutage();
  }

  /** A server may have been replaced by an older one, and the servers of a cluster may differ. */
  #isSuitable(): boolean {
    const { connection, wire } = this.#watched;
    try {
      requireVersion(connection, wire.log);
      return true;
    } catch (error) {
      const { message } = error as UnsupportedServer;
      this.#sayNowAndThen(message, { server: connection.getServer(), reason: message }, 'this NATS server is not used');
      return false;
    }
  }

  #endOutage(): void {
    this.#endExplaining?.();
    this.#endExplaining = null;
  }

  #onDenial({ operation, subject }: { readonly operation: string; readonly subject: string }): void {
    const { wire, namespace } = this.#watched;
    const action = operation === 'publish' ? 'publish' : 'subscribe';
    if (action === 'publish') wire.denied(subject);
    const grant = permissionFor(memberPermissions(namespace, true)[action], subject);
    const text = 'NATS does not allow this: grant the permission to the user of the members (docs/nats-permissions.md)';
    this.#sayNowAndThen(`${action} ${grant ?? subject}`, { action, subject, grant }, text);
  }

  #sayNowAndThen(what: string, details: object, text: string): void {
    const { clock, log } = this.#watched.wire;
    const now = clock.monotonic();
    if (now < (this.#saidAt.get(what) ?? Number.NEGATIVE_INFINITY) + REPEAT_MS) return;
    this.#saidAt.set(what, now);
    log.error(details, text);
  }
}
