/**
 * What is measured: real members with default settings on a real NATS server, in processes of their own.
 *
 * Role: starts them, makes sessions, knows who owns which. Unlike the tests' clusters there is nothing between a member and NATS.
 * Invariant: measuring begins when every slot is with the owner that the ring wants, so that no rebalancing is measured.
 */
import { slotOf } from '../../src/cluster/slot-hash.ts';
import { adminToken, tokenSecrets } from '../../test/support/client.ts';
import { MemberProcess } from '../../test/support/member-process.ts';
import { NatsServers } from '../../test/support/nats-servers.ts';
import { freePort } from '../../test/support/ports.ts';
import { waitFor } from '../../test/support/wait.ts';
import { HttpClient } from './http-client.ts';
import { inParallel } from './parallel.ts';

export const namespace = 'bench';
/** Requests that the benches have open at a time. */
export const clients = 64;

/** What `continue_game` takes, as far as the benches need it. */
export interface GameDocument {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** A member and a client of it. */
export interface BenchMember {
  readonly process: MemberProcess;
  readonly http: HttpClient;
}

export class BenchCluster {
  readonly natsUrl: string;
  readonly members: readonly BenchMember[];

  private constructor(natsUrl: string, members: readonly BenchMember[]) {
    this.natsUrl = natsUrl;
    this.members = members;
  }

  /** Starts NATS and `size` members, and waits until they share the slots. `resources` ends them. */
  static async start(resources: AsyncDisposableStack, size: 1 | 3): Promise<BenchCluster> {
    const natsUrl = await startNats(resources);
    const ids = ['m1', 'm2', 'm3'].slice(0, size);
    const members = await Promise.all(ids.map((id) => startMember(resources, id, natsUrl)));
    await Promise.all(members.map(({ process }) => process.ready(60_000)));
    const cluster = new BenchCluster(natsUrl, members);
    await waitFor('every slot is where the ring wants it', () => cluster.#isBalanced(), { timeoutMs: 60_000 });
    return cluster;
  }

  /** A member by its place. */
  member(index: number): BenchMember {
    const member = this.members[index % this.members.length];
    if (member === undefined) throw new Error('a cluster has members');
    return member;
  }

  /** Makes bare sessions, as in the origin: an id and a round's end. Resolves with the ids. */
  async createSessions(count: number): Promise<string[]> {
    const roundEndTime = new Date(Date.now() + 86_400_000).toISOString();
    const ids = Array.from({ length: count }, (_, index) => `game-${index}`);
    await inParallel(ids, clients, (id, index) => this.createGame(index, { id, roundEndTime }));
    return ids;
  }

  /** `continue_game` through a member. Rejects unless it made the game. */
  async createGame(through: number, game: GameDocument): Promise<void> {
    const { status, body } = await this.member(through).http.post(`/v1/games/${game.id}/continue`, { game });
    if (status !== 201) throw new Error(`continue_game answered ${status}: ${body}`);
  }

  /** Those of `gameIds` that a member owns. */
  async ownedBy(member: BenchMember, gameIds: readonly string[]): Promise<string[]> {
    const owners = await this.#owners();
    return gameIds.filter((id) => owners[slotOf(id, owners.length)]?.owner === member.process.id);
  }

  async #isBalanced(): Promise<boolean> {
    const owners = await this.#owners();
    const wanted = new Set(owners.map(({ desiredOwner }) => desiredOwner));
    return wanted.size === this.members.length && owners.every(({ owner, desiredOwner }) => owner === desiredOwner);
  }

  /** The owner of every slot, asked by way of one game id in each. */
  async #owners(): Promise<readonly Location[]> {
    const { slots } = await this.member(0).process.report();
    const owners = new Array<Location>(slots);
    await inParallel(idOfEverySlot(slots), clients, async (id, slot) => {
      owners[slot] = JSON.parse((await this.member(0).http.get(`/v1/games/${id}/location`)).body);
    });
    return owners;
  }
}

interface Location {
  readonly owner: string | null;
  readonly desiredOwner: string | null;
}

/** Starts one NATS server with JetStream on an empty directory; resolves with its address. */
export async function startNats(resources: AsyncDisposableStack): Promise<string> {
  const nats = await NatsServers.prepare(1);
  resources.defer(() => nats.dispose());
  await nats.startAll();
  return nats.servers[0]?.url ?? '';
}

async function startMember(resources: AsyncDisposableStack, id: string, natsUrl: string): Promise<BenchMember> {
  const port = await freePort();
  const environment = {
    MINOTAUR_NATS_URL: natsUrl,
    MINOTAUR_NAMESPACE: namespace,
    MINOTAUR_MEMBER_ID: id,
    MINOTAUR_HOST: '127.0.0.1',
    MINOTAUR_PORT: String(port),
    MINOTAUR_ADMIN_TOKEN: adminToken,
    MINOTAUR_TOKEN_SECRETS: tokenSecrets,
    MINOTAUR_LOG_LEVEL: 'warn',
  };
  const process = new MemberProcess({ id, port, proxies: [], environment });
  resources.defer(() => process.dispose());
  process.start();
  return { process, http: resources.use(new HttpClient(port, adminToken)) };
}

function idOfEverySlot(slots: number): string[] {
  const ids = new Array<string>(slots);
  for (let missing = slots, next = 0; missing > 0; next += 1) {
    const slot = slotOf(`probe-${next}`, slots);
    if (ids[slot] === undefined) missing -= 1;
    ids[slot] ??= `probe-${next}`;
  }
  return ids;
}
