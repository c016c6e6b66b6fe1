/**
 * docker-compose.yml as it is, under a name of its own, and everything that a test does to its containers.
 *
 * Role: `compose` and `docker` with the right settings; the addresses of the balancer, of members' ports for operators, of NATS' monitoring.
 * Invariant: `dispose` leaves no container, network, volume or mount behind.
 */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adminToken, send, tokenSecrets } from '../../support/client.ts';
import type { ClusterReport } from '../../support/member-process.ts';
import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait.ts';
import type { Engine } from './engine.ts';
import { docker, type ImageSettings } from './images.ts';
import { run } from './shell.ts';

export const members = ['m1', 'm2', 'm3'] as const;
export const natsServers = ['nats-1', 'nats-2', 'nats-3'] as const;
export type Member = (typeof members)[number];
export type Service = Member | (typeof natsServers)[number] | 'balancer';

/** What a NATS server tells of a stream; only its leader knows how the replicas do. */
interface Stream {
  readonly name: string;
  readonly cluster: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
  };
}

/** One a bucket. */
const streams = 4;
const root = join(import.meta.dirname, '..', '..', '..');
const diskMegabytes = 256;

export class Deployment {
  readonly project: string;
  /** The balancer, where clients go. */
  readonly url: string;
  readonly #engine: Engine;
  readonly #disks: string;
  readonly #environment: Record<string, string>;
  readonly #opsPorts: ReadonlyMap<string, number>;

