/**
 * Running programs to their end, with what they said in the error when they failed.
 */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

/** Resolves with the standard output. Rejects on any other exit code than 0, and after `timeoutMs` (default 300,000). */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { environment, cwd, timeoutMs = 300_000 } = options;
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(program, args, { env, timeout: timeoutMs, stdio: 'pipe', ...(cwd !== undefined && { cwd }) });
    child.stdin.end();
    let output = '';
    let everything = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      everything += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      everything += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const said = everything.trim().split('\n').slice(-30).join('\n');
      reject(new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}:\n${said}`));
    });
  });
}

/** Whether it ends with exit code 0. */
export function succeeds(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}
