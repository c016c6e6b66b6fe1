/**
 * The NATS servers of one test cluster: one (R1) or three that form a cluster (R3), which can be killed and started again.
 *
 * Role: places real servers in a temporary directory and on ports that stay free while they are down.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NatsCluster, NatsProcess } from '../../src/dev/nats-process.ts';
import { locateNatsServer } from '../../src/dev/nats-server.ts';
import { freePort } from './ports.ts';

export class NatsServers {
  readonly servers: readonly NatsProcess[];
  readonly #cluster: NatsCluster;
  readonly #directory: string;
  readonly #backup: string;

  private constructor(servers: readonly NatsProcess[], directory: string) {
    this.servers = servers;
    this.#cluster = new NatsCluster(servers);
    this.#directory = directory;
    this.#backup = `${directory}-backup`;
  }

  /** Gives the servers their ports and directories, and `config` beyond that; none is started. */
  static async prepare(count: 1 | 3, config = ''): Promise<NatsServers> {
    const binary = (await locateNatsServer()).path;
    const directory = await mkdtemp(join(tmpdir(), 'minotaur-nats-'));
    const names = Array.from({ length: count }, (_, index) => `nats-${index + 1}`);
    const ports = await Promise.all(names.map(() => freePort()));
    const routePorts = await Promise.all(names.map(() => freePort()));
    const servers = names.map((name, index) => {
      const cluster = { name, routePort: routePorts[index] ?? 0, routePorts };
      const options = { binary, port: ports[index] ?? 0, storeDir: join(directory, name), config };
      return new NatsProcess(count === 1 ? options : { ...options, cluster });
    });
    return new NatsServers(servers, directory);
  }

  /** Starts those that do not run, and waits until JetStream works. */
  async startAll(): Promise<void> {
    await this.#cluster.start();
  }

  /** kill -9. */
  async killAll(): Promise<void> {
    await this.#cluster.stop();
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
    await rm(this.#backup, { recursive: true, force: true });
    await rm(this.#directory, { recursive: true, force: true });
  }
}
