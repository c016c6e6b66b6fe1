/**
 * The images that the tests run: the base images that the files name, or stand-ins where they cannot be pulled, and
 * Minotaur's own, in two versions.
 *
 * Why stand-ins: a machine without a way to an image registry still has Debian's packages and npm's. One Debian, as small as the official
 * slim one, is made by debootstrap and kept as an archive in the tools folder; everything else is built on it.
 */
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { machinesMirror } from '../../../src/dev/debian-package.ts';
import { locateNatsServer } from '../../../src/dev/nats-server.ts';
import type { Engine } from './engine.ts';
import { writeNextVersion } from './next-version.ts';
import { since } from './seconds.ts';
import { run, succeeds } from './shell.ts';

/** What docker-compose.yml takes from its environment. */
export type ImageSettings = Readonly<Record<string, string>>;

const root = join(import.meta.dirname, '..', '..', '..');
const tools = join(root, '.tools');
const archive = join(tools, 'debian-slim.tar');
const official = {
  BUILD_IMAGE: 'node:24-bookworm-slim',
  BASE_IMAGE: 'debian:bookworm-slim',
  NATS_IMAGE: 'nats:2.14-alpine',
  HAPROXY_IMAGE: 'haproxy:3.0-alpine',
};
const standIns = {
  BUILD_IMAGE: 'minotaur-stand-in/build',
  BASE_IMAGE: 'minotaur-stand-in/debian',
  NATS_IMAGE: 'minotaur-stand-in/nats',
  HAPROXY_IMAGE: 'minotaur-stand-in/haproxy',
};
/** Where npm of the stand-in comes from; as the official image of Node.js 24 has it. */
const npm = 'npm@11';

export class Images {
  /** For docker-compose.yml: base images and how to build. */
  readonly settings: ImageSettings;
  readonly #engine: Engine;
  readonly #made: string[] = [];

  private constructor(engine: Engine, settings: ImageSettings) {
    this.#engine = engine;
    this.settings = settings;
  }

  /** Pulls the base images, or builds what stands in for them. */
  static async prepare(engine: Engine, progress: (line: string) => void): Promise<Images> {
    const present = await Promise.all(
      Object.values(official).map(async (name) => (await has(engine, name)) || pull(engine, name)),
    );
    if (present.every(Boolean)) return new Images(engine, official);
    const images = new Images(engine, { ...standIns, BUILD_NETWORK: 'host' });
    await images.#buildStandIns(progress);
    return images;
  }

  /** Builds Minotaur's own image. Resolves with its size in bytes. */
  build(tag: string, version: string): Promise<number> {
    return this.#build(root, tag, version);
  }

  /** Builds the image of the version after this one. */
  async buildNext(tag: string, version: string): Promise<void> {
    const folder = join(this.#engine.run.folder, 'next-version');
    await writeNextVersion(folder);
    await this.#build(folder, tag, version);
  }

  /** Removes what was made here. */
  async remove(): Promise<void> {
    for (const tag of this.#made.toReversed()) {
      await succeeds('docker', ['image', 'rm', '--force', tag], { environment: { DOCKER_HOST: this.#engine.host } });
    }
  }

  async #build(folder: string, tag: string, version: string): Promise<number> {
    const environment = { ...this.settings, MINOTAUR_IMAGE: tag, MINOTAUR_VERSION: version };
    const [program, ...first] = this.#engine.compose;
    const args = [...first, '--env-file', '.env.example', 'build', 'm1'];
    await run(program, args, { cwd: folder, environment: { ...environment, DOCKER_HOST: this.#engine.host } });
    this.#made.push(tag);
    return Number(await docker(this.#engine, 'image', 'inspect', '--format', '{{.Size}}', tag));
  }

  async #buildStandIns(progress: (line: string) => void): Promise<void> {
    await ensureDebianArchive(this.#engine.run.folder, progress);
    await docker(this.#engine, 'image', 'import', archive, standIns.BASE_IMAGE);
    this.#made.push(standIns.BASE_IMAGE);
    const context = join(this.#engine.run.folder, 'stand-ins');
    await fillContext(context);
    const [program, ...first] = this.#engine.compose;
    const args = [...first, '-f', join(context, 'compose.yml'), 'build', '--quiet'];
    await run(program, args, { environment: { DOCKER_HOST: this.#engine.host } });
    this.#made.push(standIns.BUILD_IMAGE, standIns.NATS_IMAGE, standIns.HAPROXY_IMAGE);
  }
}

export function docker(engine: Engine, ...args: readonly string[]): Promise<string> {
  return run('docker', args, { environment: { DOCKER_HOST: engine.host } }).then((text) => text.trim());
}

async function has(engine: Engine, image: string): Promise<boolean> {
  return succeeds('docker', ['image', 'inspect', image], { environment: { DOCKER_HOST: engine.host } });
}

async function pull(engine: Engine, image: string): Promise<boolean> {
  return succeeds('docker', ['pull', '--quiet', image], { environment: { DOCKER_HOST: engine.host } });
}

/** A bare Debian without what nobody reads in a container. */
async function ensureDebianArchive(workFolder: string, progress: (line: string) => void): Promise<void> {
  if ((await readdir(tools)).includes('debian-slim.tar')) return;
  const began = performance.now();
  const { uri, signedBy } = await machinesMirror();
  const work = join(workFolder, 'debootstrap');
  const keyring = signedBy?.startsWith('/') ? [`--keyring=${signedBy.split(' ')[0]}`] : [];
  await run('debootstrap', ['--variant=minbase', ...keyring, 'bookworm', work, uri], { timeoutMs: 600_000 });
  const useless = [
    'var/cache/apt',
    'var/lib/apt/lists',
    ...['doc', 'man', 'info', 'locale'].map((it) => `usr/share/${it}`),
  ];
  const excluded = useless.map((folder) => `--exclude=./${folder}/*`);
  await run('tar', ['--directory', work, '--create', '--file', `${work}.tar`, ...excluded, '.']);
  await rename(`${work}.tar`, archive);
  progress(`a bare Debian, by debootstrap: ${since(began)}`);
}

async function fillContext(context: string): Promise<void> {
  await mkdir(context);
  const { path } = await locateNatsServer();
  await cp(path, join(context, 'nats-server'));
  await cp(process.execPath, join(context, 'node'));
  await cp(join(import.meta.dirname, '..', 'stand-ins'), context, { recursive: true });
  const packed = await machinesNpm(context, 'pack', '--silent', '--pack-destination', context, npm);
  await run('tar', ['--extract', '--file', join(context, packed), '--directory', context]);
  await rename(join(context, 'package'), join(context, 'npm'));
  await mkdir(join(context, 'machine'));
  const certificates = await machinesNpm(context, 'config', 'get', 'cafile');
  const npmrc = [`registry=${await machinesNpm(context, 'config', 'get', 'registry')}`];
  if (certificates !== '' && certificates !== 'null') {
    await cp(certificates, join(context, 'machine', 'certificates.pem'), { dereference: true });
    npmrc.push('cafile=/etc/machine/certificates.pem');
  }
  await writeFile(join(context, 'machine', 'npmrc'), `${npmrc.join('\n')}\n`);
}

/** npm as this machine has it: on the Node.js of the lock file it would look for its settings elsewhere. */
async function machinesNpm(cwd: string, ...args: readonly string[]): Promise<string> {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return (await run('npm', args, { cwd, environment: { PATH: path.join(delimiter) } })).trim();
}
