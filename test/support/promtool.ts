/**
 * Prometheus' own tool for rules: the one on the PATH, or Debian's, unpacked beside the system.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { withDebianPackage } from '../../src/dev/debian-package.ts';

const tools = join(import.meta.dirname, '..', '..', '.tools');
const fetched = join(tools, 'prometheus', 'promtool');

/** The path of promtool. Rejects with PackageUnavailable where there is none and none can be had. */
export async function locatePromtool(): Promise<string> {
  const { PROMTOOL, PATH = '' } = process.env;
  if (PROMTOOL) return PROMTOOL;
  const installed = PATH.split(delimiter).map((folder) => join(folder, 'promtool'));
  const found = [...installed, fetched].find((path) => existsSync(path));
  if (found !== undefined) return found;
  await withDebianPackage({ name: 'prometheus', suite: 'bookworm', workRoot: tools }, async (folder) => {
    await mkdir(dirname(fetched), { recursive: true });
    await rename(join(folder, 'usr/bin/promtool'), fetched);
  });
  return fetched;
}
