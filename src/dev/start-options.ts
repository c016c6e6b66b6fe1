/**
 * What `npm start -- …` takes on its command line.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { refusedPorts } from '../refused-ports.ts';
import { portsFrom } from './ports-free.ts';

export interface StartOptions {
  /** The port that all members share; member n also listens on `port` + n. */
  readonly port: number;
  readonly members: number;
  /** Forget every game first. */
  readonly fresh: boolean;
  /** Where everything is kept: an absolute path. */
  readonly folder: string;
  /** What is played: the name of a game that comes with the server, or the absolute path of a file. Null: what the environment says. */
  readonly game: { readonly name: string } | { readonly file: string } | null;
}

/** Keys choose members by one digit. */
export const mostMembers = 9;

export const usage = `npm start -- [options]

Runs a NATS server and a few members of Minotaur on this machine.

  --port N      the port that all members share (default 3000); the first member also listens on N + 1, and so on
  --members N   how many members to start with, 1 to ${mostMembers} (default 3)
  --game GAME   what is played: minotaur, tic-tac-toe, or the path of your own file. Whenever the file is saved it is
                checked. If nothing is wrong with it, the members are started anew, one after another, under the
                running games; otherwise they play on as before, and you see why. The games of each are kept apart
  --fresh       forget every game of earlier runs
  --folder DIR  where games, logs and the admin token are kept (default .run)
  --help        this text

What is kept survives a restart of this command.
MINOTAUR_ variables of the environment reach the members (for example MINOTAUR_LOG_LEVEL=debug); NATS_SERVER=/path names
the nats-server to run.
`;

/** Throws an Error that says what is wrong. Null: help was asked for. */
export function parseStartOptions(argv: readonly string[]): StartOptions | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: '3000' },
      members: { type: 'string', default: '3' },
      game: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      folder: { type: 'string', default: join(import.meta.dirname, '..', '..', '.run') },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  return {
    port: portOf(values.port),
    members: wholeNumber('--members', values.members, 1, mostMembers),
    fresh: values.fresh,
    folder: resolve(values.folder),
    game: values.game === undefined ? null : gameOf(values.game),
  };
}

/** Members that are added later take the ports after it, up to the last that can be. */
function portOf(text: string): number {
  const port = wholeNumber('--port', text, 1, 65_535 - mostMembers);
  const refusedFrom = (first: number) => refusedPorts(portsFrom(first, mostMembers + 1)).at(-1);
  const refused = refusedFrom(port);
  if (refused === undefined) return port;
  let other = refused + 1;
  for (let next = refusedFrom(other); next !== undefined; next = refusedFrom(other)) other = next + 1;
  throw new Error(
    `--port ${port}: members take ${port} to ${port + mostMembers}, and browsers refuse to speak to port ${refused}\n` +
      `(it is on the Fetch standard's list). Choose others, for example: npm start -- --port ${other}`,
  );
}

/** A member says what is wrong with a name; a path that leads nowhere is said before anything starts. */
function gameOf(given: string): StartOptions['game'] {
  if (/^[a-z0-9-]+$/.test(given) && !existsSync(given)) return { name: given };
  const file = resolve(given);
  if (!existsSync(file)) throw new Error(`--game: there is no file ${file}`);
  return { file };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}
