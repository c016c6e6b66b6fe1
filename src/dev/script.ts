/**
 * The frame of an npm script: its options, what its failures come to, and the signals that end it.
 *
 * Invariant: usage is shown to whoever asks for it, and to whoever called it wrongly (64). A run that fails was called rightly (1).
 */

/** As a shell tells of a process that Ctrl-C ended. */
export const INTERRUPTED = 130;

export interface Script<Options> {
  /** As after `npm run`. */
  readonly name: string;
  readonly usage: string;
  /** Throws an Error that says what is wrong. Null: help was asked for. */
  parse(argv: readonly string[]): Options | null;
  /** Resolves with the exit code. */
  run(options: Options): Promise<number>;
}

/** Resolves with the exit code. */
export async function runScript<Options>({ name, usage, parse, run }: Script<Options>): Promise<number> {
  let options: Options | null;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`npm run ${name}: ${wordsOf(error)}\n\n${usage}`);
    return 64;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await run(options);
  } catch (error) {
    process.stderr.write(`npm run ${name}: ${wordsOf(error)}\n`);
    return 1;
  }
}

/** Resolves with the first signal to end. Later ones change nothing: the same Ctrl-C arrives several times, by way of npm. */
export function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
