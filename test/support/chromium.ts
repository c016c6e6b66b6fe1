/**
 * Finding Chromium, or unpacking Debian's beside the system.
 *
 * Role: the browser's tests need no installation by hand, and no root: apt says what is missing here, and it is downloaded and unpacked.
 * Order: CHROMIUM, the PATH, what was unpacked before, then Debian. A second time needs no network.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export interface Chromium {
  readonly path: string;
  /** What it needs where it was only unpacked. */
  readonly environment: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const debianPackage = 'chromium-headless-shell';
const names = [debianPackage, 'chromium', 'chromium-browser', 'google-chrome'];
const tools = join(import.meta.dirname, '..', '..', '.tools');
const unpacked = join(tools, 'chromium');
/** For names that this machine does not know; else a font of formulas stands in for all of them. */
const families = `<alias binding="same"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
<match target="pattern"><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>`;

/** Rejects where there is none and none can be had; the message says what to do. */
export async function locateChromium(progress: (line: string) => void = () => undefined): Promise<Chromium> {
  const { CHROMIUM: given, PATH = '' } = process.env;
  if (given) return { path: given, environment: {} };
  const installed = PATH.split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
  if (installed !== undefined) return { path: installed, environment: {} };
  if (!existsSync(unpacked)) {
    progress(`fetching ${debianPackage} from Debian …`);
    await fetchChromium().catch((error: Error & { readonly stderr?: string }) => {
      const reason = error.stderr?.trim().split('\n').at(-1) || error.message;
      throw new Error(`no Chromium: ${reason}; install it, or name one in CHROMIUM`);
    });
  }
  return inFolder(unpacked);
}

function inFolder(folder: string): Chromium {
  // The last two: what one library keeps for itself, and finds by the place where it would be installed.
  const libraries = [
    'usr/lib/x86_64-linux-gnu',
    'lib/x86_64-linux-gnu',
    'usr/lib/aarch64-linux-gnu',
    'usr/lib/x86_64-linux-gnu/pulseaudio',
    'usr/lib/aarch64-linux-gnu/pulseaudio',
  ];
  return {
    path: join(folder, 'usr/lib/chromium', debianPackage),
    environment: {
      LD_LIBRARY_PATH: libraries.map((path) => join(folder, path)).join(delimiter),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** Unpacks the package, and all it depends on that this machine lacks. */
async function fetchChromium(): Promise<void> {
  const environment = { ...process.env, LC_ALL: 'C' };
  const wanted = ['--no-install-recommends', 'install', debianPackage, 'fonts-dejavu-core'];
  const { stdout } = await run('apt-get', ['--simulate', ...wanted], { env: environment });
  const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  await mkdir(tools, { recursive: true });
  const work = await mkdtemp(join(tools, 'chromium-'));
  try {
    const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    await run('apt-get', [...sandbox, 'download', ...missing], { cwd: work, env: environment, timeout: 300_000 });
    for (const file of (await readdir(work)).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg', ['-x', file, 'unpacked'], { cwd: work });
    }
    const folder = join(work, 'unpacked');
    const fonts = ['/usr/share/fonts', join(unpacked, 'usr/share/fonts')].map((path) => `<dir>${path}</dir>`).join('');
    await writeFile(
      join(folder, 'fonts.conf'),
      `<fontconfig>${fonts}${families}<cachedir>${join(unpacked, 'fonts-cache')}</cachedir></fontconfig>\n`,
    );
    // Another run may have been first.
    await rename(folder, unpacked).catch(() => undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
