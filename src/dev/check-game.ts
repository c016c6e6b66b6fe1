/**
 * `npm run check-game -- ./my-game.ts`: what is wrong with a game, before players find it.
 *
 * Role: shows what the check found. Exit code: 0 if nothing, 1 if something, 64 if it was called wrongly.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkGame, type Report } from './check-game/check.ts';
import { writeFrozen } from './check-game/frozen-worlds.ts';
import { textOf } from './check-game/problems.ts';
import { runScript } from './script.ts';

const usage = `npm run check-game -- <file> [--games <n>] [--seconds <n>] [--seed <n>]

Plays games of random players and looks for what would go wrong on a server: answers that differ when asked again or on
another machine, secrets that are sent, games that do not end, worlds that grow, members that throw or never return.
Each problem comes with the member of the module, an example, and what to do.

  --games <n>     how many games at most (default 2000)
  --seconds <n>   no game begins after so many seconds of processor time (default 10)
  --seed <n>      this game alone
  --freeze        if nothing is found, keep worlds of this version in a folder beside the file: later versions have to
                  read them, which each check looks at
  --help          this text
`;

interface Called {
  readonly file: string;
  readonly options: Readonly<Record<string, number>>;
  readonly freeze: boolean;
}

process.exitCode = await runScript({ name: 'check-game', usage, parse: calledWith, run: check });

/** Throws an Error that says what is wrong. Null: help was asked for. */
function calledWith(args: readonly string[]): Called | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      games: { type: 'string' },
      seconds: { type: 'string' },
      seed: { type: 'string' },
      freeze: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [file] = positionals;
  if (values.help) return null;
  if (file === undefined || positionals.length > 1) throw new Error('names one file');
  if (!existsSync(file)) throw new Error(`there is no ${file}`);
  const names = ['games', 'seconds', 'seed'] as const;
  const given = names.filter((name) => values[name] !== undefined);
  const options = Object.fromEntries(given.map((name) => [name, numberOf(name, values[name])]));
  return { file, options, freeze: values.freeze };
}

/** The exit code. */
async function check({ file, options, freeze }: Called): Promise<number> {
  const report = await checkGame(resolve(file), options);
  process.stdout.write(`${summary(file, report)}\n`);
  if (report.findings.length > 0) return 1;
  if (freeze) for (const name of writeFrozen(file, report.worlds)) process.stdout.write(`wrote ${name}\n`);
  return 0;
}

function numberOf(name: string, text: unknown): number {
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number`);
  return Number(text);
}

function summary(file: string, { findings, campaign }: Report): string {
  const lines = findings.map((finding) => `${textOf(finding, file)}\n`);
  if (campaign !== null) {
    const { games, rounds, largest, slowest } = campaign;
    const calls = Object.entries(slowest).map(([member, ms]) => `${member} ${ms.toFixed(1)}`);
    lines.push(`${games} games, ${rounds} rounds`);
    lines.push(`largest, bytes: world ${largest.world}, view ${largest.view}, record of a round ${largest.record}`);
    lines.push(`slowest, ms: ${calls.join(', ')}`);
  }
  lines.push(findings.length === 0 ? 'Nothing was found.' : `${findings.length} found.`);
  return lines.join('\n');
}
