/**
 * One member of a test cluster as a real process: `src/main.ts`, configured by its environment only.
 *
 * Role: starts it, asks it over HTTP, and does to it what machines and people do: stop, kill, pause, cut off, start again.
 * Invariant: the same object is the same member id and port over restarts; `incarnation` counts its processes.
 */
import { fileURLToPath } from 'node:url';
import { Child, type Exit } from './child.ts';
import { type Reply, type SendOptions, send } from './client.ts';
import type { NatsProxy, ProxyMode } from './nats-proxy.ts';
import { waitFor } from './wait.ts';

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface MemberOptions {
  readonly id: string;
  readonly port: number;
  readonly proxies: readonly NatsProxy[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ClusterReport {
  readonly self: string;
  readonly revision: number;
  readonly members: readonly {
    id: string;
    incarnation: string;
    status: string;
    slots: number;
    sessions: number | null;
    module?: { name: string; version: number; hash?: string } | null;
  }[];
  readonly slots: number;
  readonly unowned: number;
}

export class MemberProcess {
  readonly id: string;
  readonly port: number;
  readonly #proxies: readonly NatsProxy[];
  readonly #environment: Readonly<Record<string, string>>;
  /** What is started next: its main file. Another version of the sources may be deployed. */
  entry = entry;
  #child: Child | null = null;
  readonly #earlier: Child[] = [];

  constructor(options: MemberOptions) {
    this.id = options.id;
    this.port = options.port;
    this.#proxies = options.proxies;
    this.#environment = options.environment;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exit === null;
  }

  get child(): Child {
    if (this.#child === null) throw new Error(`member ${this.id} was never started`);
    return this.#child;
  }

  /** Every line that this member's processes wrote, oldest process first. */
  get output(): string {
    return [...this.#earlier, ...(this.#child === null ? [] : [this.#child])].map((child) => child.output).join('\n');
  }

  /** Starts the process, without waiting for it. */
  start(extra: Readonly<Record<string, string>> = {}): void {
    if (this.running) throw new Error(`member ${this.id} runs already`);
    if (this.#child !== null) this.#earlier.push(this.#child);
    this.#child = new Child(process.execPath, [this.entry], { ...this.#environment, ...extra });
  }

  /** Waits until it says that it is ready. Rejects if it exits instead. */
  async ready(timeoutMs = 60_000): Promise<void> {
    await this.#answers('/readyz', 200, timeoutMs);
  }

  async live(timeoutMs = 10_000): Promise<void> {
    await this.#answers('/livez', 200, timeoutMs);
  }

  async #answers(path: string, status: number, timeoutMs: number): Promise<void> {
    const ok = await waitFor(
      `member ${this.id} answers ${status} at ${path}`,
      async () => {
        if (!this.running) return 'exited';
        const reply = await this.send('GET', path, { timeoutMs: 2_000 });
        return reply.status === status ? 'yes' : null;
      },
      { timeoutMs },
    );
    if (ok === 'exited')
      throw new Error(`member ${this.id} exited: ${JSON.stringify(this.child.exit)}\n${this.output}`);
  }

  send(method: string, path: string, options?: SendOptions): Promise<Reply> {
    return send(this.url, method, path, options);
  }

  /** `GET /v1/cluster`, as this member sees it. */
  async report(): Promise<ClusterReport> {
    const reply = await this.send('GET', '/v1/cluster', { timeoutMs: 3_000 });
    if (reply.status !== 200) throw new Error(`GET /v1/cluster: ${reply.status} ${reply.text}`);
    return reply.json as ClusterReport;
  }

  /** SIGTERM: a planned stop. Waits for the end. */
  async terminate(timeoutMs = 35_000): Promise<Exit> {
    this.child.signal('SIGTERM');
    return waitFor(`member ${this.id} exits after SIGTERM`, () => this.child.exit, { timeoutMs });
  }

  /** kill -9. */
  kill(): Promise<Exit> {
    return this.child.kill();
  }

  /** SIGSTOP: the process stands still; its connections stay. */
  pause(): void {
    this.child.signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.child.signal('SIGCONT');
  }

  /** What its way to NATS does from now on. */
  async network(mode: ProxyMode): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.set(mode)));
  }

  /** What its way to one NATS server does from now on, by that server's place among all. */
  async networkTo(server: number, mode: ProxyMode): Promise<void> {
    await this.#proxies[server]?.set(mode);
  }

  /** Ends the process, if there is one, and its proxies. */
  async dispose(): Promise<void> {
    if (this.running) await this.kill();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
