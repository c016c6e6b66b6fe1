/**
 * A run's folder, and how everything that a run has on this machine goes: by the run itself at its end; by a witness (witness.ts) when the
 * run was killed; by the next run when both were.
 *
 * How it is found: folders, mounts and a Docker engine of the run's own are below its folder; programs that it started carry the folder in
 * their environment; in an engine that was there before, containers, networks and volumes have the run's name.
 * Invariants: clearing twice is the same as once; nothing of a run that still lives is touched by another one.
 */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../support/wait.ts';
import { run, succeeds } from './shell.ts';

export interface Run {
  /** Where all that it stores is. */
  readonly folder: string;
  /** Its compose project and its Swarm stack. */
  readonly name: string;
}

/** What programs of a run have in their environment; the value is its folder. */
const mark = 'MINOTAUR_COMPOSE_RUN';
/** In a run's folder: the engine that it uses, as DOCKER_HOST says it. */
const hostFile = 'host';
const folderName = /^run-(\d+)-(\d+)$/;
/** They end in order when dockerd does. */
const enginePrograms = /^(dockerd|docker-proxy|containerd.*|runc)$/;
const gracePeriodMs = 20_000;

/** Clears what dead runs left in `tools`, and begins one. Rejects while another one lives there. */
export async function beginRun(tools: string, progress: (line: string) => void): Promise<Run> {
  await mkdir(tools, { recursive: true });
  for (const name of await readdir(tools)) {
    const [, pid, startedAt] = folderName.exec(name) ?? [];
    if (pid === undefined) continue;
    if ((await startOf(pid)) === startedAt) throw new Error(`another run lives: process ${pid}, ${join(tools, name)}`);
    progress(`clearing what a killed run left: ${name} …`);
    await clearRun(join(await realpath(tools), name));
  }
  const { pid } = process;
  // Containers cannot start below a symbolic link.
  const folder = join(await realpath(tools), `run-${pid}-${await startOf(String(pid))}`);
  await mkdir(folder);
  const witness = spawn(process.execPath, [fileURLToPath(new URL('./witness.ts', import.meta.url)), folder], {
    // A session of its own: what is sent to all processes of the run does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  witness.unref();
  (witness.stdin as unknown as { unref(): void }).unref();
  process.env[mark] = folder;
  // The test runner's death would go unnoticed, and the run would play on alone.
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || process.kill(pid, 'SIGKILL'), 500).unref();
  return { folder, name: nameOf(folder) };
}

/** Notes which engine the run uses, for whoever clears it. */
export async function useEngine({ folder }: Run, host: string): Promise<void> {
  await writeFile(join(folder, hostFile), host);
}

/** Ends what runs, unmounts what is mounted, removes what is stored. */
export async function clearRun(folder: string): Promise<void> {
  const end = async (signal: NodeJS.Signals, which: (program: string) => boolean) => {
    for (const { pid, program } of await processesOf(folder)) if (which(program)) kill(pid, signal);
  };
  const isEngine = (program: string) => enginePrograms.test(program);
  await end('SIGKILL', (program) => program !== '' && !isEngine(program));
  const host = await readFile(join(folder, hostFile), 'utf8').catch(() => null);
  if (host !== null && (await answers(host))) await removeFromEngine(host, nameOf(folder));
  await end('SIGTERM', (program) => program === 'dockerd');
  const nothingRuns = async () => {
    const left = await processesOf(folder);
    // What dockerd should have ended, but it is not there any more.
    if (!left.some(({ program }) => program === 'dockerd')) for (const { pid } of left) kill(pid, 'SIGKILL');
    return left.length === 0;
  };
  await waitFor('the engine has ended', nothingRuns, { timeoutMs: gracePeriodMs, everyMs: 100 }).catch(() =>
    end('SIGKILL', () => true),
  );
  for (const link of await linksOf(folder)) await succeeds('ip', ['link', 'delete', link]);
  for (const point of (await mountsBelow(folder)).toReversed()) await succeeds('umount', ['--lazy', point]);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

export function answers(host: string): Promise<boolean> {
  return succeeds('docker', ['version'], { environment: { DOCKER_HOST: host }, timeoutMs: 10_000 });
}

/** Everything that a compose project or a Swarm stack of this name has there. */
export async function removeFromEngine(host: string, name: string): Promise<void> {
  const docker = (...args: readonly string[]) =>
    run('docker', args, { environment: { DOCKER_HOST: host } }).then((text) => text.split(/\s+/).filter(Boolean));
  const quietly = (...args: readonly string[]) => docker(...args).catch((): string[] => []);
  const remove = async (list: readonly string[], removal: readonly string[], label: string) => {
    const ids = await quietly(...list, '--quiet', '--filter', `label=${label}=${name}`);
    if (ids.length > 0) await quietly(...removal, ...ids);
  };
  if ((await quietly('stack', 'ls', '--format', '{{.Name}}')).includes(name)) {
    // Takes the containers along.
    await quietly('swarm', 'leave', '--force');
    await quietly('network', 'rm', swarmGateway);
  }
  for (const label of ['com.docker.compose.project', 'com.docker.stack.namespace']) {
    await remove(['ps', '--all'], ['rm', '--force', '--volumes'], label);
    await remove(['network', 'ls'], ['network', 'rm'], label);
    await remove(['volume', 'ls'], ['volume', 'rm'], label);
  }
}

/** What connects the containers of a Swarm with their machine, published ports among it. */
export const swarmGateway = 'docker_gwbridge';

function nameOf(folder: string): string {
  return `minotaur-test-${folderName.exec(folder.slice(folder.lastIndexOf('/') + 1))?.[1]}`;
}

/** When a process started, in ticks since the machine did: with its id, that is which process it is. Null: there is none. */
async function startOf(pid: string): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // Behind the program's name, which may hold anything, the 20th.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

interface Process {
  readonly pid: number;
  /** The name of its program; empty: it runs in a container. */
  readonly program: string;
}

/** What a run has started, directly or in containers of its own engine. Itself and its witness are not among them. */
async function processesOf(folder: string): Promise<readonly Process[]> {
  const found: Process[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const text = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    const own = (await text('environ')).split('\0').includes(`${mark}=${folder}`);
    const root = (await text('mountinfo')).split('\n').find((line) => line.split(' ')[4] === '/');
    const contained = root?.includes(`upperdir=${folder}/`) === true;
    if (contained) found.push({ pid, program: '' });
    else if (own) found.push({ pid, program: (await text('comm')).trim() });
  }
  return found;
}

async function mountsBelow(folder: string): Promise<readonly string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  return mounts.map((line) => line.split(' ')[1] ?? '').filter((point) => point.startsWith(`${folder}/`));
}

/** Bridges and cables of the run's own engine, which end with it unless it is killed; a later one could not use their addresses. */
async function linksOf(folder: string): Promise<readonly string[]> {
  const database = await readFile(join(folder, 'data/network/files/local-kv.db'), 'latin1').catch(() => '');
  const made = new Set(database.match(/\bbr-[0-9a-f]{12}\b|\bveth[0-9a-f]{7}\b/g));
  if (made.size === 0) return [];
  return (await readdir('/sys/class/net')).filter((link) => made.has(link));
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
