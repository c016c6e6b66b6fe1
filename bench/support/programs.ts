/**
 * Programs of bench/programs: each a process of its own, so that a load generator and what it measures do not share a thread.
 *
 * Convention: one argument, JSON; the last line of the output is the result, JSON.
 */
import { fileURLToPath } from 'node:url';
import { Child } from '../../test/support/child.ts';

/** Starts a program; `resources` ends it. */
export function startProgram(resources: AsyncDisposableStack, program: URL, input: object): Child {
  const child = new Child(process.execPath, [fileURLToPath(program), JSON.stringify(input)], {});
  resources.defer(async () => {
    await child.kill();
  });
  return child;
}

/** Runs a program to its end; resolves with its result. */
export async function runProgram<Result>(
  resources: AsyncDisposableStack,
  program: URL,
  input: object,
): Promise<Result> {
  const child = startProgram(resources, program, input);
  const exit = await child.exited;
  if (exit.code !== 0) throw new Error(`${program.pathname} failed:\n${child.output}`);
  // The last line says how it exited.
  return JSON.parse(child.lines.at(-2) ?? '') as Result;
}
