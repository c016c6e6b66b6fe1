/**
 * What `npm run bots -- …` takes on its command line.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultGame } from '../../games.ts';
import { mostMembers } from '../start-options.ts';

export interface BotOptions {
  readonly games: number;
  readonly atOnce: number;
  /** As `MINOTAUR_GAME` takes it. */
  readonly game: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly on: OwnCluster | RunningCluster;
}

export interface OwnCluster {
  readonly is: 'own';
  readonly members: number;
  /** Null: none is killed. */
  readonly killEveryMs: number | null;
}

export interface RunningCluster {
  readonly is: 'running';
  readonly url: string;
  readonly adminToken: string;
}

export const usage = `npm run bots -- [options]

Bots play whole games over the wire, with the client library, while members are killed under them and come back. When a
game is over, its records are held against what its players were told: every acknowledged action is carried out once,
nobody misses an event or gets another's, and all see the same end. Every second game gets a seed, so that it can be
played again from its records, and has to lead to the same world.

  --games N        how many games (default 200)
  --at-once N      how many of them at a time (default 20)
  --game GAME      what is played: minotaur (default), tic-tac-toe, or the path of your own file
  --settings JSON  of every lobby, for example '{"table": {"lastRound": 30}}'
  --members N      how many members, 1 to ${mostMembers} (default 3)
  --kill-every S   seconds from one kill to the next, 0: none (default 3)
  --url URL        a cluster that runs already plays the same game; its administrator's token is in
                   MINOTAUR_ADMIN_TOKEN. Nothing is killed there
  --help           this text

Exit code: 0 if all is well, 1 if something disagreed or did not end, 64 if it was called wrongly.
`;

/** Throws an Error that says what is wrong. Null: help was asked for. */
export function parseBotOptions(argv: readonly string[]): BotOptions | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      games: { type: 'string', default: '200' },
      'at-once': { type: 'string', default: '20' },
      game: { type: 'string', default: defaultGame },
      settings: { type: 'string', default: '{}' },
      members: { type: 'string' },
      'kill-every': { type: 'string' },
      url: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const own = {
    is: 'own',
    members: wholeNumber('--members', values.members ?? '3', 1, mostMembers),
    killEveryMs: wholeNumber('--kill-every', values['kill-every'] ?? '3', 0, 3_600) * 1_000 || null,
  } as const;
  if (values.url !== undefined && (values.members ?? values['kill-every']) !== undefined) {
    throw new Error('--members and --kill-every are for a cluster of its own, not for --url');
  }
  if (own.members === 1 && own.killEveryMs !== null && values.url === undefined) {
    throw new Error('--kill-every needs two members or more: somebody has to answer');
  }
  return {
    games: wholeNumber('--games', values.games, 1, 1_000_000),
    atOnce: wholeNumber('--at-once', values['at-once'], 1, 200),
    game: existsSync(values.game) ? resolve(values.game) : values.game,
    settings: jsonObject('--settings', values.settings),
    on: values.url === undefined ? own : runningAt(values.url),
  };
}

function runningAt(url: string): RunningCluster {
  if (!/^https?:\/\/./.test(url)) throw new Error(`--url must begin with http:// or https://, not "${url}"`);
  const { MINOTAUR_ADMIN_TOKEN: adminToken } = process.env;
  if (!adminToken) throw new Error('--url needs the token of an administrator, in MINOTAUR_ADMIN_TOKEN');
  return { is: 'running', url: url.replace(/\/+$/, ''), adminToken };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}

function jsonObject(name: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Error(`${name} must be a JSON object, not ${text}`);
}
