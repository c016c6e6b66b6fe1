/**
 * The operator's tool as a process, as somebody calls it in a terminal.
 */
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { adminToken } from './client.ts';

const entry = fileURLToPath(new URL('../../src/cli/minotaur.ts', import.meta.url));

export interface ToolAnswer {
  readonly code: number | null;
  /** Both outputs, line by line. */
  readonly text: string;
}

/** Runs on until it is over, or killed. */
export function startTool(environment: Readonly<Record<string, string>>, ...argv: readonly string[]): Child {
  return new Child(process.execPath, [entry, ...argv], { MINOTAUR_ADMIN_TOKEN: adminToken, ...environment });
}

export async function callTool(
  environment: Readonly<Record<string, string>>,
  ...argv: readonly string[]
): Promise<ToolAnswer> {
  const child = startTool(environment, ...argv);
  const { code } = await child.exited;
  return { code, text: child.lines.slice(0, -1).join('\n') };
}
