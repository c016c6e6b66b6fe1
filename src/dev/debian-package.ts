/**
 * Unpacking one package of another Debian suite beside the system, without root.
 *
 * Role: a machine's own suite may be too old for a program that a newer suite has and that runs on it all the same.
 * How: apt under a private configuration (own lists, own cache), with the mirror and keyring that the machine itself
 * uses; the package is downloaded and unpacked, never installed.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where packages come from: the fields of a deb822 source without its suite. */
export interface Mirror {
  readonly uri: string;
  /** A keyring file or an inline key; null means the machine's default keyrings. */
  readonly signedBy: string | null;
}

/** The package cannot be had on this machine; the message says why. */
export class PackageUnavailable extends Error {
  override readonly name = 'PackageUnavailable';
}

const run = promisify(execFile);
const APT_ROOT = '/etc/apt';
const TIMEOUT_MS = 300_000;

/**
 * Downloads `name` from `suite` and calls `use` with the folder it was unpacked into, which is removed afterwards.
 * `workRoot` is where temporary files may be. Rejects with PackageUnavailable.
 */
export async function withDebianPackage<T>(
  { name, suite, workRoot }: { readonly name: string; readonly suite: string; readonly workRoot: string },
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const mirror = await machinesMirror();
  await mkdir(workRoot, { recursive: true });
  const work = await mkdtemp(join(workRoot, `${suite}-`));
  try {
    const options = await privateApt(work, mirror, suite);
    const unpacked = join(work, 'unpacked');
    await command('apt-get', [...options, 'update'], work);
    await command('apt-get', [...options, 'download', name], work);
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new PackageUnavailable(`apt-get downloaded no ${name} from Debian ${suite}`);
    await command('dpkg', ['-x', archive, unpacked], work);
    return await use(unpacked);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function privateApt(work: string, mirror: Mirror, suite: string): Promise<readonly string[]> {
  const sources = join(work, 'suite.sources');
  const stanza = [`Types: deb`, `URIs: ${mirror.uri}`, `Suites: ${suite}`, `Components: main`];
  if (mirror.signedBy !== null) stanza.push(`Signed-By: ${mirror.signedBy}`);
  await writeFile(sources, `${stanza.join('\n')}\n`);
  await mkdir(join(work, 'lists', 'partial'), { recursive: true });
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true });
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '15',
    'Acquire::https::Timeout': '15',
    // As root, apt would download as a user who may not write here.
    ...(process.getuid?.() === 0 && { 'APT::Sandbox::User': 'root' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function command(program: string, args: readonly string[], cwd: string): Promise<void> {
  try {
    await run(program, [...args], { cwd, timeout: TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    if (code === 'ENOENT') throw new PackageUnavailable(`${program} is not installed: this is no Debian machine`);
    const reason = (stderr ?? '').trim().split('\n').at(-1) || String(error);
    throw new PackageUnavailable(`${program} ${args.at(-2)} ${args.at(-1)} failed: ${reason}`);
  }
}

/** The Debian mirror of this machine's own configuration. Rejects with PackageUnavailable if there is none. */
export async function machinesMirror(): Promise<Mirror> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1];
  const suites = new Set(['oldstable', 'stable', 'testing', 'unstable', 'sid', ...(codename ? [codename] : [])]);
  if (/^ID=debian$/m.test(release)) {
    for (const file of await sourceFiles()) {
      const text = await readFile(file, 'utf8').catch(() => '');
      const mirror = file.endsWith('.sources') ? findInDeb822(text, suites) : findInLines(text, suites);
      if (mirror) return mirror;
    }
  }
  throw new PackageUnavailable(`${APT_ROOT} names no Debian mirror`);
}

async function sourceFiles(): Promise<readonly string[]> {
  const parts = join(APT_ROOT, 'sources.list.d');
  const files = (await readdir(parts).catch(() => [])).filter((file) => /\.(sources|list)$/.test(file)).sort();
  return [join(APT_ROOT, 'sources.list'), ...files.map((file) => join(parts, file))];
}

/** Finds an archive's main component for one of `suites` in a deb822 file (stanzas of `Field: value`). */
export function findInDeb822(text: string, suites: ReadonlySet<string>): Mirror | null {
  for (const stanza of text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/)) {
    const field = (name: string): string =>
      new RegExp(`^${name}:[ \\t]*((?:.|\\n[ \\t])*)`, 'im').exec(stanza)?.[1]?.trim() ?? '';
    const words = (name: string): readonly string[] => field(name).split(/\s+/);
    const usable = words('Types').includes('deb') && field('Enabled').toLowerCase() !== 'no';
    const uri = words('URIs')[0];
    if (!usable || !uri || !words('Components').includes('main')) continue;
    if (!words('Suites').some((suite) => suites.has(suite))) continue;
    const signedBy = field('Signed-By');
    // An inline key keeps its lines, each indented by a blank.
    return { uri, signedBy: signedBy === '' ? null : signedBy.replaceAll(/\n[ \t]*/g, '\n ') };
  }
  return null;
}

/** The same for the one-line format: `deb [options] uri suite component …`. */
export function findInLines(text: string, suites: ReadonlySet<string>): Mirror | null {
  for (const line of text.split('\n')) {
    const found = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    const [, options = '', uri = '', suite = '', components = ''] = found ?? [];
    if (!suites.has(suite) || !components.split(/\s+/).includes('main')) continue;
    return { uri, signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.split(',').join(' ') ?? null };
  }
  return null;
}
