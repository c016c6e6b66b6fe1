/**
 * Prometheus' own programs: those on the PATH, or Debian's, unpacked beside the system.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { withDebianPackage } from './debian-package.ts';

/** The server, and its tool for rules and configurations. */
export type PrometheusProgram = 'prometheus' | 'promtool';

const tools = join(import.meta.dirname, '..', '..', '.tools');
const fetched = join(tools, 'prometheus');
const programs: readonly PrometheusProgram[] = ['prometheus', 'promtool'];

/**
 * The path of a program: what the variable of its name (`PROMETHEUS`, `PROMTOOL`) says, or one that is found or fetched. Rejects with
 * PackageUnavailable where there is none and none can be had.
 */
export async function locatePrometheus(program: PrometheusProgram): Promise<string> {
  const { PATH = '', [program.toUpperCase()]: named } = process.env;
  if (named) return named;
  const installed = [...PATH.split(delimiter), fetched].map((folder) => join(folder, program));
  const found = installed.find((path) => existsSync(path));
  if (found !== undefined) return found;
  await withDebianPackage({ name: 'prometheus', suite: 'bookworm', workRoot: tools }, async (folder) => {
    await mkdir(fetched, { recursive: true });
    for (const each of programs) await rename(join(folder, 'usr/bin', each), join(fetched, each));
  });
  return join(fetched, program);
}
