/**
 * A cluster of real processes for one test: NATS servers, members, each behind its own proxies to NATS.
 *
 * Role: everything that a cluster test does to the cluster while it runs; whatever happens, nothing of it outlives the test.
 * When the test failed, the last lines of every process are printed.
 */
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { NatsProcess } from '../../src/dev/nats-process.ts';
import { adminToken, expectStatus, tokenSecrets } from './client.ts';
import { type ClusterReport, MemberProcess } from './member-process.ts';
import { NatsProxy, type ProxyMode } from './nats-proxy.ts';
import { NatsServers } from './nats-servers.ts';
import { freePort } from './ports.ts';
import type { Pick } from './recorded-game.ts';
import { waitFor } from './wait.ts';

export interface ClusterOptions {
  /** NATS servers; with three the buckets have three replicas. Default 1. */
  readonly natsServers?: 1 | 3;
  /** False: prepared but not started. Default true. */
  readonly startNats?: boolean;
  /** What the NATS servers' configuration says: users, TLS. */
  readonly natsConfig?: string;
  /** `user:password@` for members. */
  readonly natsLogin?: string;
  /** Settings of every member, over the defaults below. */
  readonly environment?: Readonly<Record<string, string>>;
}

const printedLines = 120;
let clusters = 0;

export class TestCluster {
  readonly nats: NatsServers;
  readonly namespace: string;
  /** Every member there ever was, in the order of their first start. */
  readonly members: MemberProcess[] = [];
  readonly #environment: Readonly<Record<string, string>>;
  readonly #natsLogin: string;

  private constructor(nats: NatsServers, { environment = {}, natsLogin = '' }: ClusterOptions) {
    this.nats = nats;
    this.#natsLogin = natsLogin;
    this.namespace = `test${++clusters}`;
    this.#environment = {
      MINOTAUR_HOST: '127.0.0.1',
      MINOTAUR_NAMESPACE: this.namespace,
      MINOTAUR_ADMIN_TOKEN: adminToken,
      MINOTAUR_TOKEN_SECRETS: tokenSecrets,
      MINOTAUR_KV_REPLICAS: String(nats.servers.length),
      MINOTAUR_DRAIN_MIN_MS: '300',
      MINOTAUR_REBALANCE_DELAY_MS: '200',
      ...environment,
    };
  }

  /** A cluster without members, cleaned up after `test`. */
  static async start(test: TestContext, options: ClusterOptions = {}): Promise<TestCluster> {
    const nats = await NatsServers.prepare(options.natsServers ?? 1, options.natsConfig);
    const cluster = new TestCluster(nats, options);
    test.after(async () => {
      // Node.js has `passed` since 22; its types lack it.
      if (!(test as TestContext & { readonly passed: boolean }).passed) await cluster.#print(test);
      await cluster.#dispose();
    });
    if (options.startNats ?? true) await nats.startAll();
    return cluster;
  }

  /** A member that is not started yet. */
  async prepareMember(id: string, environment: Readonly<Record<string, string>> = {}): Promise<MemberProcess> {
    const proxies = await Promise.all(this.nats.servers.map(({ port }) => NatsProxy.open(port)));
    const port = await freePort();
    const member = new MemberProcess({
      id,
      port,
      proxies,
      environment: {
        ...this.#environment,
        MINOTAUR_NATS_URL: proxies.map(({ url }) => url.replace('//', `//${this.#natsLogin}`)).join(','),
        MINOTAUR_MEMBER_ID: id,
        MINOTAUR_PORT: String(port),
        ...environment,
      },
    });
    this.members.push(member);
    return member;
  }

  /** Starts a member and waits until it is ready. */
  async addMember(id: string, environment: Readonly<Record<string, string>> = {}): Promise<MemberProcess> {
    const member = await this.prepareMember(id, environment);
    member.start();
    await member.ready();
    return member;
  }

  addMembers(...ids: string[]): Promise<MemberProcess[]> {
    return Promise.all(ids.map((id) => this.addMember(id)));
  }

  /** What the ways to and from a NATS server do from now on, those of members and those of the other servers. */
  async natsNetwork(server: NatsProcess, mode: ProxyMode): Promise<void> {
    const index = this.nats.servers.indexOf(server);
    await Promise.all([
      this.nats.network(server, mode),
      ...this.members.map((member) => member.networkTo(index, mode)),
    ]);
  }

  get running(): MemberProcess[] {
    return this.members.filter((member) => member.running);
  }

  /** Waits until `observer` sees a report that satisfies `condition`. */
  async waitForReport(
    observer: MemberProcess,
    what: string,
    condition: (report: ClusterReport) => boolean,
    timeoutMs = 20_000,
  ): Promise<ClusterReport> {
    return waitFor(
      `${observer.id} sees: ${what}`,
      async () => {
        const report = await observer.report();
        return condition(report) ? report : null;
      },
      { timeoutMs, everyMs: 50 },
    );
  }

  /**
   * Waits until every member that runs sees exactly those that run, active, every slot owned by one of them, and the slots
   * spread as evenly as the ring promises.
   */
  async settled(timeoutMs = 30_000): Promise<void> {
    const expected = this.running.map(({ id }) => id).sort();
    const even = (report: ClusterReport, slots: number) =>
      slots > 0 && slots <= Math.ceil(report.slots / expected.length) + 1;
    for (const member of this.running) {
      await this.waitForReport(
        member,
        `exactly ${expected} with all slots, evenly`,
        (report) =>
          report.unowned === 0 &&
          report.members.every(({ status, slots }) => status === 'active' && even(report, slots)) &&
          String(report.members.map(({ id }) => id).sort()) === String(expected) &&
          report.members.reduce((sum, { slots }) => sum + slots, 0) === report.slots,
        timeoutMs,
      );
    }
  }

  /** Cordons a member until it holds nothing, by way of `observer`, and takes that back. */
  async drainAndTakeBack(observer: MemberProcess, id: string): Promise<void> {
    const path = `/v1/cluster/members/${id}/drain`;
    expectStatus(await observer.send('POST', path, { key: randomUUID() }), 202);
    await this.waitForReport(observer, 'the member handed off', ({ members }) =>
      members.some((member) => member.id === id && member.slots === 0),
    );
    expectStatus(await observer.send('DELETE', path, { key: randomUUID() }), 200);
    await this.settled();
  }

  /** The address of a running member, chosen at random; null while none runs. */
  readonly anyone: Pick = () => this.running[Math.floor(Math.random() * this.running.length)]?.url ?? null;

  /** Kills the process of every member at once. */
  async killAll(): Promise<void> {
    await Promise.all(this.running.map((member) => member.kill()));
  }

  async #print(test: TestContext): Promise<void> {
    const sources = [
      ...this.members.map((member) => [`member ${member.id}`, member.output] as const),
      ['nats', await this.nats.output()] as const,
    ];
    for (const [name, output] of sources) {
      test.diagnostic(`${name}:\n${output.split('\n').slice(-printedLines).join('\n')}`);
    }
  }

  async #dispose(): Promise<void> {
    await Promise.all(this.members.map((member) => member.dispose()));
    await this.nats.dispose();
  }
}
