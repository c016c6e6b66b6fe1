/**
 * The NATS servers of k8s/ on this machine: the ConfigMap's configuration, the container's command, variables and probes.
 *
 * Role: what the StatefulSet would run, on ports of the loopback interface and in a folder; nothing else of it is changed, but for the
 * pause before clients are sent away (`lameDuckGrace`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Child } from '../child.ts';
import { freePort } from '../ports.ts';
import { waitFor } from '../wait.ts';
import { podNumbers, portOf } from './numbers.ts';
import { environmentOf, type Overlay } from './objects.ts';
import { Pod, type PodProcess } from './pod.ts';

export interface NatsPodsOptions {
  readonly overlay: Overlay;
  readonly binary: string;
  /** Of its own; volumes are folders in it. */
  readonly folder: string;
  /** `secret/key`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly lameDuckGrace: string;
  readonly minReadyMs: number;
}

interface Ports {
  readonly client: number;
  readonly cluster: number;
  readonly monitor: number;
}

export class NatsPods {
  readonly processes: NatsPodProcess[] = [];
  /** Servers that did not catch up and had to be replaced once more. */
  replacedAgain = 0;
  readonly #options: NatsPodsOptions;
  readonly #ports: Ports[] = [];
  #pods: Pod[] = [];
  readonly #problems: string[] = [];

  constructor(options: NatsPodsOptions) {
    this.#options = options;
  }

  /** `127.0.0.1:port` of each server. */
  get addresses(): readonly string[] {
    return this.#ports.map(({ client }) => `127.0.0.1:${client}`);
  }

  get problems(): readonly string[] {
    return [...this.#problems, ...this.#pods.flatMap(({ problems }) => problems)];
  }

  /** All at once, as `podManagementPolicy: Parallel` has it; resolves when all are ready. */
  async start(): Promise<void> {
    const { replicas = 1 } = this.#options.overlay.get('StatefulSet', 'nats').spec;
    for (let index = 0; index < replicas; index++) {
      this.#ports.push({ client: await freePort(), cluster: await freePort(), monitor: await freePort() });
    }
    for (const [index, ports] of this.#ports.entries()) {
      this.processes.push(new NatsPodProcess(this.#prepare(`nats-${index}`, ports), `nats-${index}`));
    }
    this.#pods = this.processes.map((_, index) => this.#newPod(index));
    for (const pod of this.#pods) pod.start();
    for (const pod of this.#pods) await this.#ready(pod, 60_000);
  }

  /**
   * The rolling update of a StatefulSet: from the last to the first, the next one when the last has been ready for `minReadyMs`. One that
   * does not catch up is deleted again, as docs/operations.md has it: nats-server 2.10 can get stuck there (nats-server#5976).
   */
  async update(): Promise<void> {
    for (const index of this.#pods.keys().toArray().reverse()) {
      const stuck = await this.#replace(index, 30_000).catch(() => 'stuck');
      if (stuck === undefined) continue;
      this.replacedAgain += 1;
      await this.#replace(index, 60_000);
    }
  }

  async #replace(index: number, timeoutMs: number): Promise<void> {
    const old = this.#pods[index] as Pod;
    await old.delete();
    this.#problems.push(...old.problems);
    const pod = this.#newPod(index);
    this.#pods[index] = pod;
    pod.start();
    await this.#ready(pod, timeoutMs);
  }

  async dispose(): Promise<void> {
    for (const pod of this.#pods) pod.terminating = true;
    await Promise.all(this.processes.map((process) => process.child.kill()));
  }

  async #ready(pod: Pod, timeoutMs: number): Promise<void> {
    await waitFor(`${pod.name} is ready`, () => pod.readySince !== null, { timeoutMs });
    await pause(this.#options.minReadyMs);
  }

  #newPod(index: number): Pod {
    const { overlay } = this.#options;
    const process = this.processes[index] as NatsPodProcess;
    const container = overlay.container('nats');
    const monitor = this.#ports[index]?.monitor;
    const hook = container.lifecycle?.preStop?.exec?.command;
    if (portOf(container, 'monitor') !== podNumbers(overlay.pods('nats')).startup?.port)
      throw new Error('not the monitor');
    return new Pod({
      process,
      numbers: podNumbers(overlay.pods('nats')),
      addressOf: () => `http://127.0.0.1:${monitor}`,
      ...(hook && { preStop: () => process.run(hook) }),
      changed: () => {},
    });
  }

  /** Lays out the volumes of one pod; what is left to say is how to find them and its ports here. */
  #prepare(name: string, ports: Ports): NatsPodPlace {
    const { folder, overlay, binary, secrets, lameDuckGrace } = this.#options;
    const volumes: Readonly<Record<string, string>> = {
      '/etc/nats-tls': join(folder, name, 'tls'),
      '/etc/nats': join(folder, name, 'etc'),
      '/run/nats': join(folder, name, 'run'),
      '/data': join(folder, name, 'data'),
    };
    const here = (text: string) =>
      text.replace(
        /(?<![\w.-])(\/etc\/nats-tls|\/etc\/nats|\/run\/nats|\/data)(?=[/\s]|$)/gm,
        (path) => volumes[path] ?? path,
      );
    for (const path of Object.values(volumes)) mkdirSync(path, { recursive: true });
    for (const key of ['ca.crt', 'tls.crt', 'tls.key']) {
      writeFileSync(join(volumes['/etc/nats-tls'] ?? '', key), secrets[`nats-tls/${key}`] ?? '');
    }
    for (const [file, text] of Object.entries(overlay.get('ConfigMap', 'nats').data ?? {})) {
      const local = here(text)
        .replace(/^port: \d+$/m, `host: 127.0.0.1\nport: ${ports.client}`)
        .replace(/^http_port: \d+$/m, `http: 127.0.0.1:${ports.monitor}`)
        .replace(/^( +)port: \d+$/m, `$1host: 127.0.0.1\n$1port: ${ports.cluster}`)
        .replace(/nats-(\d)\.nats:\d+/g, (_, index) => `127.0.0.1:${this.#ports[Number(index)]?.cluster}`)
        .replace(/(?<=^lame_duck_grace_period: ).*$/m, lameDuckGrace);
      writeFileSync(join(volumes['/etc/nats'] ?? '', file), local);
    }
    const environment = environmentOf(overlay.container('nats'), { name, namespace: 'test', ip: '127.0.0.1', secrets });
    const command = (words: readonly string[]) => words.map((word) => here(word).replace(/^nats-server\b/, binary));
    return {
      environment,
      command,
      start: overlay.container('nats').command ?? [],
      url: `tls://127.0.0.1:${ports.client}`,
    };
  }
}

interface NatsPodPlace {
  readonly environment: Readonly<Record<string, string>>;
  /** A command of the container as it is on this machine. */
  readonly command: (words: readonly string[]) => readonly string[];
  readonly start: readonly string[];
  readonly url: string;
}

class NatsPodProcess implements PodProcess {
  readonly id: string;
  readonly #place: NatsPodPlace;
  readonly #children: Child[] = [];

  constructor(place: NatsPodPlace, id: string) {
    this.#place = place;
    this.id = id;
  }

  get url(): string {
    return this.#place.url;
  }

  get child(): Child {
    const last = this.#children.at(-1);
    if (last === undefined) throw new Error(`${this.id} was never started`);
    return last;
  }

  /** What each of its processes wrote. */
  get outputs(): readonly string[] {
    return this.#children.map(({ output }) => output);
  }

  start(): void {
    this.#children.push(this.#spawn(this.#place.start));
  }

  /** Runs a command in the container. Rejects if it fails. */
  async run(words: readonly string[]): Promise<void> {
    const child = this.#spawn(words);
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${words.join(' ')} exited ${code}: ${child.output}`);
  }

  #spawn(words: readonly string[]): Child {
    const [command = '', ...args] = this.#place.command(words);
    return new Child(command, args, this.#place.environment);
  }
}
