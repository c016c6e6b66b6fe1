/**
 * The run folder for this process, also where another run holds it: on a terminal its user is asked whether that one shall end.
 */
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderInUse, openRunFolder, type RunFolder } from './run-folder.ts';

/** It stops its members in the planned way. */
const endMs = 20_000;
const lookMs = 100;

/** Rejects with FolderInUse if another run holds it and goes on. */
export async function takeRunFolder(root: string): Promise<RunFolder> {
  try {
    return await openRunFolder(root);
  } catch (error) {
    if (!(error instanceof FolderInUse) || error.pid === null || !process.stdin.isTTY) throw error;
    if (!(await isWanted(`${error.message}\nEnd it now, and go on here? [y/N] `))) throw error;
    process.kill(error.pid, 'SIGTERM');
    return await freed(root);
  }
}

async function isWanted(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

async function freed(root: string): Promise<RunFolder> {
  const deadline = performance.now() + endMs;
  for (;;) {
    try {
      return await openRunFolder(root);
    } catch (error) {
      if (!(error instanceof FolderInUse) || performance.now() > deadline) throw error;
      await pause(lookMs);
    }
  }
}
