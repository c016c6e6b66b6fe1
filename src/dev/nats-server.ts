/**
 * Finding a nats-server that is new enough, or fetching one.
 *
 * Role: `npm start`, the tests and the benchmarks run a real server and need no installation by hand.
 * Order: NATS_SERVER, the PATH, what was fetched before, then Debian. A second time needs no network.
 * Invariant: whatever is too old is never picked, and said where somebody looks.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { MINIMUM } from '../nats-floor.ts';
import { PackageUnavailable, withDebianPackage } from './debian-package.ts';

export interface NatsBinary {
  readonly path: string;
  readonly version: string;
}

export interface LocateOptions {
  /** Told what takes time, one line each. */
  readonly progress?: (line: string) => void;
}

/** There is no nats-server that would do; the message says what to do about it. */
class NatsServerMissing extends Error {
  override readonly name = 'NatsServerMissing';
}

/** The one of Debian's suites whose server is new enough, and that runs on older ones. */
const SUITE = 'sid';
const TOOLS = join(import.meta.dirname, '..', '..', '.tools');
const FETCHED = join(TOOLS, 'nats-server');

const run = promisify(execFile);

/** One server. Rejects with NatsServerMissing. */
export async function locateNatsServer({ progress }: LocateOptions = {}): Promise<NatsBinary> {
  const given = await givenServer();
  if (given) return given;
  const newEnough = newEnoughOr(progress);
  return (
    (await installedServers()).find(newEnough) ?? (await fetchedServers()).find(newEnough) ?? fetchServer(progress)
  );
}

/**
 * Every different version that can be had on this machine, the oldest first: for tests that must hold on all of them.
 * Only the one that NATS_SERVER names if it is set. Rejects with NatsServerMissing if there is none.
 */
export async function locateNatsServers({ progress }: LocateOptions = {}): Promise<readonly NatsBinary[]> {
  const given = await givenServer();
  if (given) return [given];
  const present = [...(await installedServers()), ...(await fetchedServers())].filter(newEnoughOr(progress));
  const found = present.length > 0 ? present : [await fetchServer(progress)];
  const byVersion = new Map(found.map((server) => [server.version, server]));
  return [...byVersion.values()].sort((one, other) => compareVersions(one.version, other.version));
}

function isNewEnough({ version }: NatsBinary): boolean {
  return compareVersions(version, MINIMUM) >= 0;
}

/** Whether a server is new enough; of one that is not, `tell` hears. */
function newEnoughOr(tell: LocateOptions['progress']) {
  return (server: NatsBinary): boolean => {
    if (isNewEnough(server)) return true;
    tell?.(`not used: ${server.path} is version ${server.version}; ${MINIMUM} or newer is needed`);
    return false;
  };
}

/** Negative if version `one` is older than `other`, 0 if they are the same release. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one, other].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (const index of [0, 1, 2]) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function givenServer(): Promise<NatsBinary | null> {
  const path = process.env.NATS_SERVER;
  if (!path) return null;
  const version = await versionOf(path);
  if (version === null)
    throw new NatsServerMissing(`NATS_SERVER names ${path}, which is no nats-server that runs here`);
  const given = { path, version };
  if (!isNewEnough(given))
    throw new NatsServerMissing(`NATS_SERVER names version ${version}: ${MINIMUM} or newer is needed`);
  return given;
}

async function installedServers(): Promise<readonly NatsBinary[]> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return servers([...new Set(folders.filter((folder) => folder !== ''))].map((folder) => join(folder, 'nats-server')));
}

async function fetchedServers(): Promise<readonly NatsBinary[]> {
  const versions = (await readdir(FETCHED).catch(() => [])).filter((name) => /^\d/.test(name)).sort(compareVersions);
  return servers(versions.map((version) => join(FETCHED, version, 'nats-server')));
}

async function servers(paths: readonly string[]): Promise<readonly NatsBinary[]> {
  const found = await Promise.all(paths.map(async (path) => ({ path, version: await versionOf(path) })));
  return found.flatMap(({ path, version }) => (version === null ? [] : [{ path, version }]));
}

async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Fetches Debian's server into the tools folder. Rejects with NatsServerMissing. */
async function fetchServer(progress: LocateOptions['progress']): Promise<NatsBinary> {
  progress?.(`fetching nats-server from Debian ${SUITE} …`);
  try {
    const source = { name: 'nats-server', suite: SUITE, workRoot: join(TOOLS, 'apt') };
    return await withDebianPackage(source, async (folder) => {
      const [unpacked] = await servers([join(folder, 'usr/sbin/nats-server'), join(folder, 'usr/bin/nats-server')]);
      if (!unpacked) throw new PackageUnavailable(`Debian ${SUITE}'s nats-server does not run on this machine`);
      if (!isNewEnough(unpacked)) {
        throw new PackageUnavailable(`Debian ${SUITE}'s nats-server is version ${unpacked.version}`);
      }
      return await keep(unpacked);
    });
  } catch (error) {
    if (!(error instanceof PackageUnavailable)) throw error;
    const advice =
      process.platform === 'darwin' ? 'brew install nats-server' : `install nats-server ${MINIMUM} or newer`;
    throw new NatsServerMissing(`${error.message}; ${advice}, or name one in NATS_SERVER`);
  }
}

/** Moves a server to its place, in one step: several processes may do it at once. */
async function keep({ path, version }: NatsBinary): Promise<NatsBinary> {
  await mkdir(FETCHED, { recursive: true });
  const folder = join(FETCHED, version);
  const incoming = await mkdtemp(join(FETCHED, 'incoming-'));
  await copyFile(path, join(incoming, 'nats-server'));
  await chmod(join(incoming, 'nats-server'), 0o755);
  await chmod(incoming, 0o755);
  await rename(incoming, folder).catch(() => rm(incoming, { recursive: true, force: true }));
  return { path: join(folder, 'nats-server'), version };
}
