/**
 * What a server says while we are connected to it, told to the wire, to the list of servers and to the operator.
 *
 * Role: turns the client library's status events into knowledge and log lines.
 * Invariant: what NATS says over and over (a refused publish comes back at every try) is logged once in a while.
 */
import type { Status } from 'nats';
import { isRefusal } from './diagnosis.ts';
import type { Link } from './link.ts';
import { memberPermissions, permissionFor } from './permissions.ts';
import type { Servers } from './servers.ts';
import type { Wire } from './wire.ts';

const REPEAT_MS = 10_000;

export class StatusEvents {
  readonly #wire: Wire;
  readonly #servers: Servers;
  readonly #namespace: string;
  readonly #saidAt = new Map<string, number>();

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
        this.#sayNowAndThen(String(data), { reason: data }, 'NATS reports an error');
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
    const text = 'NATS does not allow this: grant the permission to the user of the members (docs/nats-permissions.md)';
    this.#sayNowAndThen(`${action} ${grant ?? subject}`, { action, subject, grant }, text);
  }

  #sayNowAndThen(what: string, details: object, text: string): void {
    const { clock, log } = this.#wire;
    const now = clock.monotonic();
    if (now < (this.#saidAt.get(what) ?? Number.NEGATIVE_INFINITY) + REPEAT_MS) return;
    this.#saidAt.set(what, now);
    log.error(details, text);
  }
}
