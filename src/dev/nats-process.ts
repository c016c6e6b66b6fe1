/**
 * Running nats-server processes: one alone, or a cluster of three, for development, tests and benchmarks.
 *
 * Role: starts, stops, kills and restarts real servers on the loopback interface, storage kept over restarts.
 * Invariants:
 *  - A server that is started again has the port, the name and the storage that it had before.
 *  - No server outlives this process, however it ends; none gets the terminal's Ctrl-C, so that members can still drain.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'nats';
import { endWithThisProcess } from './watchdog.ts';

export interface NatsProcessOptions {
  readonly binary: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly storeDir: string;
  readonly cluster?: ClusterPlace;
  /** What a configuration file says beyond name and storage: accounts, users, TLS. */
  readonly config?: string;
}

/** A server's place in a cluster. */
export interface ClusterPlace {
  readonly name: string;
  readonly routePort: number;
  /** The route ports of all servers of the cluster. */
  readonly routePorts: readonly number[];
}

const START_TIMEOUT_MS = 15_000;
const CLUSTER_TIMEOUT_MS = 60_000;
/** How long servers that never ran before may take, before they are set up anew. */
const FIRST_START_MS = 20_000;
const POLL_MS = 20;

/**
 * Starts one server and waits until it takes connections. Rejects if the port is taken (EADDRINUSE), or with what the
 * server logged if it does not start.
 */
export async function startNats(options: NatsProcessOptions): Promise<NatsProcess> {
  const server = new NatsProcess({ ...options, port: options.port || (await freePort()) });
  await server.start();
  return server;
}

