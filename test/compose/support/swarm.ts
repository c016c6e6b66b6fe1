/**
 * docker/stack.yml on a Swarm of one machine, and its end.
 *
 * Invariants: all of it is on the loopback interface, published ports too; `dispose` leaves no Swarm behind. An engine that is
 * in a Swarm already is left alone.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { adminToken, send, tokenSecrets } from '../../support/client.ts';
import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait.ts';
import type { Engine } from './engine.ts';
import { docker, type ImageSettings } from './images.ts';
import { removeFromEngine, swarmGateway } from './leftovers.ts';
import { run } from './shell.ts';

const root = join(import.meta.dirname, '..', '..', '..');

export class Swarm {
  readonly url: string;
  readonly #engine: Engine;
  readonly #stack: string;

  private constructor(engine: Engine, port: number) {
    this.#engine = engine;
    this.#stack = engine.run.name;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Makes a Swarm, deploys the stack, and waits until it serves. `images` names them all. */
  static async deploy(engine: Engine, images: ImageSettings): Promise<Swarm> {
    const state = await docker(engine, 'info', '--format', '{{.Swarm.LocalNodeState}}');
    if (state !== 'inactive') throw new Error(`this Docker engine is in a Swarm already (${state})`);
    const port = await freePort();
    const swarm = new Swarm(engine, port);
    try {
      const loopback = 'com.docker.network.bridge.host_binding_ipv4=127.0.0.1';
      const gatewayOptions = ['--opt', loopback, '--opt', 'com.docker.network.bridge.enable_icc=false'];
      await docker(engine, 'network', 'create', ...gatewayOptions, swarmGateway);
      await docker(engine, 'swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', '127.0.0.1:2377');
      const examples = parseEnv(await readFile(join(root, '.env.example'), 'utf8')) as Record<string, string>;
      const environment = {
        ...examples,
        ...images,
        DOCKER_HOST: engine.host,
        MINOTAUR_HTTP_PORT: String(port),
        MINOTAUR_ADMIN_TOKENS: adminToken,
        MINOTAUR_TOKEN_SECRETS: tokenSecrets,
        MINOTAUR_FRONT_NETWORK: '172.31.252',
      };
      const args = ['stack', 'deploy', '--resolve-image', 'never', '--compose-file', 'docker/stack.yml', swarm.#stack];
      await run('docker', args, { cwd: root, environment });
      await swarm.#serving();
      return swarm;
    } catch (error) {
      const state = await swarm.state();
      await swarm.dispose();
      throw new Error(`${(error as Error).message}\n${state}`);
    }
  }

  /** `docker service update` of the members; resolves when the last of the new ones has been running for a while. */
  async update(...args: readonly string[]): Promise<void> {
    await docker(this.#engine, 'service', 'update', '--quiet', '--no-resolve-image', ...args, `${this.#stack}_members`);
  }

  /** How the last update ended. */
  updateState(): Promise<string> {
    return docker(this.#engine, 'service', 'inspect', '--format', '{{.UpdateStatus.State}}', `${this.#stack}_members`);
  }

  /** What runs and what failed, with the last lines of the members. */
  async state(): Promise<string> {
    const parts = [
      ['stack', 'ps', '--no-trunc', this.#stack],
      ...['members', 'balancer', 'nats-1'].map((name) => ['service', 'logs', '--tail', '20', `${this.#stack}_${name}`]),
    ];
    const texts = await Promise.all(
      parts.map((args) => docker(this.#engine, ...args).catch((error: Error) => error.message)),
    );
    return texts.join('\n');
  }

  async dispose(): Promise<void> {
    await removeFromEngine(this.#engine.host, this.#stack);
  }

  async #serving(): Promise<void> {
    const healthy = async () =>
      (await docker(this.#engine, 'service', 'ls', '--format', '{{.Name}} {{.Replicas}}')).includes(
        `${this.#stack}_members 3/3`,
      );
    await waitFor('three members are healthy', healthy, { timeoutMs: 120_000, everyMs: 250 });
    const ready = async () =>
      (await send(this.url, 'GET', '/readyz', { token: null, timeoutMs: 2_000 })).status === 200;
    await waitFor('the balancer serves', ready, { timeoutMs: 60_000, everyMs: 100 });
  }
}
