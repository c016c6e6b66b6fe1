/**
 * Which connections a listener keeps: so many in all, and so many of one address.
 *
 * Why by address too: a connection costs its client nothing, and is kept for minutes; one stranger could hold all that there are.
 * Why not of proxies: they carry everybody's connections under one address. Their clients are told apart by request, where limits count them.
 * Invariants:
 *  - Where there is no room, the oldest connection that has never said anything goes first; only without one the newcomer goes.
 */
import type { Socket } from 'node:net';
import { addressKey, trustedAddresses } from './addresses.ts';
import type { EdgeLimits } from './edge.ts';
import type { Refusals } from './refusals.ts';

export interface ConnectionLimitsOptions {
  readonly limits: Pick<EdgeLimits, 'connections' | 'connectionsPerAddress'>;
  /** Addresses and networks whose connections are counted in all only. */
  readonly trustedProxies: readonly string[];
  readonly refusals: Refusals;
  readonly log: { warn(fields: object, message: string): void };
}

/** Some connections, and those of them that had said nothing at the last look, the oldest first. */
interface Group {
  count: number;
  readonly silent: Set<Socket>;
}

type Limit = 'connections' | 'connections_per_address';

export class ConnectionLimits {
  readonly #options: ConnectionLimitsOptions;
  readonly #isProxy: (address: string) => boolean;
  readonly #all = newGroup();
  readonly #byAddress = new Map<string, Group>();
  /** The key of its address; null for a proxy's. */
  readonly #kept = new Map<Socket, string | null>();

  constructor(options: ConnectionLimitsOptions) {
    this.#options = options;
    this.#isProxy = trustedAddresses(options.trustedProxies);
  }

  /** Whether `socket` may stay. If so it is counted until it closes; another one may have to go. */
  admit(socket: Socket): boolean {
    const { connections, connectionsPerAddress } = this.#options.limits;
    const address = socket.remoteAddress ?? '';
    const key = this.#isProxy(address) ? null : addressKey(address);
    const own = key === null ? undefined : this.#byAddress.get(key);
    if (own !== undefined && !this.#hasRoom(own, connectionsPerAddress, 'connections_per_address')) return false;
    if (!this.#hasRoom(this.#all, connections, 'connections')) return false;
    this.#keep(socket, key);
    socket.once('close', () => this.#forget(socket));
    return true;
  }

  #keep(socket: Socket, key: string | null): void {
    this.#kept.set(socket, key);
    add(this.#all, socket);
    if (key === null) return;
    const own = this.#byAddress.get(key) ?? newGroup();
    this.#byAddress.set(key, own);
    add(own, socket);
  }

  #forget(socket: Socket): void {
    const key = this.#kept.get(socket);
    if (!this.#kept.delete(socket)) return;
    remove(this.#all, socket);
    const own = this.#byAddress.get(key ?? '');
    if (own === undefined) return;
    remove(own, socket);
    if (own.count === 0) this.#byAddress.delete(key ?? '');
  }

  /** Makes room if need be. Whoever goes for it, somebody was refused. */
  #hasRoom(group: Group, most: number, limit: Limit): boolean {
    if (group.count < most) return true;
    this.#refused(limit);
    const silent = oldestSilent(group);
    if (silent === null) return false;
    this.#forget(silent);
    silent.destroy();
    return true;
  }

  #refused(limit: Limit): void {
    const { refusals, log } = this.#options;
    refusals.count(limit);
    log.warn({ limit }, 'connections are refused: a limit is reached');
  }
}

function newGroup(): Group {
  return { count: 0, silent: new Set() };
}

function add(group: Group, socket: Socket): void {
  group.count += 1;
  group.silent.add(socket);
}

function remove(group: Group, socket: Socket): void {
  group.count -= 1;
  group.silent.delete(socket);
}

/** Those that have spoken meanwhile are forgotten on the way: each is looked at once. */
function oldestSilent({ silent }: Group): Socket | null {
  for (const socket of silent) {
    if (socket.bytesRead === 0) return socket;
    silent.delete(socket);
  }
  return null;
}
