/**
 * A Docker engine and a compose program to test with: the machine's own, or ones that are fetched and started for this run.
 *
 * Role: the same tests run on a developer's machine with Docker and on a bare Debian as root.
 * Invariant: an engine that was started here ends with the run, with everything that it stored (leftovers.ts). Images in an engine
 * that was there before are the business of whoever makes them.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDebianPackage } from '../../../src/dev/debian-package.ts';
import { waitFor } from '../../support/wait.ts';
import { answers, beginRun, clearRun, type Run, useEngine } from './leftovers.ts';
import { run, succeeds } from './shell.ts';

export interface Engine {
  /** Where it listens, as DOCKER_HOST says it. */
  readonly host: string;
  /** The compose program and the arguments that come first. */
  readonly compose: readonly [string, ...string[]];
  readonly run: Run;
  /** Clears the run, too. */
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..', '..');
const tools = join(root, '.tools');
const fetchedCompose = join(tools, 'docker-compose');
const defaultHost = 'unix:///var/run/docker.sock';

/** Finds or starts both. Rejects if this machine has no Docker and cannot get one. */
export async function startEngine(progress: (line: string) => void): Promise<Engine> {
  const run = await beginRun(tools, progress);
  const stop = () => clearRun(run.folder);
  try {
    const machines = process.env.DOCKER_HOST ?? defaultHost;
    const host = (await answers(machines)) ? machines : await startDaemon(run, progress);
    await useEngine(run, host);
    return { host, compose: await composeProgram(host, progress), run, stop };
  } catch (error) {
    const log = await readFile(join(run.folder, 'log'), 'utf8').catch(() => '');
    await stop();
    throw new Error(`no Docker engine: ${(error as Error).message}\n${log.split('\n').slice(-15).join('\n')}`);
  }
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

/** Resolves with where it listens. */
async function startDaemon({ folder }: Run, progress: (line: string) => void): Promise<string> {
  await ensureDaemon(progress);
  const log = openSync(join(folder, 'log'), 'a');
  const at = (name: string) => join(folder, name);
  const host = `unix://${at('socket')}`;
  const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid'), '--host', host];
  // A session of its own: an interruption at the terminal is for the run, which then ends it in order.
  const child = spawn('dockerd', places, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  await waitFor('dockerd answers', () => answers(host), { timeoutMs: 60_000, everyMs: 100 });
  return host;
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
