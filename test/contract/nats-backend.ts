/**
 * Real servers behind the contract suites: one server or a cluster of three, and real addresses to probe.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectNats, type NatsBackend } from '../../src/adapters/nats/connection.ts';
import { freePort, NatsCluster, type NatsProcess, startNats, startNatsCluster } from '../../src/dev/nats-process.ts';
import type { Backend } from './backend.ts';

/** A backend on real servers, with them at hand for what only they can suffer. */
export interface NatsServers extends Backend {
  readonly servers: readonly NatsProcess[];
  join(): Promise<NatsBackend>;
  /** Connects one more member, by that server. */
  joinAt(server: NatsProcess): Promise<NatsBackend>;
  streamLeader(stream: string): Promise<NatsProcess | null>;
}

const silent = (): void => {};
export const silentLog = { info: silent, warn: silent, error: silent };

/** What a member of these tests connects with. */
export function natsOptions(servers: readonly string[], replicas: number) {
  const clientName = 'contract';
  return {
    servers,
    credentialsFile: null,
    tls: null,
    namespace: 'test',
    replicas,
    retentionDays: 90,
    clientName,
    log: silentLog,
  };
}

/** `count` servers of that binary; three form a cluster and keep three replicas of everything. */
export async function natsBackend(binary: string, count: 1 | 3): Promise<NatsServers> {
  const dir = await mkdtemp(join(tmpdir(), 'minotaur-contract-'));
  const cluster =
    count === 3
      ? await startNatsCluster({ binary, dir })
      : new NatsCluster([await startNats({ binary, storeDir: dir })]);
  const members: NatsBackend[] = [];
  const listeners: Server[] = [];
  const listen = async (server: Server): Promise<string> => {
    listeners.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const joinAt = async (urls: readonly string[]): Promise<NatsBackend> => {
    const member = await connectNats(natsOptions(urls, count));
    members.push(member);
    return member;
  };
  return {
    servers: cluster.servers,
    streamLeader: (stream) => cluster.streamLeader(stream),
    join: () => joinAt(cluster.urls),
    joinAt: ({ url }) => joinAt([url]),
    // Three servers killed at the same moment may lose what they had only in memory: that is for sync_interval to prevent.
    stop: async () => {
      await Promise.all(cluster.servers.map((server) => server.stop(count === 1 ? 'SIGKILL' : 'SIGTERM')));
    },
    start: async () => {
      await Promise.all(cluster.servers.map((server) => server.start()));
    },
    listen: (peer) => {
      const headers = peer && { 'x-minotaur-member': peer.id, 'x-minotaur-incarnation': peer.incarnation };
      return listen(createHttpServer((_, response) => response.writeHead(200, headers ?? {}).end()));
    },
    listenSilently: () => listen(createServer(() => {})),
    nowhere: async () => `127.0.0.1:${await freePort()}`,
    close: async () => {
      await Promise.all(members.map((member) => member.close()));
      for (const server of listeners) server.close().unref();
      await cluster.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
