/**
 * Prometheus' own tool for rules: the one on the PATH, or Debian's, unpacked beside the system.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tools = join(import.meta.dirname, '..', '..', '.tools');
const unpacked = join(tools, 'prometheus');

/** The path of promtool. Rejects where there is none and none can be had. */
export async function locatePromtool(): Promise<string> {
  const { PROMTOOL, PATH = '' } = process.env;
  if (PROMTOOL) return PROMTOOL;
  const installed = PATH.split(delimiter).map((folder) => join(folder, 'promtool'));
  const found = [...installed, join(unpacked, 'usr/bin/promtool')].find((path) => existsSync(path));
  if (found !== undefined) return found;
  await fetchPrometheus().catch((error: Error & { readonly stderr?: string }) => {
    const reason = error.stderr?.trim().split('\n').at(-1) || error.message;
    throw new Error(`no promtool: ${reason}; install prometheus, or name one in PROMTOOL`);
  });
  return join(unpacked, 'usr/bin/promtool');
}

async function fetchPrometheus(): Promise<void> {
  await mkdir(tools, { recursive: true });
  const work = await mkdtemp(join(tools, 'prometheus-'));
  try {
    const sandbox = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    await run('apt-get', [...sandbox, 'download', 'prometheus'], { cwd: work, timeout: 300_000 });
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg', ['-x', archive, 'unpacked'], { cwd: work });
    // Another run may have been first.
    await rename(join(work, 'unpacked'), unpacked).catch(() => undefined);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
