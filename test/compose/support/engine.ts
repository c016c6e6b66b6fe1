/**
 * A Docker engine and a compose program to test with: the machine's own, or ones that are fetched and started for this run.
 *
 * Role: the same tests run on a developer's machine with Docker and on a bare Debian as root.
 * Invariant: an engine that was started here ends here, with everything that it stored. Images, containers, networks and volumes in
 * an engine that was there before are the business of whoever makes them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withDebianPackage } from '../../../src/dev/debian-package.ts';
import { waitFor } from '../../support/wait.ts';
import { run, succeeds } from './shell.ts';

export interface Engine {
  /** Where it listens, as DOCKER_HOST says it. */
  readonly host: string;
  /** The compose program and the arguments that come first. */
  readonly compose: readonly [string, ...string[]];
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..', '..');
const tools = join(root, '.tools');
const fetchedCompose = join(tools, 'docker-compose');
const defaultHost = 'unix:///var/run/docker.sock';

/** Finds or starts both. Rejects if this machine has no Docker and cannot get one. */
export async function startEngine(progress: (line: string) => void): Promise<Engine> {
  await mkdir(tools, { recursive: true });
  const host = process.env.DOCKER_HOST ?? defaultHost;
  if (await answers(host)) return { host, compose: await composeProgram(host, progress), stop: async () => undefined };
  await ensureDaemon(progress);
  // Containers cannot start below a symbolic link.
  const folder = await realpath(await mkdtemp(join(tools, 'docker-')));
  const daemon = await startDaemon(folder);
  const own = `unix://${join(folder, 'socket')}`;
  const stop = async () => {
    await end(daemon);
    // What it has mounted and left.
    for (const mounted of ['data', 'exec/netns/default']) await succeeds('umount', [join(folder, mounted)]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitFor('dockerd answers', () => answers(own), { timeoutMs: 60_000, everyMs: 100 });
    return { host: own, compose: await composeProgram(own, progress), stop };
  } catch (error) {
    const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`no Docker engine: ${(error as Error).message}\n${log.split('\n').slice(-15).join('\n')}`);
  }
}

function answers(host: string): Promise<boolean> {
  return succeeds('docker', ['version'], { environment: { DOCKER_HOST: host }, timeoutMs: 10_000 });
}

/** Installs Docker where it is missing; only root can do that, and only root could start it. */
async function ensureDaemon(progress: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('no Docker engine answers, and only root can start one: start Docker');
  const missing: string[] = [];
  if (!(await succeeds('dockerd', ['--version']))) missing.push('docker.io');
  if (!(await succeeds('debootstrap', ['--version']))) missing.push('debootstrap');
  if (missing.length === 0) return;
  progress(`installing ${missing.join(' and ')} …`);
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { environment });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { environment });
}

async function startDaemon(folder: string): Promise<ChildProcess> {
  const log = openSync(join(folder, 'log'), 'a');
  const at = (name: string) => join(folder, name);
  const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
  const child = spawn('dockerd', [...places, '--host', `unix://${at('socket')}`], { stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  return child;
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const gone = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await gone;
}

/** Compose v2: the plug-in, a program of its own, or the one of a newer Debian. */
async function composeProgram(host: string, progress: (line: string) => void): Promise<readonly [string, ...string[]]> {
  const candidates = [['docker', 'compose'], ['docker-compose'], [fetchedCompose]] as const;
  for (const [program, ...first] of candidates) {
    const version = await run(program, [...first, 'version', '--short'], { environment: { DOCKER_HOST: host } }).catch(
      () => '',
    );
    if (/^v?[2-9]\./.test(version)) return [program, ...first];
  }
  progress('fetching docker-compose from Debian trixie …');
  const source = { name: 'docker-compose', suite: 'trixie', workRoot: join(tools, 'apt') };
  await withDebianPackage(source, (folder) =>
    copyFile(join(folder, 'usr/libexec/docker/cli-plugins/docker-compose'), fetchedCompose),
  );
  return [fetchedCompose];
}
