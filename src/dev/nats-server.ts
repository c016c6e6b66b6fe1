/**
 * Finding a nats-server that is new enough, or fetching one.
 *
 * Role: `npm start`, the tests and the benchmarks run a real server and need no installation by hand.
 * Order: NATS_SERVER, the PATH, what was fetched before, then Debian's newer suites. A second time needs no network.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { PackageUnavailable, withDebianPackage } from './debian-package.ts';

export interface NatsBinary {
  readonly path: string;
  readonly version: string;
}

export interface LocateOptions {
  /** Told what takes time, one line each. */
  readonly progress?: (line: string) => void;
  readonly minimum?: string;
}

/** There is no nats-server that would do; the message says what to do about it. */
class NatsServerMissing extends Error {
  override readonly name = 'NatsServerMissing';
}

const MINIMUM = '2.10.0';
/** Debian's suites that have a new enough server, the oldest first. */
const SUITES = ['trixie', 'sid'] as const;
const TOOLS = join(import.meta.dirname, '..', '..', '.tools');
const FETCHED = join(TOOLS, 'nats-server');

const run = promisify(execFile);

/** One server of at least version `minimum`. Rejects with NatsServerMissing. */
export async function locateNatsServer(options: LocateOptions = {}): Promise<NatsBinary> {
  const minimum = options.minimum ?? MINIMUM;
  const given = await givenServer(minimum);
  if (given) return given;
  const suitable = (server: NatsBinary): boolean => compareVersions(server.version, minimum) >= 0;
  const found = (await installedServers()).find(suitable) ?? (await fetchedServers()).find(suitable);
  if (found) return found;
  for (const suite of SUITES) {
    const fetched = await fetchServer(suite, options.progress);
    if (suitable(fetched)) return fetched;
  }
  throw new NatsServerMissing(`no nats-server ${minimum} or newer could be found; name one in NATS_SERVER`);
}

/**
 * Every different version that can be had on this machine, the oldest first: for tests that must hold on all of them.
 * Only the one that NATS_SERVER names if it is set. Rejects with NatsServerMissing if there is none.
 */
export async function locateNatsServers(options: LocateOptions = {}): Promise<readonly NatsBinary[]> {
  const minimum = options.minimum ?? MINIMUM;
  const given = await givenServer(minimum);
  if (given) return [given];
  const servers = new Map<string, NatsBinary>();
  const add = (server: NatsBinary): void => {
    if (compareVersions(server.version, minimum) >= 0) servers.set(server.version, server);
  };
  for (const server of [...(await installedServers()), ...(await fetchedServers())]) add(server);
  for (const suite of SUITES.toReversed()) {
    if (servers.size >= SUITES.length) break;
    try {
      add(await fetchServer(suite, options.progress));
    } catch (error) {
      options.progress?.(`${(error as Error).message}; going on without it`);
    }
  }
  if (servers.size === 0) await locateNatsServer(options);
  return [...servers.values()].sort((one, other) => compareVersions(one.version, other.version));
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

async function givenServer(minimum: string): Promise<NatsBinary | null> {
  const path = process.env.NATS_SERVER;
  if (!path) return null;
  const version = await versionOf(path);
  if (version === null)
    throw new NatsServerMissing(`NATS_SERVER names ${path}, which is no nats-server that runs here`);
  if (compareVersions(version, minimum) < 0) {
    throw new NatsServerMissing(`NATS_SERVER names version ${version}: ${minimum} or newer is needed`);
  }
  return { path, version };
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

/** Fetches a suite's server into the tools folder. Rejects with NatsServerMissing. */
async function fetchServer(suite: string, progress: LocateOptions['progress']): Promise<NatsBinary> {
  progress?.(`fetching nats-server from Debian ${suite} …`);
  try {
    const source = { name: 'nats-server', suite, workRoot: join(TOOLS, 'apt') };
    return await withDebianPackage(source, async (folder) => {
      const unpacked = await servers([join(folder, 'usr/sbin/nats-server'), join(folder, 'usr/bin/nats-server')]);
      if (!unpacked[0]) throw new PackageUnavailable(`Debian ${suite}'s nats-server does not run on this machine`);
      return await keep(unpacked[0]);
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