export class NatsProcess {
  readonly port: number;
  readonly name: string;
  readonly #options: NatsProcessOptions;
  readonly #logFile: string;
  readonly #configFile: string;
  #config = '';
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: NatsProcessOptions & { readonly port: number }) {
    this.#options = options;
    this.port = options.port;
    this.name = options.cluster?.name ?? 'nats';
    this.#logFile = join(options.storeDir, `${this.name}.log`);
    this.#configFile = join(options.storeDir, `${this.name}.conf`);
    this.configure(options.config ?? '');
  }

  /** Replaces what its configuration file says beyond name and storage. If it runs, it reads that at once. */
  configure(config: string): void {
    // In the file, not as arguments: those a server forgets when it reads its configuration again.
    const storage = `jetstream { store_dir: ${JSON.stringify(this.#options.storeDir)} }`;
    this.#config = `server_name: ${this.name}\n${storage}\n${config}`;
    if (!this.#child) return;
    writeFileSync(this.#configFile, this.#config);
    this.#child.kill('SIGHUP');
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** Starts it if it does not run, and waits until it takes connections. */
  async start(): Promise<void> {
    if (!this.#child) {
      await bindOnce(this.port);
      this.#spawn();
    }
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(this.port))) {
      if (!this.#child || Date.now() > deadline) {
        await this.kill();
        throw new Error(`nats-server did not start:\n${this.#lastLogLines()}`);
      }
      await pause(POLL_MS);
    }
  }

  /** Sends `signal` (SIGTERM; SIGUSR2 is lame duck mode) and waits until it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#child?.kill(signal);
    await this.#exited;
  }

  kill(): Promise<void> {
    return this.stop('SIGKILL');
  }

  /** Removes what it has stored. It must not run. */
  wipe(): void {
    rmSync(this.#options.storeDir, { recursive: true, force: true });
  }

  /** Stops it with `signal` and starts it again. */
  async restart(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  #spawn(): void {
    const { binary, storeDir, cluster } = this.#options;
    mkdirSync(storeDir, { recursive: true });
    const log = openSync(this.#logFile, 'a');
    writeFileSync(this.#configFile, this.#config);
    const args = ['-a', '127.0.0.1', '-p', String(this.port), '-c', this.#configFile];
    const child = spawn(binary, [...args, ...clusterArguments(cluster)], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    const release = child.pid === undefined ? () => {} : endWithThisProcess(child.pid);
    this.#exited = new Promise((resolve) => {
      const gone = (): void => {
        release();
        if (this.#child === child) this.#child = null;
        resolve();
      };
      child.once('exit', gone);
      child.once('error', gone);
    });
    child.unref();
  }

  #lastLogLines(): string {
    return readFileSync(this.#logFile, 'utf8').trim().split('\n').slice(-10).join('\n');
  }
}

/** Starts `size` servers that form one cluster, and waits until JetStream works on all of them. */
export async function startNatsCluster({
  binary,
  size = 3,
  dir,
}: {
  readonly binary: string;
  readonly size?: number;
  readonly dir: string;
}): Promise<NatsCluster> {
  const ports = await Promise.all(Array.from({ length: 2 * size }, freePort));
  const routePorts = ports.slice(size);
  const servers = routePorts.map((routePort, index) => {
    const name = `nats-${index + 1}`;
    const cluster = { name, routePort, routePorts };
    return new NatsProcess({ binary, port: ports[index] as number, storeDir: join(dir, name), cluster });
  });
  const cluster = new NatsCluster(servers);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

export class NatsCluster {
  readonly servers: readonly NatsProcess[];
  #hasStarted = false;

  constructor(servers: readonly NatsProcess[]) {
    this.servers = servers;
  }

  get urls(): readonly string[] {
    return this.servers.map((server) => server.url);
  }

  /** Waits until the cluster has a leader that knows all of its servers. */
  async #ready(timeoutMs = CLUSTER_TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const probe = { name: 'READY', subjects: ['minotaur.ready'], storage: 'memory', num_replicas: this.servers.length };
    for (;;) {
      const error = (await this.#ask('STREAM.CREATE.READY', probe))?.error;
      if (!error) break;
      if (Date.now() > deadline) {
        throw new Error('the nats-server cluster did not get ready', { cause: error });
      }
      await pause(5 * POLL_MS);
    }
    await this.#ask('STREAM.DELETE.READY', {});
  }

  /** Starts those that do not run, and waits until JetStream works on them. */
  async start(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.start()));
    if (this.#hasStarted) await this.#ready();
    else await this.#ready(FIRST_START_MS).catch(() => this.#startAnew());
    this.#hasStarted = true;
  }

  /** New servers do not always become a cluster: a leader was elected once, and refused every stream for a minute. */
  async #startAnew(): Promise<void> {
    await this.stop();
    for (const server of this.servers) server.wipe();
    await Promise.all(this.servers.map((server) => server.start()));
    await this.#ready();
  }

  /** The server that leads a stream; null while it has no leader. */
  async streamLeader(stream: string): Promise<NatsProcess | null> {
    const leader = (await this.#ask(`STREAM.INFO.${stream}`, {}))?.cluster?.leader;
    return this.servers.find((server) => server.name === leader) ?? null;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }

  /** One request to the JetStream API on whichever server answers. */
  async #ask(api: string, body: object): Promise<ApiAnswer> {
    try {
      const connection = await connect({ servers: [...this.urls], reconnect: false, timeout: 1_000 });
      try {
        return (await connection.request(`$JS.API.${api}`, JSON.stringify(body), { timeout: 2_000 })).json();
      } finally {
        await connection.close();
      }
    } catch (error) {
      return { error };
    }
  }
}

interface ApiAnswer {
  readonly error?: unknown;
  readonly cluster?: { readonly leader?: string };
}

function clusterArguments(cluster: ClusterPlace | undefined): readonly string[] {
  if (!cluster) return [];
  const routes = cluster.routePorts.map((port) => `nats://127.0.0.1:${port}`).join(',');
  return ['--cluster_name', 'minotaur', '--cluster', `nats://127.0.0.1:${cluster.routePort}`, '--routes', routes];
}

/** Whether a NATS server greets on that port. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    const settle = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', settle(true));
    socket.once('error', settle(false));
    socket.setTimeout(1_000, settle(false));
  });
}

/** A port of the loopback interface that nobody listens on. */
export function freePort(): Promise<number> {
  return bindOnce(0);
}

/** Listens for a moment on `port` (0: any) and returns it. Rejects if it is taken: a server there would look like ours. */
function bindOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const bound = server.address() as AddressInfo;
      server.close(() => resolve(bound.port));
    });
  });
}
