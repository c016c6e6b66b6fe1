/**
 * A cluster for one run: a real NATS server and real members, in a folder of its own that goes with it.
 *
 * Invariant: nothing of it outlives this process; the folder stays if something went wrong, for its logs.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalCluster, type LocalClusterOptions } from '../local-cluster.ts';
import type { LocalMember } from '../local-member.ts';
import { type NatsProcess, startNats } from '../nats-process.ts';
import { locateNatsServer } from '../nats-server.ts';
import { freePortsInRow } from '../ports-free.ts';
import { readableLog } from '../readable-log.ts';

/** All bots come from one address: what one may do is no limit here. */
const forBots = {
  MINOTAUR_CREATIONS_PER_MINUTE: '1000000',
  MINOTAUR_GAMES_PER_ADDRESS: '1000000',
  MINOTAUR_JOINS_PER_MINUTE: '1000000',
  MINOTAUR_SOCKETS_PER_ADDRESS: '1000000',
};
const namespace = 'bots';
/** Runs that begin at once look from different places on. */
const lowestPort = 3_100;
const highestPort = 9_000;
/** A member that must not run ends as soon as it has started, which takes its time on a machine that has much to do. */
const ENDS_WITHIN_MS = 120_000;
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

export interface ClusterOfBots {
  readonly members: readonly LocalMember[];
  readonly nats: NatsProcess;
  readonly bases: readonly string[];
  readonly adminToken: string;
  readonly tokenSecrets: string;
  readonly namespace: string;
  readonly folder: string;
  /** One more member, with settings that let it end by itself: how it ended, and the last line of its log. */
  runToItsEnd(environment: Readonly<Record<string, string>>): Promise<string>;
  stop(keepFolder: boolean): Promise<void>;
}

export interface ClusterOfBotsOptions {
  readonly members: number;
  readonly game: string;
  /** Settings of every member, over those that bots need. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
}

export async function startCluster(asked: ClusterOfBotsOptions): Promise<ClusterOfBots> {
  const { members: count, game, print } = asked;
  const environment = { ...forBots, ...asked.settings };
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-bots-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const { path: binary } = await locateNatsServer({ progress: print });
  const nats = await startNats({ binary, storeDir: join(folder, 'nats') });
  const adminToken = randomBytes(24).toString('hex');
  const tokenSecrets = randomBytes(32).toString('hex');
  const options: LocalClusterOptions = {
    port: await freePorts(count + 1),
    natsUrl: nats.url,
    adminToken,
    tokenSecrets,
    logs,
    namespace,
    game,
    environment,
    say: () => undefined,
    onDeparture: () => undefined,
    onReturn: () => undefined,
  };
  const cluster = new LocalCluster(options);
  const runToItsEnd = async (own: Readonly<Record<string, string>>) => {
    const strangers = join(folder, 'strangers');
    mkdirSync(strangers, { recursive: true });
    const port = await freePorts(2);
    const stranger = new LocalCluster({
      ...options,
      port,
      prefix: 'stranger',
      logs: strangers,
      game: own.MINOTAUR_GAME ?? game,
      environment: { ...environment, ...own },
    });
    await stranger.start(1);
    const [member] = stranger.members;
    const deadline = performance.now() + ENDS_WITHIN_MS;
    while (member?.running && performance.now() < deadline) await pause(LOOK_EVERY_MS);
    const how = member?.running ? 'it runs' : member?.ending.reason;
    await stranger.kill9All();
    return `${how}: ${member?.lastLines(1).map(readableLog).join('')}`;
  };
  const stop = async (keepFolder: boolean) => {
    // What is waited for keeps no process alive by itself.
    const awake = setInterval(() => undefined, 1_000);
    await cluster.kill9All();
    await nats.stop();
    clearInterval(awake);
    if (!keepFolder) rmSync(folder, { recursive: true, force: true });
  };
  await cluster.start(count);
  if (!(await Promise.all(cluster.members.map(getsReady))).every(Boolean)) {
    await stop(true);
    throw new Error(`not every member got ready: see ${logs}`);
  }
  const { members } = cluster;
  const bases = members.map(({ url }) => url);
  return { members, nats, bases, adminToken, tokenSecrets, namespace, folder, runToItsEnd, stop };
}

/** However long it takes on a machine that has much to do. False: it ended, or it takes too long all the same. */
export async function getsReady(member: LocalMember): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (member.running && performance.now() < deadline) {
    if (await member.look()) return true;
    await pause(LOOK_EVERY_MS);
  }
  return false;
}

/** The first of so many that follow one another. */
function freePorts(count: number): Promise<number> {
  return freePortsInRow(count, lowestPort + Math.floor(Math.random() * 1_000), highestPort);
}
