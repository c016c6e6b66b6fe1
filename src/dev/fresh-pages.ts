/**
 * The pages as their sources are now: built if they are missing, or older than anything that they are made of.
 */
import { spawn } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pageNames } from '../http/edge/pages.ts';

const root = join(import.meta.dirname, '../..');
const sources = ['src/web/**', 'src/client/**', 'src/games/**', 'src/dev/web-build.ts', 'package-lock.json'];
const built = pageNames.map((name) => `dist/web/${name}.html`);

/** Tells what takes time, and what came of it. Rejects if they cannot be built. */
export async function freshPages(progress: (line: string) => void): Promise<void> {
  const oldest = Math.min(...built.map(changedAt));
  if (globSync(sources, { cwd: root }).every((file) => changedAt(file) <= oldest)) return;
  progress('building the pages …');
  // A process of its own: the bundler's memory goes with it.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'web-build.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => said.push(text));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const text = said.join('').trim();
  if (code !== 0) throw new Error(text);
  progress(text);
}

/** 0: there is no such file. */
function changedAt(file: string): number {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
