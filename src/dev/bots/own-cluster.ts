/**
 * A cluster for one run: a real NATS server and real members, in a folder of its own that goes with it.
 *
 * Invariant: nothing of it outlives this process; the folder stays if something went wrong, for its logs.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCluster } from '../local-cluster.ts';
import type { LocalMember } from '../local-member.ts';
import { startNats } from '../nats-process.ts';
import { locateNatsServer } from '../nats-server.ts';
import { takenPort } from '../ports-free.ts';

/** All bots come from one address: what one may do is no limit here. */
const environment = {
  MINOTAUR_CREATIONS_PER_MINUTE: '1000000',
  MINOTAUR_GAMES_PER_ADDRESS: '1000000',
  MINOTAUR_JOINS_PER_MINUTE: '1000000',
  MINOTAUR_SOCKETS_PER_ADDRESS: '1000000',
};
const firstPort = 3_100;
const lastPort = 9_000;

export interface ClusterOfBots {
  readonly members: readonly LocalMember[];
  readonly bases: readonly string[];
  readonly adminToken: string;
  readonly folder: string;
  stop(keepFolder: boolean): Promise<void>;
}

export async function startCluster(count: number, game: string, print: (line: string) => void): Promise<ClusterOfBots> {
  const folder = mkdtempSync(join(tmpdir(), 'minotaur-bots-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const { path: binary } = await locateNatsServer({ progress: print });
  const nats = await startNats({ binary, storeDir: join(folder, 'nats') });
  const adminToken = randomBytes(24).toString('hex');
  const cluster = new LocalCluster({
    port: await freePorts(count + 1),
    natsUrl: nats.url,
    adminToken,
    tokenSecrets: randomBytes(32).toString('hex'),
    logs,
    namespace: 'bots',
    game,
    environment,
    say: () => undefined,
    onDeparture: () => undefined,
    onReturn: () => undefined,
  });
  const stop = async (keepFolder: boolean) => {
    // What is waited for keeps no process alive by itself.
    const awake = setInterval(() => undefined, 1_000);
    await cluster.kill9All();
    await nats.stop();
    clearInterval(awake);
    if (!keepFolder) rmSync(folder, { recursive: true, force: true });
  };
  if (!(await cluster.start(count))) {
    await stop(true);
    throw new Error(`not every member got ready: see ${logs}`);
  }
  const { members } = cluster;
  return { members, bases: members.map(({ url }) => url), adminToken, folder, stop };
}

/** The first of so many that follow one another. */
async function freePorts(count: number): Promise<number> {
  for (let port = firstPort + Math.floor(Math.random() * 1_000); port < lastPort; port += count) {
    if ((await takenPort(Array.from({ length: count }, (_, index) => port + index))) === null) return port;
  }
  throw new Error(`there are no ${count} free ports from ${firstPort} to ${lastPort}`);
}
