/**
 * What a server says while we are connected to it, told to the wire, to the list of servers and to the operator.
 *
 * Role: turns the client library's status events into knowledge and log lines.
 */
import type { Status } from 'nats';
import { isRefusal } from './diagnosis.ts';
import type { Link } from './link.ts';
import { memberPermissions, permissionFor } from './permissions.ts';
import type { Servers } from './servers.ts';
import type { Wire } from './wire.ts';

export class StatusEvents {
  readonly #wire: Wire;
  readonly #servers: Servers;
  readonly #namespace: string;

  constructor(wire: Wire, servers: Servers, namespace: string) {
    this.#wire = wire;
    this.#servers = servers;
    this.#namespace = namespace;
  }

  /** Hears what comes over this link until it ends. */
  listen(link: Link): void {
    const { log } = this.#wire;
    const { address } = link.server;
    let isRefused = false;
    const learnServers = (): void => this.#servers.announced(link.info.connect_urls ?? [], link.server);
    learnServers();
    link.listen(({ type, data, permissionContext }) => {
      if (type === 'staleConnection') {
        // The library says so of a connection that NATS is about to end, too.
        if (!isRefused) log.warn({ server: address }, 'NATS went silent');
      } else if (type === 'error' && permissionContext) {
        this.#onDenial(permissionContext);
      } else if (type === 'error' && isRefusal(data)) {
        // The outage that follows is explained.
        isRefused = true;
      } else if (type === 'error') {
        log.error({ reason: data }, 'NATS reports an error');
      } else if (type === 'update') {
        learnServers();
      } else if (type === 'ldm') {
        log.info({ server: address }, 'this NATS server is about to stop');
      }
    });
  }

  #onDenial({ operation, subject }: NonNullable<Status['permissionContext']>): void {
    const action = operation === 'publish' ? 'publish' : 'subscribe';
    if (action === 'publish') this.#wire.denied(subject);
    const grant = permissionFor(memberPermissions(this.#namespace, true)[action], subject);
    this.#wire.log.error(
      { action, subject, grant },
      'NATS does not allow this: grant the permission to the user of the members (docs/nats-permissions.md)',
    );
  }
}
