/**
 * The NATS servers of one test cluster: one (R1) or three that form a cluster (R3), which can be killed and started again, and cut off from
 * each other.
 *
 * Role: places real servers in a temporary directory and on ports that stay free while they are down.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsCluster, NatsProcess } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { NatsProxy, type ProxyMode } from './nats-proxy.ts';
import { freePort } from './ports.ts';

export class NatsServers {
  readonly servers: readonly NatsProcess[];
  readonly #cluster: NatsCluster;
  readonly #directory: string;
  readonly #backup: string;
  readonly #routes: readonly Route[];

  private constructor(servers: readonly NatsProcess[], directory: string, routes: readonly Route[]) {
    this.servers = servers;
    this.#routes = routes;
    this.#cluster = new NatsCluster(servers);
    this.#directory = directory;
    this.#backup = `${directory}-backup`;
  }

  /**
   * Gives the servers their ports and directories, and `config` beyond that; none is started. Three of them reach each other by proxies, so
   * that one can be cut off.
   */
  static async prepare(count: 1 | 3, config = ''): Promise<NatsServers> {
    const binary = (await locateNatsServer()).path;
    const directory = await mkdtemp(join(tmpdir(), 'minotaur-nats-'));
    const names = Array.from({ length: count }, (_, index) => `nats-${index + 1}`);
    const ports = await Promise.all(names.map(() => freePort()));
    const routePorts = await Promise.all(names.map(() => freePort()));
    const routes = count === 1 ? [] : await routesBetween(routePorts);
    const servers = names.map((name, index) => {
      const others = routes.filter(({ from }) => from === index).map(({ proxy }) => proxy.port);
      const cluster = { name, routePort: routePorts[index] ?? 0, routePorts: others };
      const options = { binary, port: ports[index] ?? 0, storeDir: join(directory, name), config };
      if (count === 1) return new NatsProcess(options);
      // Nobody learns the way past the proxies.
      return new NatsProcess({ ...options, config: `${config}\ncluster { no_advertise: true }\n`, cluster });
    });
    return new NatsServers(servers, directory, routes);
  }

  /** Starts those that do not run, and waits until JetStream works. */
  async startAll(): Promise<void> {
    await this.#cluster.start();
  }

  /** kill -9. */
  async killAll(): Promise<void> {
    await this.#cluster.stop();
  }

  /** What the ways between `server` and the other servers do from now on. */
  async network(server: NatsProcess, mode: ProxyMode): Promise<void> {
    const index = this.servers.indexOf(server);
    const own = this.#routes.filter(({ from, to }) => from === index || to === index);
    await Promise.all(own.map(({ proxy }) => proxy.set(mode)));
  }

  /** Keeps a copy of what is stored, as a backup would. The servers must not run. */
  async backUp(): Promise<void> {
    await rm(this.#backup, { recursive: true, force: true });
    await cp(this.#directory, this.#backup, { recursive: true });
  }

  /** Puts the copy back in place: whatever was written since is gone. The servers must not run. */
  async restore(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
    await cp(this.#backup, this.#directory, { recursive: true });
  }

  /** The server that leads the stream of a bucket; null while there is none. */
  leaderOf(bucket: string): Promise<NatsProcess | null> {
    return this.#cluster.streamLeader(`KV_${bucket}`);
  }

  /** What the servers logged. */
  async output(): Promise<string> {
    const logs = this.servers.map(({ name }) => {
      const folder = this.servers.length === 1 ? 'nats-1' : name;
      return readFile(join(this.#directory, folder, `${name}.log`), 'utf8').catch(() => '(no log)');
    });
    return (await Promise.all(logs)).join('\n');
  }

  /** Kills the servers and removes their storage. */
  async dispose(): Promise<void> {
    await this.killAll();
    await Promise.all(this.#routes.map(({ proxy }) => proxy.close()));
    await rm(this.#backup, { recursive: true, force: true });
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** The way by which one server, by its index, connects to another. */
interface Route {
  readonly from: number;
  readonly to: number;
  readonly proxy: NatsProxy;
}

function routesBetween(ports: readonly number[]): Promise<Route[]> {
  const pairs = ports.flatMap((_, from) => ports.map((port, to) => ({ from, to, port })));
  const open = async ({ from, to, port }: (typeof pairs)[number]) => ({ from, to, proxy: await NatsProxy.open(port) });
  return Promise.all(pairs.filter(({ from, to }) => from !== to).map(open));
}
