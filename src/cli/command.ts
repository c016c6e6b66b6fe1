/**
 * What every command of the operator's tool is made of.
 *
 * Role: types alone. A command says what it found, as a value and as text; run.ts decides which of them is printed, and the exit code.
 */
import type { Server } from './server.ts';

export const exitCodes = {
  done: 0,
  /** It was asked, and the answer is that something is wrong. */
  wrong: 1,
  /** EX_USAGE */
  usage: 64,
  /** EX_UNAVAILABLE: nobody answers. */
  unavailable: 69,
  /** EX_NOPERM: the token does not allow it. */
  noPermission: 77,
  /** EX_CONFIG */
  settings: 78,
} as const;

export interface Outcome {
  /** For `--json`. */
  readonly value: unknown;
  readonly text: string;
  readonly isWell: boolean;
  /** Of what is not well, where it is not `wrong`. */
  readonly exitCode?: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Context {
  /** What stands behind the command's name. */
  readonly given: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly asJson: boolean;
  readonly environment: Environment;
  /** The member that is asked. */
  readonly server: Server;
  /** Ms since the epoch, by this machine. */
  wall(): number;
  /** Of a command that goes on: a line of its output. */
  print(line: string): void;
  /** Progress, for people alone. */
  say(line: string): void;
  /** Shorter, if it is ended before. */
  pause(ms: number, ended?: AbortSignal): Promise<void>;
  /** Ends what goes on: Ctrl-C. */
  readonly stopped: AbortSignal;
}

export type Command = (context: Context) => Promise<Outcome>;

/** The command was called in a way that it does not know. */
export class WronglyCalled extends Error {
  override readonly name = 'WronglyCalled';
}
