/**
 * Programs of this repository as an operator calls them.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Environment } from '../../cli/command.ts';
import type { Called } from './incident.ts';

const sources = join(import.meta.dirname, '../..');
const WITHIN_MS = 60_000;

export type Program = (...argv: readonly string[]) => Promise<Called>;

/** `path` from `src` on. What takes longer than a minute is ended, and failed. */
export function program(path: string, environment: Environment): Program {
  return (...argv) =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...environment }, timeout: WITHIN_MS };
      const child = execFile(process.execPath, [join(sources, path), ...argv], options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, text: `${stdout}${stderr}` }),
      );
    });
}

/** What it said. Rejects unless its exit code is 0. */
export async function expectDone(called: Promise<Called>): Promise<string> {
  const { code, text } = await called;
  if (code !== 0) throw new Error(`exit code ${code}: ${text}`);
  return text;
}