  private constructor(engine: Engine, ports: readonly number[], images: ImageSettings) {
    this.#engine = engine;
    this.project = engine.run.name;
    this.#disks = join(engine.run.folder, 'disks');
    const [front = 0, ...ops] = ports;
    this.url = `http://127.0.0.1:${front}`;
    this.#opsPorts = new Map(members.map((member, index) => [member, ops[index] ?? 0]));
    this.#environment = {
      ...images,
      DOCKER_HOST: engine.host,
      COMPOSE_PROJECT_NAME: this.project,
      MINOTAUR_HTTP_PORT: String(front),
      MINOTAUR_ADMIN_TOKENS: adminToken,
      MINOTAUR_TOKEN_SECRETS: tokenSecrets,
      MINOTAUR_FRONT_NETWORK: '172.31.251',
      DISKS: this.#disks,
      ...Object.fromEntries(ops.map((port, index) => [`OPS_PORT_${index + 1}`, String(port)])),
    };
  }

  /** Nothing is started. `images` names them all, Minotaur's own too. */
  static async prepare(engine: Engine, images: ImageSettings): Promise<Deployment> {
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const deployment = new Deployment(engine, ports, images);
    for (const name of natsServers) {
      const disk = join(deployment.#disks, name);
      await mkdir(disk, { recursive: true });
      // A file system of its own, which outlives its container and can be full.
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', disk]);
    }
    return deployment;
  }

  /** `docker compose …`, with `extra` in its environment. */
  compose(args: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<string> {
    const [program, ...first] = this.#engine.compose;
    const files = ['--env-file', '.env.example', '-f', 'docker-compose.yml', '-f', 'test/compose/override.yml'];
    return run(program, [...first, ...files, ...args], { cwd: root, environment: { ...this.#environment, ...extra } });
  }

  docker(...args: readonly string[]): Promise<string> {
    return docker(this.#engine, ...args);
  }

  container(service: Service): string {
    return `${this.project}-${service}-1`;
  }

  /** Starts services and what they depend on, and waits until they are healthy. */
  async up(...services: readonly Service[]): Promise<void> {
    await this.compose(['up', '--detach', '--wait', '--wait-timeout', '120', ...services]);
  }

  /** Replaces a member by one of another image, without touching anything else. */
  async replace(member: Service, image: string): Promise<void> {
    this.#environment.MINOTAUR_IMAGE = image;
    await this.compose(['up', '--detach', '--no-deps', '--wait', '--wait-timeout', '120', member]);
  }

  /** A member's port for operators. */
  ops(member: Service): string {
    return `http://127.0.0.1:${this.#opsPorts.get(member)}`;
  }

  async report(member: Service): Promise<ClusterReport> {
    const reply = await send(this.ops(member), 'GET', '/v1/cluster', { timeoutMs: 3_000 });
    if (reply.status !== 200) throw new Error(`GET /v1/cluster: ${reply.status} ${reply.text}`);
    return reply.json as ClusterReport;
  }

  /** Waits until each of `ids` sees exactly these members, active, with all slots spread evenly. */
  async settled(ids: readonly Service[] = members, timeoutMs = 60_000): Promise<void> {
    const most = (report: ClusterReport) => Math.ceil(report.slots / ids.length) + 1;
    for (const observer of ids) {
      await waitFor(
        `${observer} sees exactly ${ids} with all slots, evenly`,
        async () => {
          const report = await this.report(observer);
          const asExpected = String(report.members.map(({ id }) => id).sort()) === String([...ids].sort());
          const even = report.members.every(
            ({ status, slots }) => status === 'active' && slots > 0 && slots <= most(report),
          );
          return asExpected && even && report.unowned === 0;
        },
        { timeoutMs, everyMs: 100 },
      );
    }
  }

  /** Waits until every stream has a leader that finds both of its followers current: then any one server may go. */
  async natsWhole(): Promise<void> {
    const whole = async () => {
      const servers = await Promise.all(natsServers.map((server) => this.#streams(server)));
      const led = natsServers.flatMap((name, index) =>
        servers[index]?.filter(({ cluster }) => cluster.leader === name),
      );
      const isWhole = (stream: (typeof led)[number]) =>
        stream?.cluster.replicas?.filter(({ current, offline }) => current && offline !== true).length === 2;
      return led.length === streams && led.every(isWhole);
    };
    await waitFor('every stream has three current replicas', whole, { timeoutMs: 120_000, everyMs: 200 });
  }

  /** Which NATS server leads the stream with the games. */
  async natsLeader(): Promise<Service> {
    const leader = async () => {
      const found = (await this.#streams('nats-1')).find(({ name }) => name === 'KV_minotaur_sessions');
      return found?.cluster.leader;
    };
    return (await waitFor('the stream of the games has a leader', leader)) as Service;
  }

  /** Waits until a NATS server has turned its JetStream off. */
  async natsGaveUp(server: Service): Promise<void> {
    const disabled = async () => ((await this.#monitor(server, '/jsz')) as { disabled?: boolean }).disabled;
    await waitFor(`${server} has turned its JetStream off`, disabled, { timeoutMs: 60_000, everyMs: 100 });
  }

  /** Leaves no byte free on the disk of a NATS server. Resolves with the way to free it again. */
  async fillDisk(server: Service): Promise<() => Promise<void>> {
    const path = join(this.#disks, server, 'ballast');
    const file = await open(path, 'w');
    try {
      for (const size of [1 << 20, 4_096]) {
        const block = Buffer.alloc(size);
        while (await file.write(block).then(({ bytesWritten }) => bytesWritten === size, isFull));
      }
    } finally {
      await file.close();
    }
    return () => rm(path);
  }

  /** The last lines of every container. */
  logs(): Promise<string> {
    return this.compose(['logs', '--no-color', '--tail', '40']).catch((error: Error) => error.message);
  }

  async dispose(): Promise<void> {
    await this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '1']).catch(() => undefined);
    for (const name of natsServers) await run('umount', [join(this.#disks, name)]).catch(() => undefined);
    await rm(this.#disks, { recursive: true, force: true });
  }

  /** The streams of Minotaur, as one server knows them. */
  async #streams(server: Service): Promise<readonly Stream[]> {
    const { account_details: accounts } = (await this.#monitor(server, '/jsz?acc=MINOTAUR&streams=true')) as {
      account_details?: readonly { readonly stream_detail?: readonly Stream[] }[];
    };
    return accounts?.[0]?.stream_detail ?? [];
  }

  async #monitor(server: Service, path: string): Promise<unknown> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const address = await this.docker('inspect', '--format', format, this.container(server));
    return (await send(`http://${address}:8222`, 'GET', path, { token: null, timeoutMs: 2_000 })).json;
  }
}

function isFull(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOSPC') throw error;
  return false;
}
