/**
 * The cluster that is fuzzed: real members on a real NATS server, with limits so high that cases reach what is behind them.
 *
 * Role: starts it, and looks after every batch whether each member is as it should be.
 * Invariant: the last member, `spare`, is the only one that cases may cordon: the others always answer.
 */
import { readFile } from 'node:fs/promises';
import type { LoadedGame } from '../../../src/game/loaded-game.ts';
import { defaultGame, loadGame } from '../../../src/games.ts';
import { adminToken, send, tokenSecrets } from '../../support/client.ts';
import { MemberProcess } from '../../support/member-process.ts';
import { NatsServers } from '../../support/nats-servers.ts';
import { freePort } from '../../support/ports.ts';
import { waitFor } from '../../support/wait.ts';
import { TableContract } from '../judge/contract-of-table.ts';

const wideLimits = {
  MINOTAUR_CREATIONS_PER_MINUTE: '1000000',
  MINOTAUR_GAMES_PER_ADDRESS: '1000000',
  MINOTAUR_JOINS_PER_MINUTE: '1000000',
  MINOTAUR_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000',
  MINOTAUR_FRAMES_PER_SECOND: '100000',
  MINOTAUR_SOCKETS_PER_ADDRESS: '1000000',
  // Games leave memory while they are played with.
  MINOTAUR_IDLE_MS: '2000',
};

/** A long run may begin while the machine has other things to do. */
const startMs = 60_000;
/** Of one kind, after one batch. */
const mostTold = 3;
/** Generous: what is looked for is what grows without end. */
const mostResidentMb = 600;

export class FuzzCluster {
  readonly members: readonly MemberProcess[];
  /** What they play: its name, or the path of its file. */
  readonly chosen: string;
  readonly game: LoadedGame;
  readonly contract: TableContract;
  /** The most that any member took so far, in MB; null where that cannot be told. */
  residentMb: number | null = null;

  private constructor(members: readonly MemberProcess[], chosen: string, game: LoadedGame) {
    this.members = members;
    this.chosen = chosen;
    this.game = game;
    this.contract = new TableContract(game);
  }

  /** Three members with wide limits that play `game`: a name, or the path of a file. `resources` ends them. */
  static wide(resources: AsyncDisposableStack, game: string): Promise<FuzzCluster> {
    return FuzzCluster.start(resources, ['fuzzed-1', 'fuzzed-2', 'spare-1'], game, wideLimits);
  }

  static async start(
    resources: AsyncDisposableStack,
    ids: readonly string[],
    game: string = defaultGame,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<FuzzCluster> {
    const loaded = await loadGame(game);
    const nats = await NatsServers.prepare(1);
    resources.defer(async () => {
      // Nothing that ends keeps this process alive by itself.
      const alive = setInterval(() => {}, 1_000);
      await nats.dispose().finally(() => clearInterval(alive));
    });
    await nats.startAll();
    const members = await Promise.all(
      ids.map(async (id) => {
        const port = await freePort();
        const member = new MemberProcess({
          id,
          port,
          proxies: [],
          environment: {
            MINOTAUR_NATS_URL: nats.servers[0]?.url ?? '',
            MINOTAUR_NAMESPACE: 'fuzz',
            MINOTAUR_GAME: game,
            MINOTAUR_HOST: '127.0.0.1',
            MINOTAUR_MEMBER_ID: id,
            MINOTAUR_PORT: String(port),
            MINOTAUR_ADMIN_TOKEN: adminToken,
            MINOTAUR_TOKEN_SECRETS: tokenSecrets,
            MINOTAUR_LOG_LEVEL: 'trace',
            ...environment,
          },
        });
        resources.defer(() => member.dispose());
        member.start();
        await member.ready(startMs);
        return member;
      }),
    );
    const cluster = new FuzzCluster(members, game, loaded);
    const isComplete = async () => {
      const { unowned, members: seen } = await cluster.member(0).report();
      return unowned === 0 && seen.length === ids.length;
    };
    await waitFor('every slot has an owner', isComplete, { timeoutMs: startMs });
    return cluster;
  }

  member(index: number): MemberProcess {
    const member = this.members[index];
    if (member === undefined) throw new Error(`there is no member ${index}`);
    return member;
  }

  get spare(): MemberProcess {
    return this.member(this.members.length - 1);
  }

  /** Whether every member runs. */
  get isWhole(): boolean {
    return this.members.every(({ running }) => running);
  }

  /** Resolves when it is known of every member whether it lives. */
  async settle(): Promise<void> {
    const isKnown = async (member: MemberProcess) =>
      !member.running || (await member.send('GET', '/livez')).status === 200;
    await Promise.all(this.members.map((member) => waitFor(`${member.id} lives or not`, () => isKnown(member))));
  }

  /** For people. */
  get line(): string {
    return `members: up to ${this.residentMb ?? '?'} MB resident`;
  }

  /** What each member takes now, and how many games it has: more games may take more memory. */
  async take(): Promise<string> {
    const all = this.members.map(async ({ id, url }) => {
      const { text } = await send(url, 'GET', '/metrics');
      const measured = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
      const [resident, heap, external] = [
        'process_resident_memory_bytes',
        'nodejs_heap_size_used_bytes',
        'nodejs_external_memory_bytes',
      ].map((name) => Math.round(measured(name) / 1024 ** 2));
      return `${id} ${resident} MB (heap ${heap}, external ${external}, ${measured('minotaur_sessions')} games)`;
    });
    return (await Promise.all(all)).join(', ');
  }

  /** What is wrong with a member: it died, it grew, it logged one of `secrets`, or an error that nobody foresaw. */
  async complaints(secrets: readonly string[]): Promise<string[]> {
    const all = await Promise.all(this.members.map((member) => this.#complaintsOf(member, secrets)));
    return all.flat();
  }

  async #complaintsOf(member: MemberProcess, secrets: readonly string[]): Promise<string[]> {
    const { id, child } = member;
    if (child.exit !== null)
      return [`member ${id} is dead: ${JSON.stringify(child.exit)}\n${child.output.slice(-5_000)}`];
    const resident = await residentMb(child.pid);
    if (resident !== null) this.residentMb = Math.max(this.residentMb ?? 0, resident);
    const lines = child.lines.splice(0);
    const text = lines.join('\n');
    const told = secrets.filter((secret) => text.includes(secret));
    const isUnforeseen = (line: string) => /"level":"(error|fatal)",/.test(line) || !line.startsWith('{"level":');
    return [
      ...(resident !== null && resident > mostResidentMb ? [`member ${id} takes ${resident} MB`] : []),
      ...told
        .slice(0, mostTold)
        .map((secret) => `member ${id} logged a secret: ${lines.find((line) => line.includes(secret))}`),
      ...lines
        .filter(isUnforeseen)
        .slice(0, mostTold)
        .map((line) => `member ${id} logged: ${line}`),
    ];
  }
}

async function residentMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
}
